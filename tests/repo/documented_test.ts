/**
 * What programs of others import is documented: every exported name has an example, which
 * `deno task test:doc` runs, and which fails when it is not true.
 */

import { assert, assertEquals } from "@std/assert";
import { sourceFiles } from "../helpers/process/source.ts";

/** The entry points whose every name has one. */
const ENTRIES = ["src/mod.ts", "src/testing/mod.ts"];

const texts = new Map((await sourceFiles(/^src\/.*\.ts$/)).map(({ path, text }) => [path, text]));

/** The doc comment in front of the declaration of a name; undefined where it is not declared. */
function docOf(text: string, name: string): string | undefined {
  const kinds = "interface|type|(?:abstract )?class|const|(?:async )?function";
  const declaration = new RegExp(`^export (?:${kinds}) ${name}\\b`, "m").exec(text);
  if (!declaration) return undefined;
  const before = text.slice(0, declaration.index);
  return before.endsWith("*/\n") ? before.slice(before.lastIndexOf("\n/**")) : "";
}

/** The names that a module passes on, and the files that it has them from. */
function passedOn(path: string): { name: string; from: string }[] {
  const text = texts.get(path);
  assert(text !== undefined, `${path} is missing`);
  const exports = text.matchAll(/^export (?:type )?\{([^}]*)\} from "([^"]+)"/gm);
  return [...exports].flatMap(([, names = "", specifier = ""]) => {
    const from = new URL(specifier, `file:///${path}`).pathname.slice(1);
    const all = names.split(",").map((name) => name.trim().replace(/^type /, ""));
    return all.filter((name) => name !== "").map((name) => ({ name, from }));
  });
}

/** The same for a name that is passed on from module to module, or by `export *`. */
function findDoc(path: string, name: string): string | undefined {
  const own = docOf(texts.get(path)!, name);
  if (own !== undefined) return own;
  const stars = [...texts.get(path)!.matchAll(/^export \* from "([^"]+)"/gm)];
  const froms = [
    ...passedOn(path).filter((one) => one.name === name).map(({ from }) => from),
    ...stars.map(([, specifier]) => new URL(specifier!, `file:///${path}`).pathname.slice(1)),
  ];
  return froms.map((from) => findDoc(from, name)).find((doc) => doc !== undefined);
}

for (const entry of ENTRIES) {
  Deno.test(`every name that ${entry} exports has an example that checks something`, () => {
    const names = passedOn(entry);
    assert(names.length > 10, `${names.length} names`);
    const lacking = names.filter(({ name, from }) => {
      const doc = findDoc(from, name) ?? "";
      const example = /^ \* ```ts\n([^]*?)^ \* ```$/m.exec(doc)?.[1] ?? "";
      return !(example.includes("import ") && example.includes("throw "));
    });
    const complaints = lacking.map(({ name, from }) => `${name} of ${from}`);
    assertEquals(complaints, [], "give these an example that throws where it is not true");
  });
}
