import { assert, assertEquals, assertThrows } from "@std/assert";
import { TftpError } from "../../src/protocol/mod.ts";
import { nameParts } from "../../src/files/requested_name.ts";

Deno.test("nameParts() drops what old boot ROMs leave at the end of a name", () => {
  const names: readonly (readonly [requested: string, parts: string[]])[] = [
    ["boot/pxelinux.0\udcff", ["boot", "pxelinux.0"]],
    ["pxelinux.0\udcff\x00\x1f \x7f\n", ["pxelinux.0"]],
    ["a b \udcff", ["a b"]],
    // The last byte pair of this character is no byte 0xFF.
    ["beads \u{1f4ff}", ["beads \u{1f4ff}"]],
    ["beads \u{1f4ff}\udcff ", ["beads \u{1f4ff}"]],
  ];
  for (const [requested, parts] of names) assertEquals(nameParts(requested), parts);
  for (const nothing of ["", " ", "\udcff\udcff", "/ "]) {
    assertThrows(() => nameParts(nothing), TftpError, "Is a folder");
  }
});

Deno.test("nameParts() takes no longer for stray bytes inside a name than at its end", () => {
  const beganMs = performance.now();
  for (let count = 0; count < 100; count++) nameParts(" ".repeat(4080) + "a");
  const tookMs = performance.now() - beganMs;
  // With a regular expression that begins anew at each of them, more than a second.
  assert(tookMs < 300, `${tookMs} ms`);
});
