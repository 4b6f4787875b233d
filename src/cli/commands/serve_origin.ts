/** Makes an origin from its flags: reads its files and keys. */

import { resolve } from "@std/path";
import { localFileError } from "../../files/file_error.ts";
import type { OriginPlace, OriginSettings } from "../../origin/origin_files.ts";
import { OriginUrl } from "../../origin/origin_url.ts";
import { parseS3Keys, type S3Keys, s3Origin } from "../../origin/s3.ts";
import type { OriginFlags } from "../args/command.ts";
import { environment, type Need, read, write } from "../permissions/permission.ts";
import { UsageError } from "../args/usage_error.ts";

const KEY_VARIABLES = [
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
] as const;

/** The prefix that the words mean. Throws {@linkcode UsageError}. */
export function originOf({ url, s3 }: OriginFlags): OriginUrl {
  try {
    return s3 ? s3Origin(url, s3) : new OriginUrl(url);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new UsageError(`--origin: ${error.message}`);
  }
}

/** An origin that can be opened, here or by a worker. */
export interface PlannedOrigin {
  readonly place: OriginPlace;
  /** The prefix as it may be shown. */
  readonly shown: string;
}

/** What a server of this origin needs. Throws {@linkcode UsageError}. */
export function originNeeds(flags: OriginFlags): Need[] {
  const { base } = originOf(flags);
  const { redirects, caFile, s3, cache } = flags;
  const port = base.port || (base.protocol === "https:" ? "443" : "80");
  if (s3 && s3.credentials === undefined && Deno.build.standalone) {
    throw new UsageError("a binary reads no keys from the environment: give --s3-credentials FILE");
  }
  return [
    connect(`${base.hostname}:${port}`),
    ...redirects.map(connect),
    ...(caFile === undefined ? [] : [read(caFile)]),
    ...(cache ? [read(cache.folder), write(cache.folder)] : []),
    ...(s3
      ? s3.credentials === undefined ? KEY_VARIABLES.map(environment) : [read(s3.credentials)]
      : []),
  ];
}

/** A host, with a port or without, in brackets where it is an IPv6 address. */
function connect(host: string): Need {
  return { operation: `reach ${host}`, flag: "--allow-net", permission: { name: "net", host } };
}

/** The origin, with what its files say. Throws {@linkcode UsageError} and `LocalFileError`. */
export function planOrigin(flags: OriginFlags): PlannedOrigin {
  const { url, first, redirects, limitMs, caFile, s3, cache } = flags;
  const shown = `${originOf(flags)}`;
  const settings: OriginSettings = {
    ...{ url, redirects, limitMs },
    ...(caFile === undefined ? {} : { caCerts: [readText(caFile)] }),
    ...(s3 ? { s3: { ...withoutUndefined(s3), keys: keysOf(s3) } } : {}),
    ...(cache ? { cache: { ...cache, folder: resolve(cache.folder) } } : {}),
  };
  return { place: { settings, first }, shown };
}

function withoutUndefined({ endpoint, region }: NonNullable<OriginFlags["s3"]>) {
  return { region, ...(endpoint === undefined ? {} : { endpoint }) };
}

function keysOf({ credentials }: NonNullable<OriginFlags["s3"]>): S3Keys {
  if (credentials !== undefined) {
    try {
      return parseS3Keys(readText(credentials));
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      throw new UsageError(`--s3-credentials ${credentials}: ${error.message}`);
    }
  }
  const [accessKeyId, secretAccessKey, sessionToken] = KEY_VARIABLES.map((name) =>
    Deno.env.get(name)
  );
  if (!accessKeyId || !secretAccessKey) {
    throw new UsageError(
      "a bucket needs keys: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give " +
        "--s3-credentials FILE",
    );
  }
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}

function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw localFileError("read", path, error);
  }
}
