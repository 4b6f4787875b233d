import { assertEquals } from "@std/assert";
import * as std from "@std/path";
import { POSIX_PARTS } from "../../src/files/path_parts.ts";

const PATHS = [
  ...["", ".", "./", "..", "../", "../..", "/", "/a", "/a/", "/..", "/../a", "a", "a/", "./a"],
  ...["../a", "a/b", "a/b/", "a/./b", "a//b", "a/..", "a/../", "a/../../b", "/a/../../b"],
  ...["...", "a/...", "a b/ c", "boot/kernel.img"],
];

Deno.test({
  name: "POSIX_PARTS join, dirname and basename do what those of @std/path do",
  // There @std/path keeps the rules of Windows.
  ignore: Deno.build.os === "windows",
  fn() {
    for (const path of PATHS) {
      assertEquals(POSIX_PARTS.basename(path), std.basename(path), `basename("${path}")`);
      for (const other of PATHS) {
        const [ours, theirs] = [POSIX_PARTS.join(path, other), std.join(path, other)];
        assertEquals(ours, theirs, `join("${path}", "${other}")`);
      }
    }
    // In node:path, which stands in where JSR can't be reached, "a//b" is in "a/".
    for (const path of PATHS.filter((path) => !path.includes("//"))) {
      assertEquals(POSIX_PARTS.dirname(path), std.dirname(path), `dirname("${path}")`);
    }
  },
});

Deno.test("POSIX_PARTS.dirname drops doubled slashes", () => {
  const folders = ["a//b", "//a", "//a//b//", "///"].map(POSIX_PARTS.dirname);
  assertEquals(folders, ["a", "/", "//a", "/"]);
});
