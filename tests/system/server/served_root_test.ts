/**
 * Hostile names, over the wire to a real server: whatever a client asks for, nothing outside the
 * served folder is opened, created or named, and the server goes on.
 */

import { assert, assertEquals } from "@std/assert";
import { Opcode, type RequestPacket } from "../../../src/protocol/mod.ts";
import { describe, RawClient, rrq, wrq } from "../../helpers/net/raw_client.ts";
import { ServedFolder } from "../../helpers/files/served_folder.ts";
import { TempFolder } from "../../helpers/files/temp_folder.ts";

const SECRET = "a secret outside of the served folder";
const NO_SUCH_FILE = 'ERROR 1 "File not found"';
const REFUSED = 'ERROR 2 "Access violation"';
const NO_SUCH_FOLDER = 'ERROR 1 "No such folder"';
const FOLDER = 'ERROR 2 "Is a folder"';
const NOT_A_FILE = 'ERROR 2 "Not a regular file"';
const EXISTS = 'ERROR 6 "File already exists"';
const MALFORMED = 'ERROR 4 "Illegal TFTP operation"';

/**
 * A place with a served folder `tftp`, a sibling `tftp-old` whose name begins alike, and things in
 * the served folder that lead out of it.
 */
class HostilePlace implements AsyncDisposable {
  readonly outside = new TempFolder();
  readonly root = this.outside.makeFolder("tftp");
  readonly served: ServedFolder;
  readonly #socket: Deno.Listener;

  constructor(uploads: "off" | "new" | "overwrite") {
    const { outside, root } = this;
    outside.write("secret", SECRET);
    outside.write("tftp-old/secret", SECRET);
    outside.write("tftp/good", "good");
    outside.write("tftp/folder/inner", "inner");
    Deno.symlinkSync(outside.at("secret"), `${root}/link-out`);
    Deno.symlinkSync("../tftp-old/secret", `${root}/link-to-sibling`);
    Deno.symlinkSync(outside.at("tftp-old"), `${root}/folder-out`);
    Deno.symlinkSync(outside.path, `${root}/parent`);
    Deno.symlinkSync("/", `${root}/slash`);
    Deno.symlinkSync("/dev/zero", `${root}/zero`);
    Deno.symlinkSync("folder/inner", `${root}/link-in`);
    Deno.symlinkSync("loop", `${root}/loop`);
    Deno.symlinkSync("nowhere", `${root}/dangling`);
    Deno.symlinkSync("../created-outside", `${root}/dangling-out`);
    const { success } = new Deno.Command("mkfifo", { args: [`${root}/fifo`] }).outputSync();
    assert(success, "mkfifo failed");
    this.#socket = Deno.listen({ transport: "unix", path: `${root}/socket` });
    this.served = new ServedFolder({ root, uploads });
  }

  /** What lies outside the served folder, and says so when it is no longer what it was. */
  assertOutsideUntouched(): void {
    assertEquals(this.outside.names(), ["secret", "tftp", "tftp-old"]);
    assertEquals(this.outside.names("tftp-old"), ["secret"]);
    assertEquals(this.outside.text("secret"), SECRET);
    assertEquals(this.outside.text("tftp-old/secret"), SECRET);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await this.served[Symbol.asyncDispose]();
    this.outside[Symbol.dispose]();
  }
}

/** Names that lead nowhere good, with the answer to an RRQ. */
const HOSTILE_NAMES: readonly [name: string, answer: string][] = [
  ["..", REFUSED],
  ["../secret", REFUSED],
  ["../../../../../../etc/passwd", REFUSED],
  ["/../secret", REFUSED],
  ["folder/../../secret", REFUSED],
  ["folder/../good", REFUSED],
  ["./../secret", REFUSED],
  ["..\\secret", REFUSED],
  ["folder\\..\\..\\secret", REFUSED],
  ["../tftp-old/secret", REFUSED],
  ["../secret\xff", REFUSED],
  ["/etc/passwd", NO_SUCH_FILE],
  ["//etc//passwd", NO_SUCH_FILE],
  ["C:\\Windows\\win.ini", NO_SUCH_FILE],
  ["-old/secret", NO_SUCH_FILE],
  ["/dev/zero", NO_SUCH_FILE],
  ["/proc/self/environ", NO_SUCH_FILE],
  ["file:///etc/passwd", NO_SUCH_FILE],
  ["~root/.bashrc", NO_SUCH_FILE],
  ["%2e%2e/secret", NO_SUCH_FILE],
  ["..%2fsecret", NO_SUCH_FILE],
  ["good/", "DATA 1 (4 bytes)"],
  ["good/more", NO_SUCH_FILE],
  ["\xff\xfe\xfd", NO_SUCH_FILE],
  ["\xc0\xae\xc0\xae/secret", NO_SUCH_FILE],
  ["\x80good", NO_SUCH_FILE],
  ["go\xffod", NO_SUCH_FILE],
  ["...", NO_SUCH_FILE],
  ["link-out", REFUSED],
  ["link-to-sibling", REFUSED],
  ["folder-out/secret", REFUSED],
  ["folder-out/missing", REFUSED],
  ["folder-out/secret/missing", REFUSED],
  ["slash/missing/missing", REFUSED],
  ["parent/secret", REFUSED],
  ["parent/tftp/missing", NO_SUCH_FILE],
  ["parent/tftp-old/secret", REFUSED],
  ["slash/etc/passwd", REFUSED],
  ["slash/dev/null", REFUSED],
  ["zero", REFUSED],
  ["loop", NO_SUCH_FILE],
  ["dangling", NO_SUCH_FILE],
  ["dangling-out", REFUSED],
  ["fifo", NOT_A_FILE],
  ["socket", NOT_A_FILE],
  ["folder", FOLDER],
  ["folder/", FOLDER],
  ["/", FOLDER],
  [".", FOLDER],
  ["\\", FOLDER],
  [" ", FOLDER],
  ["\xff", FOLDER],
  ["x".repeat(300), NO_SUCH_FILE],
  ["d/".repeat(1500) + "x", NO_SUCH_FILE],
  ["folder/".repeat(500) + "x", NO_SUCH_FILE],
  ["../".repeat(1000) + "etc/passwd", REFUSED],
];

/** Names in which each character is a byte, as a whole RRQ or WRQ. */
function rawRequest(opcode: number, name: string): string {
  return `\0${String.fromCharCode(opcode)}${name}\0octet\0`;
}

/** An answer may name nothing that the client does not know. */
function assertTellsNoPath(answer: string, place: HostilePlace): void {
  for (const path of [place.root, place.outside.path, Deno.cwd(), "/tmp", SECRET]) {
    assert(!answer.includes(path), `${answer} names ${path}`);
  }
}

Deno.test("serve() opens nothing outside its folder, whatever the name", async () => {
  await using place = new HostilePlace("off");
  for (const [name, answer] of HOSTILE_NAMES) {
    await using client = new RawClient();
    await client.send(rawRequest(Opcode.RRQ, name), place.served.port);
    const heard = describe(await client.next());
    assertEquals(heard, answer, `RRQ of ${JSON.stringify(name)}`);
    assertTellsNoPath(heard, place);
  }
  await using client = new RawClient();
  assertEquals((await client.fetch(rrq("link-in"), place.served.port)).length, 5);
  assertEquals(place.served.errors, []);
});

Deno.test("serve() refuses a name of ten thousand bytes, and goes on", async () => {
  await using place = new HostilePlace("new");
  for (const opcode of [Opcode.RRQ, Opcode.WRQ]) {
    await using client = new RawClient();
    const request = rawRequest(opcode, "n".repeat(10_000));
    await client.ask(request, place.served.port, MALFORMED);
    await client.ask(rrq("good"), place.served.port, "DATA 1 (4 bytes)");
  }
  place.assertOutsideUntouched();
});

/** The names again, and the answer to a WRQ where new files may be sent. */
const HOSTILE_UPLOADS: readonly [name: string, answer: string][] = [
  ["..", REFUSED],
  ["../created", REFUSED],
  ["../tftp-old/created", REFUSED],
  ["..\\created", REFUSED],
  ["folder/../../created", REFUSED],
  ["/etc/created", NO_SUCH_FOLDER],
  ["folder-out/created", REFUSED],
  ["folder-out/missing/created", REFUSED],
  ["parent/created", REFUSED],
  ["parent/tftp/created", "ACK 0"],
  ["slash/tmp/created", REFUSED],
  ["good/created", NO_SUCH_FOLDER],
  ["fifo/created", NO_SUCH_FOLDER],
  ["good", EXISTS],
  ["folder", EXISTS],
  ["link-out", EXISTS],
  ["link-in", EXISTS],
  ["dangling", EXISTS],
  ["dangling-out", EXISTS],
  ["fifo", EXISTS],
  ["/", FOLDER],
  ["missing/created", NO_SUCH_FOLDER],
  ["\xff\xfe", NO_SUCH_FILE],
  ["go\xffod", NO_SUCH_FILE],
  [".tftp-0123456789abcdef.part", NO_SUCH_FILE],
  ["x".repeat(300), 'ERROR 0 "The name is too long"'],
  [`folder-out/${"x".repeat(300)}/created`, REFUSED],
];

Deno.test("serve() creates nothing outside its folder, whatever the name", async () => {
  await using place = new HostilePlace("new");
  const before = place.outside.names("tftp");
  for (const [name, answer] of HOSTILE_UPLOADS) {
    await using client = new RawClient();
    await client.send(rawRequest(Opcode.WRQ, name), place.served.port);
    const heard = await client.next();
    assertEquals(describe(heard), answer, `WRQ of ${JSON.stringify(name)}`);
    assertTellsNoPath(describe(heard), place);
    if (!answer.startsWith("ACK")) continue;
    await client.send("\0\x05\0\0never mind\0", heard.from);
    await place.served.nextTransfer();
  }
  place.assertOutsideUntouched();
  assertEquals(place.outside.names("tftp"), before);
  assertEquals(place.served.errors, []);
});

Deno.test("serve() overwrites files and nothing else", async () => {
  await using place = new HostilePlace("overwrite");
  const links = ["link-out", "link-to-sibling", "zero", "dangling-out"];
  const answers = [["folder", FOLDER], ["fifo", NOT_A_FILE], ["socket", NOT_A_FILE]] as const;
  for (const [name, answer] of [...answers, ...links.map((name) => [name, REFUSED] as const)]) {
    await using client = new RawClient();
    await client.ask(rawRequest(Opcode.WRQ, name), place.served.port, answer);
  }
  await using client = new RawClient();
  await client.ask(wrq("good"), place.served.port, "ACK 0");
  place.assertOutsideUntouched();
});

/** What opens files to send, whose types would have to be fetched. */
const nodeFs = (globalThis as unknown as {
  process: { getBuiltinModule(name: string): { openSync(path: string, how: unknown): unknown } };
}).process.getBuiltinModule("node:fs");

/** Lets `swap` happen right before the next file is opened, as a rival process might. */
function beforeOpening(path: string, swap: () => void): Disposable {
  const [ofNode, ofDeno] = [nodeFs.openSync, Deno.openSync];
  // Deno 2.4 can open files in its own way only.
  for (const home of [nodeFs, Deno] as { openSync: typeof ofNode }[]) {
    const { openSync } = home;
    home.openSync = (opened, how) => {
      if (opened === path) swap();
      return openSync(opened, how);
    };
  }
  return {
    [Symbol.dispose]() {
      nodeFs.openSync = ofNode;
      Object.assign(Deno, { openSync: ofDeno });
    },
  };
}

function replaceByLink(path: string, target: string): void {
  Deno.removeSync(path);
  Deno.symlinkSync(target, path);
}

async function assertRefused(place: HostilePlace, request: RequestPacket): Promise<void> {
  await using client = new RawClient();
  await client.ask(request, place.served.port, REFUSED);
  assertEquals(place.served.errors, []);
}

Deno.test("serve() is not fooled by a link swapped in before the file is opened", async () => {
  await using place = new HostilePlace("off");
  const path = `${place.root}/good`;
  using _ = beforeOpening(path, () => replaceByLink(path, place.outside.at("secret")));
  await assertRefused(place, rrq("good"));
});

Deno.test("serve() is not fooled by a link that is gone when it looks again", async () => {
  await using place = new HostilePlace("off");
  const path = `${place.root}/good`;
  const { realPathSync } = Deno;
  using _ = beforeOpening(path, () => {
    replaceByLink(path, place.outside.at("secret"));
    const back: typeof realPathSync = (looked) => {
      Deno.realPathSync = realPathSync;
      Deno.removeSync(path);
      Deno.writeTextFileSync(path, "good");
      return realPathSync(looked);
    };
    Object.assign(Deno, { realPathSync: back });
  });
  await assertRefused(place, rrq("good"));
});

Deno.test("serve() leaves nothing outside when a folder becomes a link meanwhile", async () => {
  await using place = new HostilePlace("new");
  const { openSync } = Deno;
  const rival: typeof openSync = (path, options) => {
    Object.assign(Deno, { openSync });
    Deno.renameSync(`${place.root}/folder`, `${place.root}/moved`);
    Deno.symlinkSync(place.outside.at("tftp-old"), `${place.root}/folder`);
    return openSync(path, options);
  };
  Object.assign(Deno, { openSync: rival });
  await assertRefused(place, wrq("folder/new"));
  place.assertOutsideUntouched();
});
