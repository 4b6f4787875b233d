/** What uploads leave on the disk when the server is killed, or the disk is full. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runBare, startServer } from "../../helpers/process/cli.ts";
import { data, RawClient, rrq, wrq } from "../../helpers/net/raw_client.ts";
import { ServedFolder } from "../../helpers/files/served_folder.ts";
import { pattern, TempFolder } from "../../helpers/files/temp_folder.ts";
import { isRoot } from "../../helpers/process/peers.ts";
import { IO_PERMISSIONS } from "../../helpers/net/test_network.ts";

const FULL = 'ERROR 3 "Disk full or allocation exceeded"';

/** Moments at which a server is killed, in each of the lanes that run side by side. */
const KILLS = 100;
const LANES = 2;

/** Files that are being replaced all the time. */
const FILES = 4;

/** A file of one generation: every byte tells which. */
function generation(number: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(3000 + number % 7 * 512);
  bytes.fill(number & 0xff);
  new DataView(bytes.buffer).setUint32(0, number);
  return bytes;
}

/** Whether the bytes are a whole file of some generation. */
function isWhole(bytes: Uint8Array): boolean {
  if (bytes.length < 4) return false;
  const number = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  const whole = generation(number);
  return whole.length === bytes.length && whole.every((byte, at) => byte === bytes[at]);
}

/** Uploads one generation after the other until nothing answers any more. */
async function uploadWithoutEnd(port: number, name: string, first: number): Promise<void> {
  await using client = new RawClient();
  for (let number = first;; number++) {
    const bytes = generation(number);
    await client.send(wrq(name), port);
    for (let block = 0; block <= Math.floor(bytes.length / 512); block++) {
      const heard = await Promise.race([client.next(), silence()]);
      if (!heard || heard.packet?.opcode !== 4) return;
      await client.send(
        data(block + 1, bytes.subarray(block * 512, block * 512 + 512)),
        heard.from,
      );
    }
    if (!await Promise.race([client.next(), silence()])) return;
  }
}

/** A moment after which nobody answers any more. */
function silence(): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), 150));
}

Deno.test({
  name: "tftp serve that is killed 200 times leaves whole files, old or new, and tidies up",
  // Before, nobody could tell without waiting whether a file is locked.
  ignore: !("tryLockSync" in Deno.FsFile.prototype),
  // Waits for silence are raced, and their timers run out behind the test.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    const torn = await Promise.all(Array.from({ length: LANES }, killAgainAndAgain));
    assert(torn.some((count) => count > 0), "no kill has met an upload: this proves nothing");
  },
});

/** @returns how many unfinished uploads the kills have met. */
async function killAgainAndAgain(): Promise<number> {
  using folder = new TempFolder();
  const names = Array.from({ length: FILES }, (_, i) => `file${i}`);
  for (const name of names) folder.write(name, generation(0));
  let torn = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const server = await startServer(["--uploads", "overwrite", folder.path]);
    assertEquals(folder.names(), names, `leftovers after kill ${kill}`);
    const uploads = names.map((name, i) => uploadWithoutEnd(server.port, name, kill * 100 + i));
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 60));
    await server.stop("SIGKILL");
    torn += folder.names().length - names.length;
    for (const name of names) assert(isWhole(folder.bytes(name)), `${name} after kill ${kill}`);
    await Promise.all(uploads);
  }
  const last = await startServer(["--uploads", "overwrite", folder.path]);
  assertEquals(folder.names(), names);
  await last.stop();
  return torn;
}

Deno.test({
  name: "serve() tells of a full disk with ERROR 3, leaves nothing, and goes on",
  ignore: !isRoot() || Deno.build.os !== "linux",
  async fn() {
    using place = new TempFolder();
    const disk = place.makeFolder("disk");
    if (!mounted(disk, "64k")) return;
    try {
      await using served = new ServedFolder({ root: disk, uploads: "new" });
      Deno.writeTextFileSync(`${disk}/file`, "short");
      await using reader = new RawClient();
      await using writer = new RawClient();
      const options = { blksize: 40_000 };
      const tid = await writer.ask(wrq("big", options), served.port, "OACK blksize=40000");
      await writer.ask(data(1, pattern(40_000)), tid, "ACK 1");
      await writer.ask(data(2, pattern(40_000)), tid, FULL);
      await served.nextTransfer();
      assertEquals([...Deno.readDirSync(disk)].map(({ name }) => name), ["file"]);
      await reader.ask(rrq("file"), served.port, "DATA 1 (5 bytes)");
    } finally {
      unmount(disk);
    }
  },
});

Deno.test({
  name: "tftp get stops before the disk is full, and leaves nothing",
  ignore: !isRoot() || Deno.build.os !== "linux",
  async fn() {
    using place = new TempFolder();
    await using served = new ServedFolder();
    Deno.truncateSync(served.folder.write("endless", ""), 256 * 2 ** 20);
    const disk = place.makeFolder("disk");
    if (!mounted(disk, "128m")) return;
    try {
      const args = [
        "get",
        "-o",
        `${disk}/file`,
        "-b",
        "8192",
        `127.0.0.1:${served.port}`,
        "endless",
      ];
      const { code, stderr } = await runBare(args, {
        cwd: place.path,
        permissions: [
          ...["--no-prompt", "--allow-net", "--allow-read", "--allow-write"],
          ...["--allow-sys=statfs", ...IO_PERMISSIONS],
        ],
      });
      assertEquals([code, [...Deno.readDirSync(disk)]], [3, []]);
      assertStringIncludes(stderr, "less than 64 MiB of its disk would be left free");
    } finally {
      unmount(disk);
    }
  },
});

function mounted(folder: string, size: string): boolean {
  const args = ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", folder];
  return new Deno.Command("mount", { args }).outputSync().success;
}

function unmount(folder: string): void {
  new Deno.Command("umount", { args: [folder] }).outputSync();
}
