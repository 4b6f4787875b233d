/**
 * The state of the interactive shell, and how a line changes it: words in, values out. Pure;
 * `shell.ts` reads the lines and runs the transfers.
 */

import { hostPort } from "../text/format.ts";
import { splitLine, transferWords } from "../args/shell_words.ts";
import { nearest } from "../../files/suggest.ts";
import { parsePort, parseTarget } from "../args/target.ts";
import { UsageError } from "../args/usage_error.ts";

export interface ShellState {
  readonly host: string | undefined;
  readonly port: number;
  /** Values by the long names of flags, for every transfer. */
  readonly flags: ReadonlyMap<string, string>;
}

/** The result of a line: a new state, lines to print, a transfer to run, or the end. */
export interface Outcome {
  readonly state?: ShellState;
  readonly lines?: readonly string[];
  /** A line of our own command line. */
  readonly words?: readonly string[];
  readonly quit?: true;
}

type Verb = (state: ShellState, operands: readonly string[]) => Outcome;

interface VerbRow {
  readonly names: readonly string[];
  readonly usage: string;
  readonly help: string;
  readonly run: Verb;
}

const VERBS: readonly VerbRow[] = [
  {
    names: ["connect"],
    usage: "connect HOST [PORT]",
    help: "set the server for the next commands",
    run: connect,
  },
  {
    names: ["get"],
    usage: "get FILE [LOCAL]",
    help: "fetch a file; three or more are all files",
    run: (state, names) => transfer("get", state, names),
  },
  {
    names: ["put"],
    usage: "put FILE [REMOTE]",
    help: "send a file; of three or more the last is a folder",
    run: (state, names) => transfer("put", state, names),
  },
  {
    names: ["mode"],
    usage: "mode [octet|netascii]",
    help: "keep bytes as they are, or convert line ends",
    run: mode,
  },
  {
    names: ["binary", "octet", "image"],
    usage: "binary",
    help: "mode octet",
    run: (state) => mode(state, ["octet"]),
  },
  {
    names: ["ascii", "netascii"],
    usage: "ascii",
    help: "mode netascii",
    run: (state) => mode(state, ["netascii"]),
  },
  {
    names: ["blksize"],
    usage: "blksize [BYTES|auto|off]",
    help: "the block size to ask for",
    run: (state, operands) => setting("blksize", state, operands),
  },
  {
    names: ["windowsize"],
    usage: "windowsize [BLOCKS|off]",
    help: "the window size to ask for",
    run: (state, operands) => setting("windowsize", state, operands),
  },
  {
    names: ["timeout", "rexmt"],
    usage: "timeout [SECONDS|off]",
    help: "how long to wait before repeating",
    run: (state, operands) => setting("timeout", state, operands),
  },
  { names: ["status"], usage: "status", help: "show these settings", run: status },
  {
    names: ["verbose"],
    usage: "verbose",
    help: "show requested and granted options, or stop",
    run: (state) => toggle("verbose", state),
  },
  {
    names: ["trace"],
    usage: "trace",
    help: "show every datagram, or stop",
    run: (state) => toggle("trace", state),
  },
  { names: ["quit", "exit", "bye"], usage: "quit", help: "leave", run: () => ({ quit: true }) },
  { names: ["help", "?"], usage: "help", help: "show this", run: () => ({ lines: helpLines() }) },
];

/**
 * The result of a line. An abbreviation of a command is enough if it is unambiguous.
 *
 * @throws {UsageError} for an unknown command.
 */
export function interpret(line: string, state: ShellState): Outcome {
  const [word, ...operands] = splitLine(line);
  if (word === undefined || word.startsWith("#")) return {};
  const verb = word.toLowerCase();
  const exact = VERBS.find(({ names }) => names.includes(verb));
  const begun = VERBS.filter(({ names }) => names[0]!.startsWith(verb));
  const row = exact ?? (begun.length === 1 ? begun[0] : undefined);
  if (row) return row.run(state, operands);
  if (begun.length > 1) {
    const names = begun.map(({ names }) => names[0]).join(" or ");
    throw new UsageError(`"${word}" is ambiguous: ${names}`);
  }
  const close = nearest(verb, VERBS.flatMap(({ names }) => names));
  const hint = close === undefined ? "try help" : `did you mean ${close}?`;
  throw new UsageError(`"${word}" is an unknown command; ${hint}`);
}

/** The words a shell reads as commands, for tests and the manual. */
export function helpLines(): string[] {
  return VERBS.map(({ usage, help }) => `  ${usage.padEnd(24)} ${help}`);
}

function connect(state: ShellState, [host, port, extra]: readonly string[]): Outcome {
  if (host === undefined) throw new UsageError("connect needs a HOST");
  if (extra !== undefined) {
    throw new UsageError(`"${extra}" is one argument too many after connect`);
  }
  const target = parseTarget(host);
  const chosen = port === undefined ? target.port ?? 69 : parsePort(port);
  const next = { ...state, host: target.host, port: chosen };
  return { state: next, lines: [`  ${server(next)}`] };
}

function transfer(verb: "get" | "put", state: ShellState, names: readonly string[]): Outcome {
  const [first, ...rest] = names;
  if (first === undefined) throw new UsageError(`${verb} needs a FILE`);
  if (state.host === undefined) {
    throw new UsageError("no server set: connect HOST [PORT]");
  }
  const { host, port } = state;
  const [command, ...words] = transferWords([verb, first, ...rest], { host, port })!;
  return { words: [command!, ...flagWords(state), ...words] };
}

function mode(state: ShellState, operands: readonly string[]): Outcome {
  const [wanted] = operands;
  if (wanted === undefined) return { lines: [`  mode ${state.flags.get("mode") ?? "octet"}`] };
  const text = wanted.toLowerCase();
  const known = ["octet", "binary", "image"].includes(text)
    ? "octet"
    : ["netascii", "ascii"].includes(text)
    ? "netascii"
    : undefined;
  if (known === undefined) {
    throw new UsageError(`mode is octet (binary) or netascii (ascii), not "${wanted}"`);
  }
  return setting("mode", state, [known]);
}

/** Shows a value, sets it, or with `off` resets it to the default. */
function setting(name: string, state: ShellState, [value]: readonly string[]): Outcome {
  const flags = new Map(state.flags);
  if (value === "off") flags.delete(name);
  else if (value !== undefined) flags.set(name, value);
  const next = { ...state, flags };
  return { state: next, lines: [`  ${name} ${flags.get(name) ?? "chosen by the client"}`] };
}

function toggle(name: string, state: ShellState): Outcome {
  const flags = new Map(state.flags);
  if (!flags.delete(name)) flags.set(name, "true");
  // verbose ends quiet.
  if (name === "verbose") flags.delete("quiet");
  return { state: { ...state, flags }, lines: [`  ${name} ${flags.has(name) ? "on" : "off"}`] };
}

function status(state: ShellState): Outcome {
  const rows = [...state.flags].map(([name, value]) =>
    `  ${name} ${value === "true" ? "on" : value}`
  );
  const mode = state.flags.has("mode") ? [] : ["  mode octet"];
  return { lines: [`  ${server(state)}`, ...mode, ...rows] };
}

function server({ host, port }: ShellState): string {
  return host === undefined ? "no server set" : `server ${hostPort(host, port)}`;
}

/** The flags of every transfer, as words of the command line. */
export function flagWords({ flags }: ShellState): string[] {
  return [...flags].map(([name, value]) => value === "true" ? `--${name}` : `--${name}=${value}`);
}
