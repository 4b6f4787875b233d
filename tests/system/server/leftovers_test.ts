/** What a download that was killed leaves, and what becomes of it. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { assertDone, ServedPlace } from "../../helpers/files/client_place.ts";

Deno.test({
  name: "tftp get removes what downloads left that were killed, and nothing else",
  // Before, nobody could tell without waiting whether a file is locked.
  ignore: !("tryLockSync" in Deno.FsFile.prototype),
  async fn() {
    await using place = new ServedPlace();
    const { here, served } = place;
    served.folder.write("file", "content");
    const longAgo = new Date(1e12);
    const part = (digit: string) => `.tftp-${digit.repeat(16)}.part`;
    for (const digit of ["1", "2", "3", "4"]) here.write(part(digit), "part");
    for (const name of ["mine.part", ".tftp-mine.part"]) here.write(name, "kept");
    here.write(`below/${part("5")}`, "part");
    for (const digit of ["1", "2", "3"]) {
      await Deno.utime(here.at(part(digit)), longAgo, longAgo);
    }
    using other = await Deno.open(here.at(part("3")), { read: true, write: true });
    await other.lock(true);
    const { code, stderr } = await place.run(["get", place.host, "file"]);
    assertEquals(code, 0);
    assertStringIncludes(stderr, "tftp: removed 2 files left by killed downloads");
    // One is being written, and one was written to a moment ago.
    const left = [".tftp-mine.part", part("3"), part("4"), "below", "file", "mine.part"];
    assertEquals(here.names(), left.sort());
    assertEquals(here.names("below"), [part("5")]);
    await Deno.utime(here.at(part("4")), longAgo, longAgo);
    assertDone(await place.run(["get", "-q", place.host, "file"]));
    assertEquals(here.names().includes(part("4")), false);
  },
});
