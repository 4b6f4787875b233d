/** Whether a path still leads to a file, by a system call of our own. */

import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { statLeadsTo } from "../../../src/files/file_cache.ts";
import { NativeOpener } from "../../../src/files/native/native_opener.ts";
import { System } from "../../../src/net/native/system.ts";
import { TempFolder } from "../../helpers/files/temp_folder.ts";
import { LACKS_NATIVE, takenLibc } from "../../helpers/net/native.ts";

Deno.test({
  name: "NativeOpener: leadsTo() says what Deno.stat says of a path",
  ignore: LACKS_NATIVE,
  fn: () => {
    using folder = new TempFolder();
    const root = folder.path;
    folder.write("folder/file", "inside");
    folder.write("file", "inside");
    Deno.symlinkSync("folder/file", folder.at("link"));
    const libc = takenLibc();
    const system = new System(libc);
    const opener = new NativeOpener({ libc, errno: () => system.errno() });
    const path = join(root, "file");
    const trace = Deno.statSync(path);
    const leads = (name: string, state: Deno.FileInfo) => {
      const full = join(root, name);
      const said = opener.leadsTo(root, full, state);
      assertEquals(said, statLeadsTo(full, state), name);
      return said;
    };
    assertEquals(leads("file", trace), true);
    assertEquals(leads("link", Deno.statSync(join(root, "folder/file"))), true, "a link");
    assertEquals(leads("link", trace), false, "a link to another file");
    assertEquals(leads("nothing", trace), false);
    assertEquals(leads("file".repeat(2000), trace), false, "longer than any path");
    // Cut in the middle of its last character, this is a path to the file.
    const room = 4095 - `${root}/file`.length;
    const cut = `${root}${"/".repeat(room + 1)}fileé`;
    assertEquals(opener.leadsTo(root, cut, trace), false, "longer by half a character");
    Deno.utimeSync(path, trace.atime!, new Date(trace.mtime!.getTime() + 1));
    assertEquals(leads("file", trace), false, "another time");
    const touched = Deno.statSync(path);
    folder.write("file", "inside and more");
    Deno.utimeSync(path, touched.atime!, touched.mtime!);
    assertEquals(leads("file", touched), false, "another size");
    Deno.truncateSync(path, 6);
    Deno.utimeSync(path, new Date(-1500), new Date(-1500));
    assertEquals(leads("file", Deno.statSync(path)), true, "a time before 1970");
    folder.write("twin", "inside");
    Deno.renameSync(join(root, "twin"), path);
    assertEquals(leads("file", touched), false, "another file");
  },
});
