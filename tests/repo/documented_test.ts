/**
 * What programs of others import is documented: every exported name has an example, which
 * `deno task test:doc` runs, and which fails when it is not true.
 */

import { assert, assertEquals } from "@std/assert";
import { sourceFiles } from "../helpers/process/source.ts";

/** The entry points whose every name has one. */
const ENTRIES = ["src/mod.ts", "src/protocol/mod.ts", "src/testing/mod.ts"];

const texts = new Map((await sourceFiles(/^src\/.*\.ts$/)).map(({ path, text }) => [path, text]));

const KINDS = "interface|type|(?:abstract )?class|const|(?:async )?function";

/** The doc comment in front of the declaration of a name. */
function docOf(path: string, name: string): string {
  const text = textOf(path);
  const [before = ""] = text.split(new RegExp(`^export (?:${KINDS}) ${name}\\b`, "m"));
  return before.endsWith("*/\n") ? before.slice(before.lastIndexOf("\n/**")) : "";
}

/** The names that a module has from others, each with the file that declares it. */
function passedOn(path: string): { name: string; from: string }[] {
  const exports = textOf(path).matchAll(/^export (?:type )?(?:\{([^}]*)\}|\*) from "([^"]+)"/gm);
  return [...exports].flatMap(([, names, specifier = ""]) => {
    const from = new URL(specifier, `file:///${path}`).pathname.slice(1);
    const found = [...declaredIn(from), ...passedOn(from)];
    if (names === undefined) return found;
    const wanted = names.split(",").map((name) => name.trim().replace(/^type /, ""));
    return found.filter(({ name }) => wanted.includes(name));
  });
}

function declaredIn(path: string): { name: string; from: string }[] {
  const declarations = textOf(path).matchAll(new RegExp(`^export (?:${KINDS}) (\\w+)`, "gm"));
  return [...declarations].map(([, name = ""]) => ({ name, from: path }));
}

function textOf(path: string): string {
  const text = texts.get(path);
  assert(text !== undefined, `${path} is missing`);
  return text;
}

for (const entry of ENTRIES) {
  Deno.test(`every name that ${entry} exports has an example that checks something`, () => {
    const names = passedOn(entry);
    assert(names.length > 10, `${names.length} names`);
    const lacking = names.filter(({ name, from }) => {
      const example = /^ \* ```ts\n([^]*?)^ \* ```$/m.exec(docOf(from, name))?.[1] ?? "";
      return !(example.includes("import ") && example.includes("throw "));
    });
    const complaints = lacking.map(({ name, from }) => `${name} of ${from}`);
    assertEquals(complaints, [], "give these an example that throws where it is not true");
  });
}
