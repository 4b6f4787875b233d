/**
 * docs/rfc.md is the ledger of duties: an id, the clause, and its tests. Here: that
 * every duty has a row, that a row names at least one test or says "later", and that each test it
 * names exists under that name.
 *
 *     | P1 | RFC 1350 §5 | `tests/protocol/packet_test.ts`: "decodePacket() refuses junk" |
 *     | U2 | RFC 2090    | later |
 */

import { assert, assertEquals } from "@std/assert";
import { sourceFiles } from "../helpers/process/source.ts";

/** How many duties each letter has: packets, options, windows, URIs, peers (quirks), files. */
const DUTIES = { P: 12, O: 7, W: 6, U: 2, Q: 5, F: 3 };

const ids = Object.entries(DUTIES).flatMap(([letter, count]) =>
  Array.from({ length: count }, (_, index) => `${letter}${index + 1}`)
);

const ledger = (await sourceFiles(/^docs\/rfc\.md$/))[0]?.text ?? "";
const tests = await sourceFiles(/^tests\/.*_test\.ts$/);

/** The rows of one duty. A duty may have several, one for each clause. */
function rowsOf(id: string): string[] {
  return ledger.split("\n").filter((line) => cellsOf(line)[0] === id);
}

function cellsOf(row: string): string[] {
  return row.split("|").slice(1).map((cell) => cell.replaceAll("`", "").trim());
}

/** The tests in a text, each as a path and a name in double quotes. */
function testsIn(text: string): { path: string; name: string }[] {
  const found = text.matchAll(/(tests\/[\w./-]+\.ts)`?:\s*`?"((?:\\.|[^"\\])+)"/g);
  return [...found].map(([, path = "", name = ""]) => ({ path, name: unescaped(name) }));
}

/** The names of a file's tests and steps; a template matches any text. */
function testNames(source: string): RegExp[] {
  const titles = source.matchAll(
    /\b(?:test\.\w+\(|\w*[tT]est\(|step\(|name:)\s*(?:"((?:\\.|[^"\\])*)"|`((?:\\.|[^`\\])*)`)/g,
  );
  return [...titles].map(([, text, template]) => {
    const parts = text === undefined ? template!.split(/\$\{[^}]*\}/) : [text];
    return new RegExp(`^${parts.map((part) => escapePattern(unescaped(part))).join(".*")}$`, "s");
  });
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(["'`\\$])/g, "$1");
}

function escapePattern(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

Deno.test("docs/rfc.md has a row for every duty, tested or marked later", () => {
  const lacking = ids.flatMap((id) => {
    const rows = rowsOf(id);
    if (rows.length === 0) return [`${id}: no row`];
    const isTested = rows.some((row) => testsIn(row).length > 0);
    const isLater = rows.every((row) => /\blater\b/i.test(cellsOf(row).slice(2).join(" ")));
    return isTested || isLater ? [] : [`${id}: names no test and is not marked "later"`];
  });
  assertEquals(lacking, [], "docs/rfc.md is incomplete");
});

Deno.test("docs/rfc.md has no unknown duty", () => {
  const rows = ledger.split("\n").map((line) => cellsOf(line)[0] ?? "");
  const unknown = rows.filter((id) => /^[A-Z]\d+$/.test(id) && !ids.includes(id));
  assertEquals(unknown, [], "ids that are not in DUTIES of tests/repo/ledger_test.ts");
});

Deno.test("docs/rfc.md names only tests that exist", () => {
  const namesByPath = new Map(tests.map(({ path, text }) => [path, testNames(text)]));
  const missing = testsIn(ledger)
    .filter(({ path, name }) => !namesByPath.get(path)?.some((pattern) => pattern.test(name)))
    .map(({ path, name }) => `${path}: "${name}"`);
  assertEquals(missing, [], "no such file, or no test of that name in it");
});

Deno.test("docs/security.md names an existing test for each guarantee", async () => {
  const text = (await sourceFiles(/^docs\/security\.md$/))[0]?.text ?? "";
  const [guarantees = ""] = text.split("\n## Guarantees\n")[1]?.split("\n## ") ?? [];
  const rows = guarantees.split("\n").filter((line) =>
    line.startsWith("| ") && !/^\| (Guarantee|-)/.test(line)
  );
  assert(rows.length > 25, "the tables have lost their rows");
  const namesByPath = new Map(tests.map(({ path, text }) => [path, testNames(text)]));
  const untested = rows.filter((row) => {
    const [test] = testsIn(row);
    return !test || !namesByPath.get(test.path)?.some((pattern) => pattern.test(test.name));
  });
  assertEquals(untested, [], "no test, or none of that name");
});

Deno.test("docs/clients.md names an existing test for each yes", async () => {
  const text = (await sourceFiles(/^docs\/clients\.md$/))[0]?.text ?? "";
  const rows = text.split("\n## ")[0]!.split("\n").filter((line) => line.startsWith("| ")).slice(2);
  assert(rows.length > 30, "the table has lost its rows");
  const namesByPath = new Map(tests.map(({ path, text }) => [path, testNames(text)]));
  const untested = rows.filter((row) => {
    const ours = cellsOf(row)[1] ?? "";
    const [test] = testsIn(ours);
    return !test || !namesByPath.get(test.path)?.some((pattern) => pattern.test(test.name));
  });
  assertEquals(untested, [], "no test, or none of that name");
});

Deno.test("docs/netboot.md names only tests that exist", async () => {
  const text = (await sourceFiles(/^docs\/netboot\.md$/))[0]?.text ?? "";
  const found = testsIn(text);
  assert(found.length > 4, "the table of recipes has lost its rows");
  const namesByPath = new Map(tests.map(({ path, text }) => [path, testNames(text)]));
  const missing = found.filter(({ path, name }) =>
    !namesByPath.get(path)?.some((pattern) => pattern.test(name))
  );
  assertEquals(missing, [], "no such file, or no test of that name in it");
});

Deno.test("the ledger's reader finds tests and their names", () => {
  const row = '| P1 | RFC 1350 §5 | `tests/a_test.ts`: "x() says \\"no\\"", tests/b_test.ts: "y" |';
  assertEquals(cellsOf(row)[0], "P1");
  assertEquals(testsIn(row), [
    { path: "tests/a_test.ts", name: 'x() says "no"' },
    { path: "tests/b_test.ts", name: "y" },
  ]);
  const names = testNames('Deno.test("a (b)", f); Deno.test({ name: `c ${d} e`, fn });');
  assertEquals(["a (b)", "c 12 e", "a b"].map((name) => names.some((n) => n.test(name))), [
    true,
    true,
    false,
  ]);
});
