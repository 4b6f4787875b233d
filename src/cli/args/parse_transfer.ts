/** The operands and flags of `get` and `put`. */

import { type Mode, parseTftpUri } from "../../protocol/mod.ts";
import type { GetCommand, ManifestOption, OfferedFile, PutCommand, RemoteFile } from "./command.ts";
import type { CommandName } from "./flag_table.ts";
import type { FlagValues } from "./flags.ts";
import { parseSha256 } from "./manifest.ts";
import { toSettings } from "./parse_settings.ts";
import { checkFilename, isHost, lastPart, localName, parseTarget, type Target } from "./target.ts";
import { UsageError } from "./usage_error.ts";

/** A command and its operands, in the usual order. */
export interface Intent {
  readonly command: CommandName;
  readonly operands: readonly string[];
  /** Set when the server was named apart from the operands. */
  readonly target?: Target;
  /** The word that was taken as a host, because it is not a command. */
  readonly impliedBy?: string;
}

export function toGet({ operands, target }: Intent, values: FlagValues): GetCommand {
  const settings = toSettings(values);
  const output = values.text("output");
  const uris = target === undefined && operands.some(isUri);
  const { remotes, manifest } = uris
    ? { remotes: operands.map((text) => remoteOf(uriOf(text), values)), manifest: undefined }
    : namesOn(target, operands, values);
  if (uris && values.given("manifest")) {
    throw new UsageError("--manifest needs HOST as a separate argument, not in a tftp:// address");
  }
  const sha256 = sha256Of(values, remotes.length, manifest);
  const files = remotes.map((remote) => ({
    ...remote,
    filename: checkFilename(remote.filename),
    ...(sha256 === undefined ? {} : { sha256 }),
  }));
  const named = output !== undefined && files.length === 1;
  if (output !== "-" && !named) refuseTwins(files.map((file) => localName(file.filename)));
  if (output === "-" && settings.json) {
    throw new UsageError("--json and -o - both write to standard output");
  }
  return {
    kind: "get",
    ...{ files, manifest, output, settings },
    ...clobbering(values),
    keepPartial: values.on("keep-partial"),
  };
}

function clobbering(values: FlagValues): Pick<GetCommand, "clobber" | "listMayClobber"> {
  const listMayClobber = values.on("clobber");
  const clobber = !values.on("no-clobber");
  if (listMayClobber && !clobber) {
    throw new UsageError("--clobber and --no-clobber cannot be combined");
  }
  if (listMayClobber && !values.given("manifest")) {
    throw new UsageError(
      "--clobber works only with --manifest; a FILE on the command line is replaced anyway",
    );
  }
  return { clobber, listMayClobber };
}

function namesOn(
  target: Target | undefined,
  operands: readonly string[],
  values: FlagValues,
): { remotes: RemoteFile[]; manifest: ManifestOption | undefined } {
  const { host, names } = splitHost("get", { target, operands, values });
  const manifest = manifestOn({ ...host, filename: "" }, values);
  return { remotes: names.map((filename) => remoteOf({ ...host, filename }, values)), manifest };
}

interface Operands {
  readonly target: Target | undefined;
  readonly operands: readonly string[];
  readonly values: FlagValues;
}

function splitHost(
  command: "get" | "put",
  { target, operands, values }: Operands,
): { host: Target; names: readonly string[] } {
  const [first] = operands;
  if (target === undefined && first === undefined) {
    throw new UsageError(`missing HOST and FILE: tftp ${command} HOST[:PORT] FILE...`);
  }
  if (target === undefined && values.given("wait") && /^\d+$/.test(first ?? "")) {
    throw new UsageError(`--wait takes its seconds with an equals sign: --wait=${first}`);
  }
  const host = target ?? parseTarget(first ?? "");
  const names = target === undefined ? operands.slice(1) : operands;
  if (names.length === 0 && !values.given("manifest")) {
    const hint = command === "put" ? " (- is standard input)" : "";
    throw new UsageError(`missing FILE: tftp ${command} HOST[:PORT] FILE...${hint}`);
  }
  return { host, names };
}

export function toPut({ operands, target }: Intent, values: FlagValues): PutCommand {
  const settings = toSettings(values);
  const last = operands.at(-1);
  const byUri = target === undefined && last !== undefined && isUri(last);
  const early = operands.slice(0, byUri ? -1 : undefined).find(isUri);
  if (early !== undefined) {
    throw new UsageError(`${early} must be the last argument, after the files`);
  }
  const { to, locals } = byUri
    ? { to: uriOf(last), locals: operands.slice(0, -1) }
    : hostOperand({ target, operands, values });
  const name = values.text("name");
  const manifest = manifestOn({ ...to, filename: name ?? to.filename }, values);
  if (locals.length === 0 && !manifest) {
    throw new UsageError("missing FILE (- is standard input)");
  }
  const sha256 = sha256Of(values, locals.length, manifest);
  if (name !== undefined && locals.length > 1 && !name.endsWith("/")) {
    throw new UsageError(`-n/--name can name one FILE, not ${locals.length}`);
  }
  if (name !== undefined && to.filename !== "") {
    throw new UsageError(`two names for the server's file: -n ${name} and ${to.filename}`);
  }
  const files = locals.map((local) => {
    const wanted = { ...to, filename: name ?? to.filename };
    const file = offeredFile(local, remoteOf(wanted, values), locals.length);
    return sha256 === undefined ? file : { ...file, sha256 };
  });
  refuseTwins(files.map((file) => file.remote.filename));
  return { kind: "put", files, manifest, settings };
}

/**
 * A local file with its name on the server: `to.filename` may be empty, a folder (`backup/`) or,
 * for one file, a complete name.
 *
 * @throws {UsageError} when that makes no name.
 */
export function offeredFile(local: string, to: RemoteFile, count: number): OfferedFile {
  const filename = checkFilename(remoteName(local, to.filename, count));
  return { local, remote: { ...to, filename } };
}

function hostOperand(operands: Operands) {
  const { host, names } = splitHost("put", operands);
  return { to: { ...host, filename: "" }, locals: names };
}

function remoteName(local: string, wanted: string, count: number): string {
  if (wanted !== "" && !wanted.endsWith("/")) {
    if (count > 1) throw new UsageError(`${count} files can't all be called "${wanted}"`);
    return wanted;
  }
  if (local === "-") throw new UsageError("standard input has no name: add -n REMOTE");
  return wanted + lastPart(local);
}

function manifestOn(
  named: Target & { filename: string; mode?: Mode },
  values: FlagValues,
): ManifestOption | undefined {
  const [path, extra] = values.texts("manifest");
  if (extra !== undefined) {
    throw new UsageError(
      `only one list can be given with --manifest; "${extra}" is one too many`,
    );
  }
  return path === undefined ? undefined : { path, remote: remoteOf(named, values) };
}

function sha256Of(
  values: FlagValues,
  count: number,
  manifest: ManifestOption | undefined,
): string | undefined {
  const text = values.text("sha256");
  if (text === undefined) return undefined;
  if (count !== 1 || manifest) {
    throw new UsageError(
      "--sha256 verifies one FILE; for more, put their checksums into a --manifest",
    );
  }
  return parseSha256(text, "--sha256");
}

function remoteOf(
  named: Target & { filename: string; mode?: Mode },
  values: FlagValues,
): RemoteFile {
  const port = values.number("port") ?? 69;
  if (named.port !== undefined && values.given("port") && named.port !== port) {
    throw new UsageError(`two ports given: ${named.port} and -p ${port}`);
  }
  const mode = values.text("mode") as Mode;
  if (named.mode !== undefined && values.given("mode") && named.mode !== mode) {
    throw new UsageError(`two modes given: ;mode=${named.mode} and -m ${mode}`);
  }
  const { host, filename } = named;
  return { host, port: named.port ?? port, filename, mode: named.mode ?? mode };
}

function isUri(text: string): boolean {
  return /^tftp:\/\//i.test(text);
}

function uriOf(text: string): ReturnType<typeof parseTftpUri> {
  if (!isUri(text)) throw new UsageError(`"${text}" is not a tftp:// address, but others here are`);
  const uri = parseTftpUri(text);
  if (!isHost(uri.host)) {
    throw new UsageError(`the host in "${text}" is neither a name nor an address`);
  }
  return uri;
}

/**
 * Two files with one name: only the later one would remain.
 *
 * @throws {UsageError} that names it.
 */
export function refuseTwins(names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw new UsageError(`two of the files would both be called "${name}"`);
    seen.add(name);
  }
}
