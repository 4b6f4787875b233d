/** Files opened below a folder by the system's own rule. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { EAGAIN, SYS_OPENAT2 } from "../../../src/files/native/file_layout.ts";
import { NativeOpener } from "../../../src/files/native/native_opener.ts";
import type { FoundFile, Opener, OpenFile } from "../../../src/files/opener.ts";
import type { Libc } from "../../../src/net/native/libc.ts";
import { System } from "../../../src/net/native/system.ts";
import { importMapArgs } from "../../helpers/process/cli.ts";
import { LACKS_NATIVE, takenLibc } from "../../helpers/net/native.ts";
import { pattern, TempFolder } from "../../helpers/files/temp_folder.ts";

const SWAPPER = fromFileUrl(new URL("../../helpers/files/link_swapper.ts", import.meta.url));

class Refused extends Error {}

function mustBeFile(found: FoundFile): void {
  if (!found.isFile) throw new Refused(found.isDirectory ? "folder" : "other");
}

/** A folder to serve, with files beside it that must never be opened. */
class Place implements Disposable {
  readonly folder = new TempFolder();
  readonly root = this.folder.makeFolder("served");

  constructor() {
    this.folder.write("secret", "secret");
    this.folder.write("outside/file", "secret");
    this.folder.write("served/file", "inside");
    this.folder.write("served/folder/file", "inside");
    const { success } = new Deno.Command("mkfifo", { args: [join(this.root, "fifo")] })
      .outputSync();
    assert(success, "mkfifo failed");
  }

  link(name: string, target: string): void {
    Deno.symlinkSync(target, join(this.root, name));
  }

  [Symbol.dispose](): void {
    this.folder[Symbol.dispose]();
  }
}

function openerWith(change: (libc: Libc) => Partial<Libc> = () => ({})): Opener {
  const libc = takenLibc();
  const system = new System(libc);
  return new NativeOpener({ libc: { ...libc, ...change(libc) }, errno: () => system.errno() });
}

/** Opens a file that must be one, and reads it to its end. */
function read(opener: Opener, root: string, path: string): string {
  const file = opener.open(root, path, mustBeFile);
  assert(file !== "unsupported", "unsupported");
  try {
    return textOf(file);
  } finally {
    file.close();
  }
}

function textOf(file: OpenFile): string {
  const bytes = new Uint8Array(1000);
  let length = 0;
  for (let count = file.readSync(bytes); count !== null; count = file.readSync(bytes)) {
    length += count;
  }
  return new TextDecoder().decode(bytes.subarray(0, length));
}

test("open() follows links that stay inside, whichever way they are written", () => {
  using place = new Place();
  place.link("beside", "file");
  place.link("in-folder", "folder/file");
  place.link("whole", join(place.root, "folder/file"));
  place.link("whole-folder", join(place.root, "folder"));
  place.link("out-and-in", "../served/file");
  place.link("chain", "out-and-in");
  Deno.symlinkSync("../file", join(place.root, "folder", "up"));
  const opener = openerWith();
  const names = ["file", "folder/file", "beside", "in-folder", "whole", "whole-folder/file"];
  for (const name of [...names, "out-and-in", "chain", "folder/up"]) {
    assertEquals([name, read(opener, place.root, name)], [name, "inside"]);
  }
});

test("open() refuses what leads out, whether it is there or not, with the errors of Deno", () => {
  using place = new Place();
  place.link("link", "../secret");
  place.link("whole", place.folder.at("secret"));
  place.link("slash", "/");
  place.link("dangling", "nowhere");
  place.link("dangling-out", "../nowhere");
  place.link("loop", "loop");
  place.link("self", "/proc/self/exe");
  const opener = openerWith();
  for (const name of ["link", "whole", "slash/etc/passwd", "../secret", "..", "self", "slash"]) {
    const error = assertThrows(() => opener.open(place.root, name, mustBeFile));
    assertEquals([name, (error as { code?: unknown }).code], [name, 2]);
  }
  const { NotFound, NotADirectory } = Deno.errors;
  for (const name of ["nothing", "dangling", "dangling-out", "folder/nothing", "file\0"]) {
    assertThrows(() => opener.open(place.root, name, mustBeFile), NotFound, "", name);
  }
  assertThrows(() => opener.open(place.root, "file/more", mustBeFile), NotADirectory);
  for (const [name, code] of [["loop", "ELOOP"], ["x".repeat(300), "ENAMETOOLONG"]]) {
    const error = assertThrows(() => opener.open(place.root, name!, mustBeFile));
    assertEquals((error as { code?: unknown }).code, code);
  }
});

test("open() opens neither folders nor FIFOs, sockets and devices, and does not wait", () => {
  using place = new Place();
  const socket = Deno.listen({ transport: "unix", path: join(place.root, "socket") });
  const opened: string[] = [];
  const opener = openerWith((libc) => ({
    openat2(number, folder, path, how, size) {
      opened.push(new TextDecoder().decode(path as Uint8Array));
      return libc.openat2(number, folder, path, how, size);
    },
  }));
  for (
    const [root, name, kind] of [
      [place.root, "fifo", "other"],
      [place.root, "socket", "other"],
      [place.root, "folder", "folder"],
      [place.root, "", "folder"],
      ["/dev", "null", "other"],
    ] as const
  ) {
    assertThrows(() => opener.open(root, name, mustBeFile), Refused, kind);
  }
  socket.close();
  // What is opened to be read is opened by way of /proc.
  assertEquals(opened.filter((path) => path.startsWith("/proc/")), []);
});

test("statSync() tells what Deno.stat tells, and the file stays the one that was opened", () => {
  using place = new Place();
  const path = place.folder.write("served/large", pattern(100_000));
  Deno.utimeSync(path, 1_000_000_000.25, 1_234_567_890.987654);
  const file = openerWith().open(place.root, "large", mustBeFile);
  assert(file !== "unsupported");
  const { isFile, isDirectory, dev, ino, size, mtime, ctime } = Deno.statSync(path);
  assertEquals(file.statSync(), { isFile, isDirectory, dev, ino, size, mtime, ctime });
  Deno.removeSync(path);
  place.folder.write("served/large", "another");
  const bytes = new Uint8Array(100_000);
  assertEquals(file.readSync(bytes.subarray(0, 1)), 1);
  assertEquals(file.readSync(bytes.subarray(1)), 99_999);
  assertEquals(file.readSync(bytes.subarray(0, 1)), null);
  assertEquals(bytes, pattern(100_000));
  file.close();
  file.close();
  assertThrows(() => file.readSync(bytes), Deno.errors.BadResource);
});

test("open() leaves no descriptor behind, whatever becomes of it", () => {
  using place = new Place();
  place.link("link", "../secret");
  place.link("whole", join(place.root, "file"));
  const open = new Set<number>();
  const opener = openerWith((libc) => ({
    openat2(...args) {
      const fd = libc.openat2(...args);
      if (fd >= 0) open.add(fd);
      return fd;
    },
    close(fd) {
      assert(open.delete(fd), `${fd} is closed and was not open`);
      return libc.close(fd);
    },
  }));
  for (const name of ["file", "whole", "link", "nothing", "fifo", "folder"]) {
    try {
      read(opener, place.root, name);
    } catch {
      // Told by other tests.
    }
  }
  assertEquals([...open], []);
});

for (const [name, errno] of [["ENOSYS", 38], ["EPERM", 1]] as const) {
  test(`open() is unsupported where the system answers ${name}`, () => {
    using place = new Place();
    let calls = 0;
    const libc = takenLibc();
    const opener = new NativeOpener({
      libc: { ...libc, openat2: (number) => (calls += Number(Number(number) === SYS_OPENAT2), -1) },
      errno: () => errno,
    });
    for (const _ of [1, 2]) {
      assertEquals(opener.open(place.root, "file", mustBeFile), "unsupported");
    }
    assertEquals(calls, 1);
  });
}

test("open() begins again where something is renamed on the way, and not for ever", () => {
  using place = new Place();
  const libc = takenLibc();
  const system = new System(libc);
  let failures = 0;
  const opener = new NativeOpener({
    libc: {
      ...libc,
      openat2(number, folder, path, how, size) {
        const isWalk = folder >= 0 && failures > 0;
        return isWalk ? -1 : libc.openat2(number, folder, path, how, size);
      },
    },
    errno: () => failures-- > 0 ? EAGAIN : system.errno(),
  });
  assertEquals(read(opener, place.root, "file"), "inside");
  failures = 3;
  assertEquals(read(opener, place.root, "file"), "inside");
  failures = Infinity;
  assertEquals(opener.open(place.root, "file", mustBeFile), "unsupported");
});

test("open() never opens what is outside while links and FIFOs are swapped", async () => {
  using place = new Place();
  place.folder.write("served/swap", "inside");
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", ...importMapArgs(), "-A", SWAPPER, place.root],
    stdout: "piped",
    stdin: "null",
  }).spawn();
  const output = child.stdout.getReader();
  await output.read();
  const opener = openerWith();
  const outcomes = new Map<string, number>();
  const endMs = performance.now() + 1500;
  while (performance.now() < endMs || outcomes.size < 4) {
    for (const name of ["swap", "folder/file"]) {
      const outcome = outcomeOf(opener, place.root, name);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
  }
  child.kill("SIGKILL");
  await child.status;
  await output.cancel();
  const known = ["inside", "Refused", "TftpError", "NotFound", "unsupported", ""];
  assertEquals([...outcomes.keys()].filter((outcome) => !known.includes(outcome)), []);
  for (const outcome of ["inside", "Refused", "TftpError"]) {
    assert((outcomes.get(outcome) ?? 0) > 0, `${outcome} never came: ${[...outcomes]}`);
  }
});

function outcomeOf(opener: Opener, root: string, name: string): string {
  try {
    const file = opener.open(root, name, mustBeFile);
    if (file === "unsupported") return file;
    const text = textOf(file);
    file.close();
    return text;
  } catch (error) {
    return (error as Error).constructor.name;
  }
}

function test(name: string, fn: () => Promise<void> | void): void {
  Deno.test({ name: `NativeOpener: ${name}`, ignore: LACKS_NATIVE, fn });
}
