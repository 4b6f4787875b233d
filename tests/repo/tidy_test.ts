/**
 * The architecture as a test: which folder may know which, what the pure part must not touch, how
 * long things may get, and that nothing lies about unused. ARCHITECTURE.md says why.
 *
 * Each failure lists `path:line` and what to do instead.
 */

import { assert, assertEquals, fail } from "@std/assert";
import { lineAt, type SourceFile, sourceFiles } from "../helpers/process/source.ts";

const MAX_COLUMNS = 100;
const MAX_FUNCTION_LINES = 70;
const MAX_FILE_LINES = 300;
const MAX_MAIN_LINES = 40;

const typescript = await sourceFiles(/\.ts$/);
const product = typescript.filter(({ path }) => /^(src\/|main\.ts$|tftp\.ts$)/.test(path));

/** Something that must not be said in some files, and what to say instead. */
interface Ban {
  words: RegExp;
  instead: string;
}

const PURE_BANS: readonly Ban[] = [
  { words: /\bDeno\./, instead: "an action for the driver to perform" },
  { words: /\bprocess\./, instead: "an action for the driver to perform" },
  { words: /\bDate\b/, instead: "the nowMs argument" },
  { words: /\bperformance\b/, instead: "the nowMs argument" },
  { words: /\bTemporal\b/, instead: "the nowMs argument" },
  { words: /\bset(Timeout|Interval|Immediate)\b/, instead: "deadlineMs" },
  { words: /\bqueueMicrotask\b/, instead: "a returned action" },
  { words: /\bMath\.random\b/, instead: "a number passed in" },
  { words: /\bcrypto\b/, instead: "a number passed in" },
  { words: /\b(await|async)\b/, instead: "an event that brings the result" },
  { words: /\bPromise\b/, instead: "an event that brings the result" },
  { words: /\bAbort(Signal|Controller)\b/, instead: "the cancel event" },
  { words: /\bconsole\b/, instead: "a value the caller can print" },
  { words: /\bfetch\b/, instead: "an action for the driver to perform" },
  { words: /\bglobalThis\b/, instead: "an argument" },
];

/** The rules of server and client; the rest of their folders acts. */
const SERVER_RULES = /^src\/server\/(?!server\.|worker|native_|upload_quota|shared_rate)\w+\.ts$/;
const DOCTOR_RULES = /^src\/doctor\/(?!shell\/)/;
const CLIENT_RULES = /^src\/client\/(attempt|blksize_probe|local_end)\.ts$/;
const RULES = [SERVER_RULES, DOCTOR_RULES, CLIENT_RULES];

Deno.test("protocol, engine and the rules of both sides need nothing of the world", () => {
  const pure = [
    ...pathsUnder("src/protocol/"),
    ...pathsUnder("src/engine/"),
    ...typescript.filter(({ path }) => RULES.some((rules) => rules.test(path))),
  ];
  const found = pure.flatMap((file) => breaches(file, PURE_BANS));
  assertNone(found, "these decide and do not act");
});

const BELOW = ["files", "net", "engine", "protocol"];

/** From the outside in. Each may know itself and what its row names. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  main: ["cli"],
  cli: ["mod", "doctor", "client", "server", "watch", "instruments", "made", "origin", ...BELOW],
  mod: ["library", "client", "server", "watch", "instruments", ...BELOW],
  testing: ["instruments", "files", "net", "engine", "protocol"],
  library: ["client", "server", "files", "net", "engine", "protocol"],
  doctor: ["client", "server", "files", "net", "engine", "protocol"],
  client: ["files", "net", "engine", "protocol"],
  server: ["made", "origin", ...BELOW],
  origin: ["files", "engine", "protocol"],
  watch: ["server", "engine", "protocol"],
  made: ["files", "net", "engine", "protocol"],
  instruments: ["files", "net", "engine", "protocol"],
  files: ["engine", "protocol"],
  net: ["engine", "protocol"],
  engine: ["protocol"],
  protocol: [],
};

/** Which part of the product a file belongs to: the first name below src/. */
function partOf(path: string): string {
  return /^src\/(\w+)/.exec(path)?.[1] ?? "main";
}

Deno.test("imports point from main to cli to client, server, files, engine and protocol", () => {
  const found: string[] = [];
  for (const { path, imports } of product) {
    const part = partOf(path);
    const allowed = ARROWS[part];
    if (allowed === undefined) {
      found.push(`${path}: belongs to no part; give src/${part} a row in ARROWS`);
      continue;
    }
    for (const target of imports.filter((name) => name.endsWith(".ts"))) {
      if (!/^(src\/|main\.ts$)/.test(target)) found.push(`${path}: imports ${target}`);
      else if (![part, ...allowed].includes(partOf(target))) {
        found.push(
          `${path}: imports ${target}; ${part} may know ${allowed.join(", ") || "itself"}`,
        );
      }
    }
  }
  assertNone(found, "an import points the wrong way");
});

/** Packages, and the only files that may import them. */
const PACKAGE_HOMES: readonly [specifier: RegExp, home: RegExp, where: string][] = [
  [
    /^@std\/path$/,
    /^(src\/(files|cli)|compile|tests|bench|offline)\//,
    "src/files and src/cli",
  ],
  [/^@std\/cli/, /^(src\/cli\/args\/flags\.ts$|tests\/|bench\/)/, "src/cli/args/flags.ts"],
  [/^@std\/jsonc$/, /^(src\/cli\/args\/jsonc\.ts$|tests\/)/, "src/cli/args/jsonc.ts"],
  [/^@std\/assert$/, /^tests\//, "tests"],
  [/^@tftp\/tftp/, /^examples\//, "examples"],
  [/^node:/, /^(src\/(files|net)|compile|tests|bench)\//, "src/files and src/net"],
  [/^npm:/, /^(tests|bench)\//, "tests"],
];

Deno.test("packages are imported only where they belong", () => {
  const found: string[] = [];
  for (const { path, imports } of typescript) {
    for (const specifier of imports.filter((name) => !/\.(ts|js|json)$/.test(name))) {
      const [, home, where] = PACKAGE_HOMES.find(([name]) => name.test(specifier)) ?? [];
      if (home === undefined) found.push(`${path}: imports "${specifier}", which has no home here`);
      else if (!home.test(path)) found.push(`${path}: imports "${specifier}"; only ${where} may`);
    }
  }
  assertNone(found, "a package is used outside its home");
});

const PRINT_BANS: readonly Ban[] = [
  { words: /\bconsole\b/, instead: "a returned value, a thrown error or a log record" },
  { words: /\bDeno\.stderr\b/, instead: "a thrown error or a log record" },
];
const STDOUT_BAN: Ban = { words: /\bDeno\.stdout\b/, instead: "a Sink" };
/** Parts that may touch the system. */
const TOUCHES_DENO = new Set(["net", "files", "made", "origin", "instruments", "doctor"]);
const EFFECT_BAN: Ban = { words: /\bDeno\./, instead: "what src/net and src/files offer" };

Deno.test("only cli prints, and few parts beside it touch Deno", () => {
  const found: string[] = [];
  for (const file of product) {
    const part = partOf(file.path);
    if (part === "cli" || part === "main") continue;
    found.push(...breaches(file, PRINT_BANS));
    // A download may be sent to standard output: there the bytes are a file, not a message.
    if (file.path !== "src/files/stream_sink.ts") found.push(...breaches(file, [STDOUT_BAN]));
    if (!TOUCHES_DENO.has(part)) found.push(...breaches(file, [EFFECT_BAN]));
  }
  assertNone(found, "an effect is out of its place");
});

Deno.test("lines, functions and files are short", () => {
  const found: string[] = [];
  for (const { path, text, code } of typescript) {
    const lines = text.split("\n");
    lines.forEach((line, index) => {
      if ([...line].length <= MAX_COLUMNS) return;
      found.push(`${path}:${index + 1}: longer than ${MAX_COLUMNS} columns`);
    });
    if (lines.length - 1 > MAX_FILE_LINES) {
      found.push(`${path}: ${lines.length - 1} lines, more than ${MAX_FILE_LINES}: split it`);
    }
    for (const { line, length } of functionsOf(code)) {
      if (length <= MAX_FUNCTION_LINES) continue;
      found.push(`${path}:${line}: a function of ${length} lines, more than ${MAX_FUNCTION_LINES}`);
    }
  }
  const main = typescript.find(({ path }) => path === "main.ts");
  assert(main !== undefined, "main.ts is missing");
  if (main.text.split("\n").length > MAX_MAIN_LINES) found.push(`main.ts: ${MAX_MAIN_LINES} lines`);
  assertNone(found, "too long");
});

const NOT_A_FUNCTION = /^\s*(\}|if|else|for|while|do|switch|try|catch|finally|class|interface)\b/;

/** Where the functions of formatted code begin, and their lengths in lines. */
function functionsOf(code: string): { line: number; length: number }[] {
  const lines = code.split("\n");
  const found: { line: number; length: number }[] = [];
  for (const [index, line] of lines.entries()) {
    const isHead = /(=> |\)(: .*)? )\{\s*$/.test(line) || /\bfunction\b.*\{\s*$/.test(line);
    if (!isHead || NOT_A_FUNCTION.test(line) || /^\s*\} /.test(line)) continue;
    const indent = /^\s*/.exec(line)?.[0] ?? "";
    const begin = line.trimStart().startsWith(")")
      ? lines.findLastIndex((other, at) => at < index && other.search(/\S/) === indent.length)
      : index;
    const end = lines.findIndex((other, at) => at > index && other.startsWith(`${indent}}`));
    found.push({ line: begin + 1, length: end - begin + 1 });
  }
  return found;
}

Deno.test("what a get or put loads does not load the server", () => {
  const loadsAll = /^import (?!type\b)[^;]*"\.\.\/\.\.\/mod\.ts"/m;
  const found = pathsUnder("src/cli/")
    .filter(({ path, text }) => !/\/serve\w*\.ts$/.test(path) && loadsAll.test(text))
    .map(({ path }) => path);
  assertNone(found, "only serve needs the whole library; import what is needed from where it is");
});

Deno.test("every file is reached from an entry point", () => {
  const byPath = new Map(typescript.map((file) => [file.path, file]));
  const isEntry = ({ path, code }: SourceFile) =>
    ["main.ts", "tftp.ts", "src/mod.ts", "src/testing/mod.ts"].includes(path) ||
    path.startsWith("examples/") || !path.startsWith("src/") &&
      (/_(test|bench)\.ts$/.test(path) || code.includes("import.meta.main"));
  const queue = typescript.filter(isEntry);
  const reached = new Set(queue);
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    for (const next of file.imports.map((path) => byPath.get(path))) {
      if (next === undefined || reached.has(next)) continue;
      reached.add(next);
      queue.push(next);
    }
  }
  const dead = typescript.filter((file) => !reached.has(file)).map(({ path }) => path);
  assertNone(dead, "nothing imports it: use it or remove it");
});
/** Written so that this file does not find itself. */
const WORD_BANS: readonly Ban[] = [
  { words: /\bTO[D]O\b|\bFIX[M]E\b|\bX[X]X\b|\bHA[C]K\b/, instead: "the work itself, or nothing" },
  { words: /\bfor [n]ow\b|\bnot [i]mplemented\b/i, instead: "what is the case" },
  { words: /\/(work|root|home|opt|Users)\/[\w.]/, instead: "a path from the project's folder" },
  { words: /\bjsr\.[i]o\b|\bregistry\.[n]pmjs\b|\bdeb\.[d]ebian\b/, instead: "a package's name" },
  { words: /\p{Emoji_Presentation}/u, instead: "words" },
];

Deno.test("no file holds loose ends, machine paths, registry hosts or emoji", async () => {
  const texts = await sourceFiles(/\.(ts|md|json|sh|yml)$|^\.ci\//);
  const found = texts.flatMap(({ path, text }) => breaches({ path, code: text }, WORD_BANS));
  assertNone(found, "unfit for the tree");
});

Deno.test("functionsOf() measures functions, methods and callbacks", () => {
  const code = [
    "function a(): void {",
    "  if (x) {",
    "  }",
    "}",
    "class B {",
    "  c(",
    "    x: number,",
    "  ): number {",
    "    call(() => {",
    "    });",
    "  }",
    "}",
  ].join("\n");
  assertEquals(functionsOf(code), [
    { line: 1, length: 4 },
    { line: 6, length: 6 },
    { line: 9, length: 2 },
  ]);
});

function pathsUnder(folder: string): SourceFile[] {
  const files = typescript.filter(({ path }) => path.startsWith(folder));
  assert(files.length > 0, `${folder} has no source files: has it moved?`);
  return files;
}

/** Where the code says what is banned. */
function breaches(file: Pick<SourceFile, "path" | "code">, bans: readonly Ban[]): string[] {
  return bans.flatMap(({ words, instead }) => {
    const everywhere = new RegExp(words, words.flags + "g");
    return [...file.code.matchAll(everywhere)].map((match) =>
      `${file.path}:${lineAt(file.code, match.index)}: "${match[0]}"; instead: ${instead}`
    );
  });
}

function assertNone(found: readonly string[], complaint: string): void {
  if (found.length > 0) fail(`${complaint}:\n  ${found.join("\n  ")}\n`);
}
