/** `deno task test` runs every test file, and none of them in two tasks. */

import { assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { sourceFiles } from "../helpers/process/source.ts";

/** `test:native` runs tests of the system again, on purpose; `test:doc` runs examples. */
const TASKS = ["test:pure", "test:system", "test:compiled", "test:peers"] as const;

const paths = (await sourceFiles(/^tests\/.*_test\.ts$/)).map(({ path }) => path);

/** The test files that a task runs, each once. */
function filesOf(command: string): string[] {
  const words = command.split(/[\s;]+/);
  const ignored = words.flatMap((word) =>
    word.startsWith("--ignore=") ? word.slice("--ignore=".length).split(",") : []
  );
  const roots = words.filter((word) => /^tests(\/[\w./]+)?$/.test(word));
  const isIn = (path: string, root: string) => path === root || path.startsWith(`${root}/`);
  return paths.filter((path) =>
    roots.some((root) => isIn(path, root)) && !ignored.some((root) => isIn(path, root))
  );
}

Deno.test("deno task test runs every test file in exactly one task", () => {
  const counts = new Map(paths.map((path) => [path, 0]));
  for (const name of TASKS) {
    for (const path of filesOf(config.tasks[name].command)) {
      counts.set(path, counts.get(path)! + 1);
    }
  }
  const wrong = [...counts].filter(([, count]) => count !== 1);
  assertEquals(wrong, [], "number of tasks of deno.json that run these files");
});

Deno.test("tests/all.ts runs all tasks of tests", async () => {
  const [all] = await sourceFiles(/^tests\/all\.ts$/);
  const missing = Object.keys(config.tasks).filter((name) =>
    name.startsWith("test:") && !all!.text.includes(`"${name}"`)
  );
  assertEquals(missing, []);
});
