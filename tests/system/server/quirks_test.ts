/** What real clients send, datagram by datagram, and what a server owes them. */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { ack, data, error, RawClient, rrq, wrq } from "../../helpers/net/raw_client.ts";
import { ServedFolder } from "../../helpers/files/served_folder.ts";
import { pattern } from "../../helpers/files/temp_folder.ts";
import { TEST_IO } from "../../helpers/net/test_network.ts";

const MISSING = 'ERROR 1 "File not found"';

/** Settles when so much time has passed: some clients are known by their pauses. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

Deno.test("EDK2 asks for a size, calls the transfer off with ERROR 8, and asks again", async () => {
  await using served = new ServedFolder();
  served.folder.write("boot.efi", pattern(3000));
  await using probe = new RawClient();
  const asked = { tsize: 0, blksize: 1468, windowsize: 4 };
  const answer = "OACK tsize=3000 blksize=1468 windowsize=4";
  const tid = await probe.ask(rrq("boot.efi", asked), served.port, answer);
  await probe.send(error(8, "User aborted the transfer"), tid);
  const record = await served.nextTransfer();
  assertEquals([record.result, record.bytes], ["probe", 0]);
  await using client = new RawClient();
  assertEquals(await client.fetch(rrq("boot.efi", { blksize: 1468 }), served.port), pattern(3000));
});

Deno.test("EDK2 acknowledges a gap many times and gets no block a third time", async () => {
  await using served = new ServedFolder();
  served.folder.write("boot.efi", pattern(8000));
  await using client = new RawClient();
  const asked = rrq("boot.efi", { blksize: 1000, windowsize: 4 });
  const tid = await client.ask(asked, served.port, "OACK blksize=1000 windowsize=4");
  await client.ask(ack(0), tid, "DATA 1 (1000 bytes)");
  for (const block of [2, 3, 4]) await client.expect(`DATA ${block} (1000 bytes)`);
  for (let i = 0; i < 6; i++) await client.send(ack(1), tid);
  await client.send(ack(5), served.port);
  const times = new Map<number, number>();
  for (;;) {
    const { packet } = await client.next();
    if (packet?.opcode !== 3) break;
    times.set(packet.block, (times.get(packet.block) ?? 0) + 1);
  }
  assert([...times.values()].every((count) => count === 1), JSON.stringify([...times]));
  await client.send(error(0, "enough"), tid);
  assertEquals((await served.nextTransfer()).error?.message, "enough");
});

Deno.test("U-Boot finds its timeout left out, and restarts from a new port", async () => {
  await using served = new ServedFolder();
  served.folder.write("uImage", pattern(3000));
  await using old = new RawClient();
  await using now = new RawClient();
  const asked = rrq("uImage", { timeout: 5, tsize: 0, blksize: 1468 });
  const tid = await old.ask(asked, served.port, "OACK tsize=3000 blksize=1468");
  await old.ask(ack(0), tid, "DATA 1 (1468 bytes)");
  assertEquals(await now.fetch(asked, served.port), pattern(3000));
  assertEquals((await served.nextTransfer()).client, `127.0.0.1:${now.port}`);
  const replaced = await served.nextTransfer();
  assertEquals([replaced.client, replaced.result], [`127.0.0.1:${old.port}`, "replaced"]);
});

Deno.test("two clients behind one address fetch the same file at once", async () => {
  await using served = new ServedFolder();
  served.folder.write("file", pattern(2000));
  await using one = new RawClient();
  await using two = new RawClient();
  const first = await one.ask(rrq("file"), served.port, "DATA 1 (512 bytes)");
  const second = await two.ask(rrq("file"), served.port, "DATA 1 (512 bytes)");
  for (const block of [2, 3]) {
    await one.ask(ack(block - 1), first, `DATA ${block} (512 bytes)`);
    await two.ask(ack(block - 1), second, `DATA ${block} (512 bytes)`);
  }
});

Deno.test("GRUB repeats old ACKs, folds slashes twice, and closes with ERROR 0", async () => {
  await using served = new ServedFolder();
  served.folder.write("boot/grub.cfg", pattern(3000));
  await using client = new RawClient();
  const asked = rrq("/boot//grub.cfg", { blksize: 1024, tsize: 0 });
  const tid = await client.ask(asked, served.port, "OACK blksize=1024 tsize=3000");
  await client.ask(ack(0), tid, "DATA 1 (1024 bytes)");
  for (const block of [0, 0, 0]) await client.send(ack(block), tid);
  await client.ask(ack(1), tid, "DATA 2 (1024 bytes)");
  await client.send(error(0, "closed"), tid);
  assertEquals((await served.nextTransfer()).bytes, 1024);
});

Deno.test("PXELINUX gets the error for a missing file before any OACK", async () => {
  await using served = new ServedFolder();
  await using client = new RawClient();
  await client.ask(rrq("pxelinux.cfg/default", { tsize: 0 }), served.port, MISSING);
});

Deno.test("Windows bootmgr asks with backslashes in another case", async () => {
  await using served = new ServedFolder({ ignoreCase: true });
  served.folder.write("Boot/BCD", "store");
  await using client = new RawClient();
  const asked = rrq("\\boot\\bcd", { windowsize: 4, msftwindow: 31416 });
  const tid = await client.ask(asked, served.port, "OACK windowsize=4");
  await client.ask(ack(0), tid, "DATA 1 (5 bytes)");
  await client.send(ack(1), tid);
});

Deno.test("Raspberry Pi asks twice within milliseconds and gets no DATA twice", async () => {
  await using served = new ServedFolder();
  served.folder.write("config.txt", pattern(100));
  for (const [options, answer] of [[{}, "DATA 1 (100 bytes)"], [{ tsize: 0 }, "OACK tsize=100"]]) {
    await using client = new RawClient();
    const asked = rrq("config.txt", options as Record<string, number>);
    for (let i = 0; i < 3; i++) await client.send(asked, served.port);
    const tid = await client.expect(answer as string);
    // Whatever came twice would come before this.
    await client.send(ack(5), served.port);
    await client.expect('ERROR 4 "Illegal TFTP operation"');
    await client.send(error(0, "Early terminate"), tid);
    await served.nextTransfer();
  }
  // What came twice may begin again once the first was called off. Native sockets are told that the
  // client's port is closed, so that such a transfer ends at once.
  const transfers = served.records.filter(({ kind }) => kind === "transfer").length;
  assert(transfers === 2 || (TEST_IO === "native" && transfers <= 4), `${transfers} transfers`);
});

Deno.test("Raspberry Pi misses dozens of files and is answered each time", async () => {
  await using served = new ServedFolder();
  for (let i = 0; i < 60; i++) {
    await using client = new RawClient();
    await client.ask(rrq(`1234abcd/start${i}.elf`, { tsize: 0 }), served.port, MISSING);
  }
});

Deno.test("old PXE ROMs append 0xFF, control bytes and drive letters to names", async () => {
  await using served = new ServedFolder();
  served.folder.write("boot/pxe.0", "rom");
  for (
    const name of ["boot/pxe.0\xff", "boot\\pxe.0\xff\xff\x01", "C:\\boot\\pxe.0", "/boot/pxe.0 "]
  ) {
    await using client = new RawClient();
    const tid = await client.ask(`\0\x01${name}\0octet\0`, served.port, "DATA 1 (3 bytes)");
    await client.send(ack(1), tid);
  }
});

Deno.test("NVIDIA DGX can't read an OACK and then gets an answer without options", async () => {
  await using served = new ServedFolder();
  served.folder.write("image", pattern(700));
  await using client = new RawClient();
  const asked = rrq("image", { blksize: 1468, tsize: 0 });
  const answer = "OACK blksize=1468 tsize=700";
  const first = await client.ask(asked, served.port, answer);
  await pause(600);
  const again = await client.ask(asked, served.port, answer);
  assertEquals(first.port, again.port, "the first answer comes again, and no second transfer");
  await pause(600);
  const plain = await client.ask(asked, served.port, "DATA 1 (512 bytes)");
  assertNotEquals(plain.port, first.port);
  await client.ask(ack(1), plain, "DATA 2 (188 bytes)");
  await client.send(ack(2), plain);
});

Deno.test("a client whose OACK was only late goes on with it after a plain answer", async () => {
  await using served = new ServedFolder();
  served.folder.write("image", pattern(700));
  await using client = new RawClient();
  const asked = rrq("image", { blksize: 1468, tsize: 0 });
  const answer = "OACK blksize=1468 tsize=700";
  const late = await client.ask(asked, served.port, answer);
  await pause(600);
  await client.ask(asked, served.port, answer);
  await pause(600);
  await client.ask(asked, served.port, "DATA 1 (512 bytes)");
  await client.ask(ack(0), late, "DATA 1 (700 bytes)");
  await client.send(ack(1), late);
  const results = [(await served.nextTransfer()).result, (await served.nextTransfer()).result];
  assertEquals(results.sort(), ["done", "replaced"]);
});

Deno.test("a client that asks again without options is answered so at once", async () => {
  await using served = new ServedFolder();
  served.folder.write("image", pattern(700));
  await using client = new RawClient();
  await client.ask(rrq("image", { blksize: 1468 }), served.port, "OACK blksize=1468");
  await client.ask(rrq("image"), served.port, "DATA 1 (512 bytes)");
});

Deno.test("Cisco IOS repeats its WRQ and never hears that the file exists", async () => {
  await using served = new ServedFolder({ uploads: "new" });
  await using client = new RawClient();
  const asked = wrq("router-confg", { mode: "netascii" });
  const first = await client.ask(asked, served.port, "ACK 0");
  await pause(50);
  const again = await client.ask(asked, served.port, "ACK 0");
  assertEquals(again.port, first.port);
  await client.ask(data(1, "hostname r1\r\n"), first, "ACK 1");
  assertEquals(served.folder.text("router-confg"), "hostname r1\n");
  assertEquals(served.folder.names(), ["router-confg"]);
});

Deno.test("ProCurve switches get line ends translated both ways", async () => {
  await using served = new ServedFolder({ uploads: "new" });
  served.folder.write("config", "a\nb\r");
  await using client = new RawClient();
  const text = await client.fetch(rrq("config", { mode: "netascii" }), served.port);
  assertEquals(new TextDecoder().decode(text), "a\r\nb\r\0");
});

Deno.test("Grandstream phones may pause, and nothing is sent to them unasked", async () => {
  await using served = new ServedFolder();
  served.folder.write("fw.bin", pattern(2000));
  await using client = new RawClient();
  await client.ask(rrq("fw.bin"), served.port, "DATA 1 (512 bytes)");
  // It has proved no address yet: the first answer is not repeated by itself.
  await pause(1300);
  await client.ask(rrq("missing"), served.port, MISSING);
});

Deno.test("Snom phones ask with their address in upper case", async () => {
  await using served = new ServedFolder({ ignoreCase: true });
  served.folder.write("snom370-000413abcdef.htm", "settings");
  await using client = new RawClient();
  await client.ask(rrq("snom370-000413ABCDEF.htm"), served.port, "DATA 1 (8 bytes)");
});

Deno.test("Qualcomm modems offer options and end with an ERROR of their own", async () => {
  await using served = new ServedFolder();
  served.folder.write("modem.mbn", pattern(100));
  await using client = new RawClient();
  const asked = rrq("modem.mbn", { rsize: 0, seek: 0 });
  const tid = await client.ask(asked, served.port, "DATA 1 (100 bytes)");
  await client.send(error(9, "End of Transfer"), tid);
  assert((await served.nextTransfer()).error);
});

Deno.test("lwIP in U-Boot finds blksize first in the OACK, where it asked for it", async () => {
  await using served = new ServedFolder();
  served.folder.write("file", pattern(100));
  await using client = new RawClient();
  const asked = { blksize: 1468, tsize: 0 };
  await client.ask(rrq("file", asked), served.port, "OACK blksize=1468 tsize=100");
});

Deno.test("a client that never acknowledges the last block has its file", async () => {
  await using served = new ServedFolder({ idleTimeoutMs: 1000 });
  served.folder.write("file", pattern(600));
  await using client = new RawClient();
  const tid = await client.ask(rrq("file"), served.port, "DATA 1 (512 bytes)");
  await client.ask(ack(1), tid, "DATA 2 (88 bytes)");
  const { result, note } = await served.nextTransfer();
  assertEquals([result, note], ["done", "the last block was never acknowledged"]);
});

Deno.test("a ROM that starts again from its one port is served from the start", async () => {
  await using served = new ServedFolder();
  served.folder.write("file", pattern(2000));
  await using client = new RawClient();
  const tid = await client.ask(rrq("file"), served.port, "DATA 1 (512 bytes)");
  await client.ask(ack(1), tid, "DATA 2 (512 bytes)");
  await pause(1100);
  const again = await client.insist(rrq("file"), served.port);
  assert(again.packet);
});
