/** Which file a requested name is, in a folder whose names are unusual. */

import { assertEquals, assertThrows } from "@std/assert";
import { TftpError } from "../../../src/protocol/mod.ts";
import { ServedRoot } from "../../../src/files/served_root.ts";
import { TempFolder } from "../../helpers/files/temp_folder.ts";

const ON_WINDOWS = Deno.build.os === "windows";

function read(root: ServedRoot, name: string, naming = {}): string {
  const source = root.openForReading(name, naming);
  const bytes = new Uint8Array(100);
  const length = source.read(bytes) as number;
  source.close();
  return new TextDecoder().decode(bytes.subarray(0, length));
}

Deno.test({
  name: "ServedRoot finds a name with a backslash in it as it stands, before it reads it as /",
  ignore: ON_WINDOWS,
  async fn() {
    using folder = new TempFolder();
    folder.write("boot\\bcd", "a name");
    folder.write("boot/bcd", "a path");
    folder.write("boot/other", "another path");
    folder.write("deep/C:\\file", "in a folder");
    folder.write("10.0.0.1/own\\name", "a client's");
    const root = new ServedRoot(folder.path);
    assertEquals(read(root, "boot\\bcd"), "a name");
    assertEquals(read(root, "boot/bcd"), "a path");
    assertEquals(read(root, "boot\\other"), "another path");
    assertEquals(read(root, "/deep/C:\\file"), "in a folder");
    assertEquals(read(root, "own\\name", { folder: "10.0.0.1" }), "a client's");
    assertEquals(read(root, "boot\\bcd", { folder: "10.0.0.2" }), "a name");
    const sink = root.openForWriting("boot\\bcd", { existing: "replace" });
    sink.write(new TextEncoder().encode("new"));
    await sink.commit();
    assertEquals([folder.text("boot\\bcd"), folder.text("boot/bcd")], ["new", "a path"]);
  },
});

Deno.test({
  name: "ServedRoot lets no literal backslash lead out",
  ignore: ON_WINDOWS,
  fn() {
    using folder = new TempFolder();
    folder.write("root/..\\secret", "below the root");
    folder.write("secret", "outside");
    folder.write("root/.tftp-0123456789abcdef.part", "not whole");
    const root = new ServedRoot(folder.at("root"));
    assertEquals(read(root, "..\\secret"), "below the root");
    Deno.removeSync(folder.at("root/..\\secret"));
    for (const name of ["..\\secret", "..\\x/../../secret", ".tftp-0123456789abcdef.part\\"]) {
      assertThrows(() => root.openForReading(name), TftpError);
    }
  },
});

Deno.test("ServedRoot serves unusual spellings of names that are there", () => {
  using folder = new TempFolder();
  folder.write("folder/inner", "inner");
  const root = new ServedRoot(folder.path);
  const spellings = ["/folder/inner", "folder\\inner", "\\folder\\inner", "folder//inner"];
  for (const name of [...spellings, "./folder/./inner", "folder/inner\uDCFF", "folder/inner\r\n"]) {
    assertEquals(read(root, name), "inner", JSON.stringify(name));
  }
});
