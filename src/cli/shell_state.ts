/**
 * What the interactive shell knows between two lines, and what a line makes of it: words in, values
 * out. Pure; `shell.ts` reads the lines and does the deeds.
 */

import { hostPort } from "./format.ts";
import { splitLine, transferWords } from "./shell_words.ts";
import { nearest } from "../files/suggest.ts";
import { parsePort, parseTarget } from "./target.ts";
import { UsageError } from "./usage_error.ts";

export interface ShellState {
  readonly host: string | undefined;
  readonly port: number;
  /** Values by the long names of flags, for every transfer. */
  readonly flags: ReadonlyMap<string, string>;
}

/** What comes of a line: another state, words to print, a transfer to make, or the end. */
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
    help: "choose the server for what follows",
    run: connect,
  },
  {
    names: ["get"],
    usage: "get FILE [LOCAL]",
    help: "fetch a file; three and more are all files",
    run: (state, names) => transfer("get", state, names),
  },
  {
    names: ["put"],
    usage: "put FILE [REMOTE]",
    help: "send a file; of three and more the last is a folder",
    run: (state, names) => transfer("put", state, names),
  },
  {
    names: ["mode"],
    usage: "mode [octet|netascii]",
    help: "move bytes as they are, or translate line ends",
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
    help: "how long to wait before asking again",
    run: (state, operands) => setting("timeout", state, operands),
  },
  { names: ["status"], usage: "status", help: "show all of this", run: status },
  {
    names: ["verbose"],
    usage: "verbose",
    help: "say what is asked and agreed, or no longer",
    run: (state) => toggle("verbose", state),
  },
  {
    names: ["trace"],
    usage: "trace",
    help: "show every datagram, or no longer",
    run: (state) => toggle("trace", state),
  },
  { names: ["quit", "exit", "bye"], usage: "quit", help: "leave", run: () => ({ quit: true }) },
  { names: ["help", "?"], usage: "help", help: "show this", run: () => ({ lines: helpLines() }) },
];

/**
 * What a line means. The beginning of a command is enough where only one begins so.
 *
 * @throws {UsageError} for what is none.
 */
export function obey(line: string, state: ShellState): Outcome {
  const [word, ...operands] = splitLine(line);
  if (word === undefined || word.startsWith("#")) return {};
  const verb = word.toLowerCase();
  const exact = VERBS.find(({ names }) => names.includes(verb));
  const begun = VERBS.filter(({ names }) => names[0]!.startsWith(verb));
  const row = exact ?? (begun.length === 1 ? begun[0] : undefined);
  if (row) return row.run(state, operands);
  if (begun.length > 1) {
    const names = begun.map(({ names }) => names[0]).join(" or ");
    throw new UsageError(`"${word}" may be ${names}`);
  }
  const close = nearest(verb, VERBS.flatMap(({ names }) => names));
  const hint = close === undefined ? "help lists all commands" : `did you mean ${close}?`;
  throw new UsageError(`"${word}" is no command of this shell; ${hint}`);
}

/** The words a shell reads as commands, for tests and the manual. */
export function helpLines(): string[] {
  return VERBS.map(({ usage, help }) => `  ${usage.padEnd(24)} ${help}`);
}

function connect(state: ShellState, [host, port, extra]: readonly string[]): Outcome {
  if (host === undefined) throw new UsageError("connect needs a HOST after it");
  if (extra !== undefined) throw new UsageError(`"${extra}" is one word too many after connect`);
  const target = parseTarget(host);
  const chosen = port === undefined ? target.port ?? 69 : parsePort(port);
  const next = { ...state, host: target.host, port: chosen };
  return { state: next, lines: [`  ${server(next)}`] };
}

function transfer(verb: "get" | "put", state: ShellState, names: readonly string[]): Outcome {
  const [first, ...rest] = names;
  if (first === undefined) throw new UsageError(`${verb} needs a FILE after it`);
  if (state.host === undefined) {
    throw new UsageError("no server is chosen; say: connect HOST [PORT]");
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

/** Shows a value, sets it, or with `off` leaves it to the client again. */
function setting(name: string, state: ShellState, [value]: readonly string[]): Outcome {
  const flags = new Map(state.flags);
  if (value === "off") flags.delete(name);
  else if (value !== undefined) flags.set(name, value);
  const next = { ...state, flags };
  return { state: next, lines: [`  ${name} ${flags.get(name) ?? "as the client chooses"}`] };
}

function toggle(name: string, state: ShellState): Outcome {
  const flags = new Map(state.flags);
  if (!flags.delete(name)) flags.set(name, "true");
  // Whoever wants more said no longer wants less.
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
  return host === undefined ? "no server chosen" : `server ${hostPort(host, port)}`;
}

/** The flags of every transfer, as words of the command line. */
export function flagWords({ flags }: ShellState): string[] {
  return [...flags].map(([name, value]) => value === "true" ? `--${name}` : `--${name}=${value}`);
}
