/** What the operands and flags of `get` and `put` mean. */

import { type Mode, parseTftpUri } from "../protocol/mod.ts";
import type { GetCommand, PutCommand, RemoteFile, TransferSettings } from "./command.ts";
import type { CommandName } from "./flag_table.ts";
import type { FlagValues } from "./flags.ts";
import { checkFilename, lastPart, parseTarget, type Target } from "./target.ts";
import { UsageError } from "./usage_error.ts";

/** A command and its operands, whatever the order they were typed in. */
export interface Intent {
  readonly command: CommandName;
  readonly operands: readonly string[];
  /** Given when the server was named apart from the operands. */
  readonly target?: Target;
}

export function toGet({ operands, target }: Intent, values: FlagValues): GetCommand {
  const settings = toSettings(values);
  const output = values.text("output");
  const uris = target === undefined && operands.some(isUri);
  const remotes = uris
    ? operands.map((text) => remoteOf(uriOf(text), values))
    : namesOn(target, operands, values);
  const files = remotes.map((remote) => ({ ...remote, filename: checkFilename(remote.filename) }));
  const named = output !== undefined && files.length === 1;
  if (output !== "-" && !named) refuseTwins(files.map((file) => lastPart(file.filename)));
  return { kind: "get", files, output, settings };
}

function namesOn(
  target: Target | undefined,
  operands: readonly string[],
  values: FlagValues,
): RemoteFile[] {
  const { host, names } = splitHost("get", target, operands);
  return names.map((filename) => remoteOf({ ...host, filename }, values));
}

function splitHost(
  command: "get" | "put",
  target: Target | undefined,
  operands: readonly string[],
): { host: Target; names: readonly string[] } {
  const [first] = operands;
  if (target === undefined && first === undefined) {
    throw new UsageError(`no HOST and no FILE given: tftp ${command} HOST[:PORT] FILE...`);
  }
  const host = target ?? parseTarget(first ?? "");
  const names = target === undefined ? operands.slice(1) : operands;
  if (names.length === 0) {
    const hint = command === "put" ? " (- is standard input)" : "";
    throw new UsageError(`no FILE given: tftp ${command} HOST[:PORT] FILE...${hint}`);
  }
  return { host, names };
}

export function toPut({ operands, target }: Intent, values: FlagValues): PutCommand {
  const settings = toSettings(values);
  const last = operands.at(-1);
  const byUri = target === undefined && last !== undefined && isUri(last);
  const { to, locals } = byUri
    ? { to: uriOf(last), locals: operands.slice(0, -1) }
    : hostOperand(target, operands);
  const name = values.text("name");
  if (locals.length === 0) throw new UsageError("no FILE given (- is standard input)");
  if (name !== undefined && locals.length > 1) {
    throw new UsageError(`-n/--name can name one FILE, not ${locals.length}`);
  }
  if (name !== undefined && to.filename !== "") {
    throw new UsageError(`two names for the server's file: -n ${name} and ${to.filename}`);
  }
  const files = locals.map((local) => {
    if (isUri(local)) throw new UsageError(`${local} has to stand alone, behind the files`);
    const filename = checkFilename(remoteName(local, name ?? to.filename, locals.length));
    return { local, remote: remoteOf({ ...to, filename }, values) };
  });
  refuseTwins(files.map((file) => file.remote.filename));
  return { kind: "put", files, settings };
}

function hostOperand(target: Target | undefined, operands: readonly string[]) {
  const { host, names } = splitHost("put", target, operands);
  return { to: { ...host, filename: "" }, locals: names };
}

/** The name a local file gets; `wanted` may be empty, a folder (`backup/`) or a whole name. */
function remoteName(local: string, wanted: string, count: number): string {
  if (wanted !== "" && !wanted.endsWith("/")) {
    if (count > 1) throw new UsageError(`${count} files can't all be called "${wanted}"`);
    return wanted;
  }
  if (local === "-") throw new UsageError("standard input has no name; give it one with -n REMOTE");
  return wanted + lastPart(local);
}

function toSettings(values: FlagValues): TransferSettings {
  const plain = values.on("no-options");
  for (const option of ["blksize", "windowsize", "timeout-option"] as const) {
    if (plain && values.given(option)) {
      throw new UsageError(`--no-options sends no option, so --${option} can't be sent`);
    }
  }
  for (const [one, other] of [["ipv4", "ipv6"], ["quiet", "verbose"]] as const) {
    if (values.on(one) && values.on(other)) {
      throw new UsageError(`--${one} and --${other} exclude each other`);
    }
  }
  const seconds = values.number("timeout");
  const timeoutOption = values.on("timeout-option");
  if (timeoutOption && (seconds === undefined || !Number.isInteger(seconds))) {
    throw new UsageError("--timeout-option needs -t with whole seconds from 1 to 255");
  }
  return {
    family: values.on("ipv4") ? 4 : values.on("ipv6") ? 6 : undefined,
    blksize: values.number("blksize"),
    windowsize: values.number("windowsize"),
    timeoutMs: seconds === undefined ? undefined : Math.round(seconds * 1000),
    timeoutOption,
    retries: values.number("retries"),
    plain,
    volume: values.on("quiet") ? "quiet" : values.on("verbose") ? "verbose" : "normal",
  };
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
  if (!isUri(text)) throw new UsageError(`"${text}" is not a tftp:// address as the others are`);
  return parseTftpUri(text);
}

/** Two files under one name would leave only the later one. */
function refuseTwins(names: readonly string[]): void {
  const twin = names.find((name, at) => names.indexOf(name) !== at);
  if (twin !== undefined) throw new UsageError(`two of the files would both be called "${twin}"`);
}
