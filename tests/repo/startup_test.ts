/**
 * What a command loads before it can begin: most of the time of `--help`, and of a small file, goes
 * there. `bench/startup.ts` measures it, and docs/performance.md tells what each of these cost.
 */

import { assert, assertEquals, assertLess } from "@std/assert";
import { lineAt, type SourceFile, sourceFiles } from "../helpers/process/source.ts";

/** Each takes a fifth of a millisecond. */
const TOO_MANY_FILES = 100;
const TOO_MANY_FOR_HELP = 65;

const sources = new Map(
  (await sourceFiles(/^(src\/.*|main)\.ts$/)).map((file) => [file.path, file]),
);

/** What is loaded at once by whoever loads one of these: not what a command loads when needed. */
function loadedBy(...entries: readonly string[]): { files: SourceFile[]; others: string[] } {
  const paths = new Set(entries);
  const others: string[] = [];
  for (const path of paths) {
    const file = sources.get(path);
    assert(file !== undefined, `${path} is missing`);
    for (const specifier of valueImports(file.text)) {
      if (!specifier.startsWith(".")) others.push(`${path}: ${specifier}`);
      else paths.add(new URL(specifier, `file:///${path}`).pathname.slice(1));
    }
  }
  return { files: [...paths].map((path) => sources.get(path)!), others };
}

/** What a module imports that is there when it runs; types are not. */
function valueImports(text: string): string[] {
  const found = text.matchAll(/^(?:import|export) (?!type )(\{[^}]*\}|[^"{};]*) from "([^"]+)"/gm);
  return [...found].filter(([, names]) => !areTypes(names!)).map(([, , specifier]) => specifier!);
}

function areTypes(names: string): boolean {
  const inner = /^\{(.*)\}$/s.exec(names)?.[1];
  return inner !== undefined &&
    inner.split(",").map((name) => name.trim()).filter(Boolean).every((n) => n.startsWith("type "));
}

Deno.test("serve loads no origin before it is wanted", () => {
  const { files, others } = loadedBy(
    "main.ts",
    "src/cli/commands/serve.ts",
    "src/server/worker.ts",
  );
  const loaded = files.map(({ path }) => path);
  const origins = /^src\/(origin|cli\/commands\/serve_origin)/;
  assertEquals(loaded.filter((path) => origins.test(path)), []);
  assertEquals(others.filter((name) => name.includes("aws4fetch")), []);
});

Deno.test("the first thread of a server of several loads no rules, files or instruments", () => {
  const { files } = loadedBy("main.ts", "src/cli/commands/serve.ts", "src/server/workers.ts");
  const rare =
    /^src\/(server\/(server|requests|transfer)|files\/served|instruments|net\/native\/native_)/;
  assertEquals(files.map(({ path }) => path).filter((path) => rare.test(path)), []);
});

Deno.test("--help loads few files, and nothing of client, server or sockets", () => {
  const { files, others } = loadedBy("main.ts", "src/cli/commands/information.ts");
  const paths = files.map(({ path }) => path);
  assertLess(paths.length, TOO_MANY_FOR_HELP, paths.join("\n"));
  const rare = /^src\/(client|engine|net|server(?!\/cidr)|origin|watch|instruments|doctor|mod\.)/;
  assertEquals(paths.filter((path) => rare.test(path)), []);
  assertEquals(others, ["src/cli/args/flags.ts: @std/cli/parse-args"], "packages");
});

for (const command of ["get", "put"]) {
  const { files, others } = loadedBy("main.ts", `src/cli/commands/${command}.ts`);

  Deno.test(`${command} loads few files before it begins`, () => {
    assertLess(files.length, TOO_MANY_FILES, files.map(({ path }) => path).join("\n"));
  });

  Deno.test(`${command} loads no server, no instruments and no progress display`, () => {
    const rare = [
      /^src\/(server(?!\/cidr)|origin|watch|instruments|doctor|mod\.ts)/,
      /^src\/cli\/\w+\/(serve(?!\w*_flags)|doctor(?!_flags)|help|ladder|progress)/,
    ];
    const paths = files.map(({ path }) => path);
    assertEquals(paths.filter((path) => rare.some((kind) => kind.test(path))), []);
    assertEquals(others, ["src/cli/args/flags.ts: @std/cli/parse-args"], "packages");
  });

  Deno.test(`${command} sets timers by callAfter(), which loads Node's module late`, () => {
    const timers = /\b(set|clear)(Timeout|Interval|Immediate)\b/g;
    const elsewhere = files.filter(({ path }) => path !== "src/net/deno/call_after.ts");
    const found = elsewhere.flatMap(({ path, code }) =>
      [...code.matchAll(timers)].map(({ 0: word, index }) =>
        `${path}:${
          lineAt(code, index)
        }: ${word}; instead: callAfter() of src/net/deno/call_after.ts`
      )
    );
    assertEquals(found, []);
  });
}

Deno.test("serve loads nothing that shows it, unless --http is given", () => {
  const { files } = loadedBy("main.ts", "src/cli/commands/serve.ts", "src/server/worker.ts");
  const shows = /^src\/(watch\/|net\/http|cli\/\w+\/(serve_watch|status|token))/;
  assertEquals(files.map(({ path }) => path).filter((path) => shows.test(path)), []);
});

Deno.test("valueImports() leaves out types", () => {
  const text = [
    'import type { A } from "./a.ts";',
    'import { type B, type C } from "./b.ts";',
    'import {\n  d,\n  type E,\n} from "./d.ts";',
    'export * from "./f.ts";',
    'export type { G } from "./g.ts";',
    '  const h = await import("./h.ts");',
  ].join("\n");
  assertEquals(valueImports(text), ["./d.ts", "./f.ts"]);
});
