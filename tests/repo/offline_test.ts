/**
 * The adapters in offline/ stand in for the packages that deno.json names. Here: that they stand
 * in for all of them, export every name that is imported anywhere, and behave alike.
 *
 * The expected results hold for the real packages. Where those can be loaded they are what the
 * bare specifiers mean, and every case is put to both.
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import * as mappedCli from "@std/cli/parse-args";
import * as mappedJsonc from "@std/jsonc";
import * as mappedPath from "@std/path";
import * as adapterCli from "../../offline/std_cli.ts";
import * as adapterJsonc from "../../offline/std_jsonc.ts";
import * as adapterPath from "../../offline/std_path.ts";
import denoJson from "../../deno.json" with { type: "json" };
import { implementations } from "../helpers/process/implementations.ts";
import importMap from "../../offline/import_map.json" with { type: "json" };

const ROOT = new URL("../../", import.meta.url);
const SCANNED = ["main.ts", "tftp.ts", "src", "tests", "bench", "offline"];

Deno.test("import map covers exactly the packages of deno.json", () => {
  assertEquals(Object.keys(importMap.imports).sort(), Object.keys(denoJson.imports).sort());
});

Deno.test("adapters stand in for all packages, so that tasks work where no registry is", () => {
  const elsewhere = Object.values(importMap.imports).filter((target) => !target.startsWith("./"));
  assertEquals(elsewhere, []);
});

Deno.test("adapters export every name that is imported from @std", async () => {
  const imports = await stdImports();
  assert(imports.length > 10, `only ${imports.length} imports of @std found: is the scan broken?`);
  const missing: string[] = [];
  for (const { file, name, specifier } of imports) {
    const adapter = (importMap.imports as Record<string, string>)[specifier];
    const exports: Record<string, unknown> = adapter === undefined
      ? {}
      : await import(new URL(`offline/${adapter}`, ROOT).href);
    if (!(name in exports)) missing.push(`${file}: ${name} of ${specifier}`);
  }
  assertEquals(missing, [], "not provided by offline/");
});

interface StdImport {
  file: string;
  name: string;
  specifier: string;
}

async function stdImports(): Promise<StdImport[]> {
  const found: StdImport[] = [];
  for (const file of await sourceFiles()) {
    const text = await Deno.readTextFile(new URL(file, ROOT));
    const statements = text.matchAll(/^(?:import|export) \{([^}]*)\} from "(@std\/[^"]+)";/gm);
    for (const [, names = "", specifier = ""] of statements) {
      for (const name of names.split(",").map((part) => part.trim().split(" as ")[0]!)) {
        // The compiler looks after the types.
        if (name !== "" && !name.startsWith("type ")) found.push({ file, name, specifier });
      }
    }
  }
  return found;
}

async function sourceFiles(): Promise<string[]> {
  const files: string[] = [];
  const folders: string[] = [];
  for await (const entry of Deno.readDir(ROOT)) {
    if (!SCANNED.includes(entry.name)) continue;
    (entry.isDirectory ? folders : files).push(entry.name);
  }
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for await (const entry of Deno.readDir(new URL(folder, ROOT))) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory) folders.push(path);
      else if (path.endsWith(".ts")) files.push(path);
    }
  }
  return files;
}

const FLAGS = {
  string: ["_", "port", "output", "address"],
  boolean: ["quiet", "4"],
  collect: ["address"],
};
/** What comes back for no words at all. */
const NONE = { _: [], address: [], quiet: false, "4": false };

/** Words, what comes back beside NONE, and options in place of FLAGS'. */
const PARSE_CASES: [words: string[], result: object, options?: object][] = [
  [[], {}],
  [["get", "host", "007"], { _: ["get", "host", "007"] }],
  [["", "-"], { _: ["", "-"] }],
  [["--port", "69"], { port: "69" }],
  [["--port=69"], { port: "69" }],
  [["--port=a=b"], { port: "a=b" }],
  [["--port=-1"], { port: "-1" }],
  [["--output=a\nb"], { output: "a\nb" }],
  [["--port="], { port: "" }],
  [["--port"], { port: "" }],
  [["--port", ""], { port: "", _: [""] }],
  [["--port", "--quiet"], { port: "", quiet: true }],
  [["--output", "-"], { output: "", _: ["-"] }],
  [["--port", "1", "--port", "2"], { port: "2" }],
  [["--address", "::1", "--address=10.0.0.1"], { address: ["::1", "10.0.0.1"] }],
  [["--quiet", "x"], { quiet: true, _: ["x"] }],
  [["--quiet", "true"], { quiet: true }],
  [["--quiet", "false", "x"], { quiet: false, _: ["x"] }],
  [["--quiet=false"], { quiet: false }],
  [["--quiet=x"], { quiet: true }],
  [["--4"], { "4": true }],
  [["--no-options"], { "no-options": true }],
  [["--other=7", "--another"], { other: 7, another: true }],
  [["--quiet", "--", "--quiet", "-q", "7"], { quiet: true, _: ["--quiet", "-q", "7"] }],
  [["--", "--"], { _: ["--"] }],
  [["7", "1e3", "x", " "], { _: [7, 1000, "x", " "] }, { string: ["address"] }],
  [["--port=7", "--port", "0x10"], { port: 16 }, { string: ["address"] }],
];

Deno.test("parseArgs() reads a command line alike", () => {
  for (const [who, { parseArgs }] of implementations(adapterCli, mappedCli)) {
    for (const [words, result, options] of PARSE_CASES) {
      const actual = parseArgs!(words, { ...FLAGS, ...options });
      assertEquals(actual, { ...NONE, ...result }, `${who}, ${JSON.stringify(words)}`);
    }
  }
});

Deno.test("the adapter of parseArgs() refuses what it does not read alike", () => {
  for (const words of [["-q"], ["-p69"], ["--no-port=1"]]) {
    assertThrows(() => adapterCli.parseArgs(words), TypeError, words[0]);
  }
  const options = { alias: { port: "p" } };
  assertThrows(() => adapterCli.parseArgs([], options as object), TypeError, "alias");
});

const PATH_CASES: [name: string, args: (string | URL)[], result: string | boolean][] = [
  ["join", ["a", "b"], "a/b"],
  ["join", ["/srv", "../etc", "./x"], "/etc/x"],
  ["join", ["/srv/", "/a//b/"], "/srv/a/b/"],
  ["join", ["", ""], "."],
  ["resolve", ["/srv", "a/../b"], "/srv/b"],
  ["resolve", ["/srv", "/etc"], "/etc"],
  ["resolve", ["/srv/"], "/srv"],
  ["normalize", ["/a/./b/../c/"], "/a/c/"],
  ["normalize", ["../a//b"], "../a/b"],
  ["normalize", [""], "."],
  ["relative", ["/srv/a", "/srv/b/c"], "../b/c"],
  ["relative", ["/srv", "/srv"], ""],
  ["dirname", ["/srv/a.txt"], "/srv"],
  ["dirname", ["/srv/a/"], "/srv"],
  ["dirname", ["a"], "."],
  ["dirname", ["/a"], "/"],
  ["basename", ["/srv/a.txt"], "a.txt"],
  ["basename", ["/srv/a/"], "a"],
  ["basename", ["/srv/a.txt", ".txt"], "a"],
  ["basename", ["/"], "/"],
  ["extname", ["a.tar.gz"], ".gz"],
  ["extname", [".profile"], ""],
  ["isAbsolute", ["/a"], true],
  ["isAbsolute", ["a"], false],
  ["isAbsolute", [""], false],
  ["fromFileUrl", ["file:///a%20b/%C3%A9%2Fc%25"], "/a b/é/c%"],
  ["fromFileUrl", [new URL("file:///srv/x")], "/srv/x"],
];

Deno.test({
  name: "@std/path takes paths apart alike",
  // The cases are written with slashes.
  ignore: Deno.build.os === "windows",
  fn() {
    for (const [who, functions] of implementations(adapterPath, mappedPath)) {
      for (const [name, args, result] of PATH_CASES) {
        assertEquals(functions[name]!(...args), result, `${who}, ${name}(${args})`);
      }
      assertEquals(functions["SEPARATOR"] as unknown, "/");
      assertEquals(
        functions["toFileUrl"]!("/a b/%/é?#\\").href,
        "file:///a%20b/%25/%C3%A9%3F%23%5C",
      );
      assertThrows(() => functions["toFileUrl"]!("a"), TypeError, "absolute");
      assertThrows(() => functions["fromFileUrl"]!("http://a/"), TypeError, "file");
    }
  },
});

const JSONC_CASES: [text: string, value: unknown][] = [
  ["null", null],
  [' {"a": [1, -2.5e3, true, "x"], "b": {}} ', { a: [1, -2500, true, "x"], b: {} }],
  ["// one\n[/* two\n */ 1, // three\r 2,] //", [1, 2]],
  ['{"a": "// no /* comment */", }', { a: "// no /* comment */" }],
  ['{"a": "\\"}\\u0041"}', { a: '"}A' }],
  ['{"a": 1, "a": 2}', { a: 2 }],
  ["[]", []],
  ["[1/**/,2]", [1, 2]],
];

/** Texts that are refused, and with which words. */
const JSONC_FAULTS: [text: string, message: string][] = [
  ["", "Unexpected end of JSONC input"],
  ["[1", "Unexpected end of JSONC input"],
  ["{", "Unexpected end of JSONC input"],
  ["1 /* open", "Unexpected end of JSONC input"],
  ["[,]", "Unexpected token , in JSONC at position 1"],
  ["{,}", "Unexpected token , in JSONC at position 1"],
  ['{"a": 1,,}', "Unexpected token , in JSONC at position 8"],
  ["[1 2]", "Unexpected token 2 in JSONC at position 3"],
  ['{"a" 1}', "Unexpected token 1 in JSONC at position 5"],
  ["{a: 1}", "Unexpected token a in JSONC at position 1"],
  ["[1}", "Unexpected token } in JSONC at position 2"],
  ["[] []", "Unexpected token [ in JSONC at position 3"],
  ["[01]", "Unexpected token 01 in JSONC at position 1"],
  ['["a\nb"]', 'Unexpected token "a\nb" in JSONC at position 1'],
  ['["open]', 'Unexpected token "open] in JSONC at position 1'],
  [`[${"x".repeat(40)}]`, `Unexpected token ${"x".repeat(30)}... in JSONC at position 1`],
];

Deno.test("parse() of @std/jsonc reads and refuses alike", () => {
  for (const [who, { parse }] of implementations(adapterJsonc, mappedJsonc)) {
    for (const [text, value] of JSONC_CASES) {
      assertEquals(parse!(text), value, `${who}, ${text}`);
    }
    for (const [text, message] of JSONC_FAULTS) {
      assertThrows(() => parse!(text), SyntaxError, message, `${who}, ${text}`);
    }
  }
});
