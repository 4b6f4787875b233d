/** The command line of `deno task compile`. Pure. */

import { parseArgs } from "node:util";
import { CompileError } from "./compile_error.ts";
import type { Wanted } from "./permissions.ts";
import { type Target, TARGETS, targetsNamed } from "./targets.ts";

export const USAGE = `Usage: deno task compile [options]

Builds dist/tftp for this machine, client and server in one file, and dist/SHA256SUMS.

  --target TARGET     for another machine, or for all: dist/tftp-VERSION-TARGET
                      ${TARGETS.slice(0, 4).map(({ label }) => label).join(", ")},
                      ${TARGETS.slice(4).map(({ label }) => label).join(", ")}, all
  --output FILE       another place than dist/

  --native            sockets of our own, on Linux: may call the C library, and no other
  --musl              with --native: the C library of Alpine
  --without-s3        serves no buckets; else npm's aws4fetch, which signs, is put in

A server that can do nothing but serve one folder:
  --serve-root DIR    the folder, as a whole path on the machine that will serve
  --uploads POLICY    off, new, overwrite or version [default off]
  --clients LIST      who is served: IPv4 networks, addresses [default all of IPv4]
  --listen ADDR:PORT  can be repeated [default 0.0.0.0:69]
  --single-port       answer from the listening port
  --http ADDR:PORT    may show what it does there

A client that can't serve:
  --client
  --servers LIST      IPv4 networks, addresses, or any [default all of IPv4]
  --files PATH        what it may read and write; can be repeated [default: the folder
                      it is started in]

DENORT_BIN names the base to build on where it can't be downloaded.
`;

export interface CompileOptions {
  readonly help: boolean;
  readonly wanted: Wanted;
  /** Empty means this machine, with the plain file name. */
  readonly targets: readonly Target[];
  readonly output: string | undefined;
  /** Whether it can serve buckets; a lab build never can. */
  readonly s3: boolean;
}

const TEXT = { type: "string" } as const;
const TEXTS = { type: "string", multiple: true } as const;
const SWITCH = { type: "boolean" } as const;

/** @throws {CompileError} when the words mean nothing. */
export function parseOptions(args: readonly string[]): CompileOptions {
  const values = read(args);
  const targets = (values.target ?? []).flatMap((name) => {
    const found = targetsNamed(name);
    if (found.length > 0) return found;
    const labels = TARGETS.map(({ label }) => label).join(", ");
    throw new CompileError(`--target needs one of ${labels} or all, not "${name}"`);
  });
  if (values.output !== undefined && targets.length > 1) {
    throw new CompileError(`--output names one file, and there are ${targets.length} targets`);
  }
  const isLab = values["serve-root"] !== undefined || values.client === true;
  if (isLab && values["without-s3"]) {
    throw new CompileError("--without-s3 is for a general build: a lab build serves no buckets");
  }
  return {
    help: values.help === true,
    targets,
    output: values.output,
    s3: !isLab && values["without-s3"] !== true,
    wanted: {
      serveRoot: values["serve-root"],
      uploads: values.uploads,
      clients: values.clients,
      listen: values.listen,
      singlePort: values["single-port"],
      http: values.http,
      client: values.client,
      servers: values.servers,
      files: values.files,
      native: values.native,
      musl: values.musl,
    },
  };
}

function read(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        target: TEXTS,
        output: TEXT,
        "serve-root": TEXT,
        uploads: TEXT,
        clients: TEXT,
        listen: TEXTS,
        "single-port": SWITCH,
        http: TEXT,
        client: SWITCH,
        servers: TEXT,
        files: TEXTS,
        native: SWITCH,
        musl: SWITCH,
        "without-s3": SWITCH,
        help: { ...SWITCH, short: "h" },
      },
    }).values;
  } catch (error) {
    throw new CompileError((error as Error).message);
  }
}
