/** `NAME.sha256`: how often files are read for it, and who waits for whom. */

import { assertEquals, assertRejects } from "@std/assert";
import { ErrorCode, TftpError } from "../../src/protocol/mod.ts";
import type { FileRequest, Handler, Opened } from "../../src/engine/handler.ts";
import type { Source } from "../../src/engine/source_sink.ts";
import { ChecksumHandler } from "../../src/made/checksum_handler.ts";
import { HashQueue, LINGER_MS, MAX_WAITING_OF_ONE } from "../../src/made/hash_queue.ts";
import { until } from "../helpers/sim/within.ts";

/** The SHA-256 of no bytes. */
const HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

const SPELLINGS = ["big", "./big", "././big", "/big", "//big", "\\big", "C:\\big", "big\x01"];

/** Empty files, which are read when the test says so. */
class Files implements Handler {
  /** The names whose files were read. */
  readonly read: string[] = [];
  /** How many files are open. */
  held = 0;
  version: string | undefined = "etag 1";
  /** Whether the files have no end. */
  endless = false;
  readonly #gate = Promise.withResolvers<void>();

  /** Lets all reads that wait come to the end of their files, and those that follow. */
  go(): void {
    this.#gate.resolve();
  }

  open({ name }: FileRequest): Opened {
    if (name.endsWith(".sha256")) throw new TftpError("local", ErrorCode.FileNotFound);
    this.held++;
    return { size: undefined, version: this.version, ...this.#source(name) } satisfies Source;
  }

  #source(name: string): Pick<Source, "read" | "close"> {
    const closed = Promise.withResolvers<void>();
    const read = async (into: Uint8Array): Promise<number> => {
      this.read.push(name);
      if (this.endless) return into.length;
      await Promise.race([this.#gate.promise, closed.promise]);
      return 0;
    };
    return { read, close: () => (this.held--, closed.resolve()) };
  }
}

class Asking {
  readonly files = new Files();
  nowMs = 0;
  readonly #handler = new ChecksumHandler(this.files, new HashQueue(() => this.nowMs));

  /** Requests the checksum of a file; `cancel` ends the wait. */
  ask(name: string, hostname = "10.0.0.1", ignoreCase = false) {
    let [isCancelled, cancelled] = [false, () => {}];
    const cancel = () => (isCancelled = true, cancelled());
    const request: FileRequest = {
      ...{ direction: "get", client: { hostname, port: 1 }, mode: "octet", options: [] },
      ...{ name: `${name}.sha256`, askedName: name, announcedBytes: undefined },
      ...{ naming: { ignoreCase }, writing: { existing: "refuse" } },
      get isCancelled() {
        return isCancelled;
      },
      onCancel: (callback) => void (cancelled = callback),
    };
    return { text: this.#textOf(request), cancel };
  }

  async #textOf(request: FileRequest): Promise<string> {
    const { content } = await this.#handler.open(request) as Source;
    return new TextDecoder().decode(content);
  }

  /** Waits until so many files were read. */
  async reads(count: number): Promise<void> {
    await until(() => this.files.read.length >= count, `${count} reads`);
    assertEquals(this.files.read.length, count);
  }
}

/** Gives what is only waiting the time to begin. */
async function pause(): Promise<void> {
  for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setTimeout(resolve, 1));
}

Deno.test("ChecksumHandler reads a file once, however its name is spelled", async () => {
  const asking = new Asking();
  asking.files.go();
  for (const name of SPELLINGS) assertEquals(await asking.ask(name).text, `${HASH}  big\n`);
  assertEquals(asking.files.read, ["big"]);
  assertEquals(await asking.ask("a/big").text, `${HASH}  big\n`);
  assertEquals(asking.files.read, ["big", "a/big"]);
  assertEquals(asking.files.held, 0);
});

Deno.test("ChecksumHandler ignores upper and lower case in the folder only", async () => {
  for (const [version, reads] of [["file 1 2", 1], ["etag 1", 2]] as const) {
    const asking = new Asking();
    asking.files.version = version;
    asking.files.go();
    for (const name of ["big", "BIG"]) await asking.ask(name, "10.0.0.1", true).text;
    assertEquals(asking.files.read.length, reads);
  }
});

Deno.test("ChecksumHandler reads a file on while one of its clients waits", async () => {
  const asking = new Asking();
  const [one, other] = ["big", "./big"].map((name) => asking.ask(name));
  await asking.reads(1);
  one!.cancel();
  asking.files.go();
  assertEquals(await other!.text, `${HASH}  big\n`);
  assertEquals([asking.files.read.length, asking.files.held], [1, 0]);
});

Deno.test("ChecksumHandler drops what nobody waits for, and others have the places", async () => {
  const asking = new Asking();
  const forged = Array.from(
    { length: 102 },
    (_, index) => asking.ask(`${index}`, `10.0.1.${Math.floor(index / 10)}`),
  );
  const dropped = forged.map(({ text }) => assertRejects(() => text));
  await asking.reads(2);
  await assertRejects(() => asking.ask("honest").text, TftpError, "Too many checksums");
  for (const { cancel } of forged.toReversed()) cancel();
  await Promise.all(dropped.slice(2));
  // The two that ran go on, until somebody else needs the place.
  assertEquals(asking.files.held, 2);
  const honest = ["one", "two"].map((name) => asking.ask(name).text);
  await asking.reads(4);
  await Promise.all(dropped);
  asking.files.go();
  await Promise.all(honest);
  assertEquals([asking.files.read.slice(2), asking.files.held], [["one", "two"], 0]);
});

Deno.test("ChecksumHandler stops at once what runs for nobody while others wait", async () => {
  const asking = new Asking();
  const forged = ["a", "b"].map((name) => asking.ask(name));
  await asking.reads(2);
  const honest = asking.ask("honest").text;
  await pause();
  assertEquals(asking.files.read, ["a", "b"]);
  forged[1]!.cancel();
  await assertRejects(() => forged[1]!.text);
  await asking.reads(3);
  asking.files.go();
  await Promise.all([honest, forged[0]!.text]);
});

Deno.test("ChecksumHandler lets one address wait for a few files only", async () => {
  const asking = new Asking();
  const names = Array.from({ length: 2 + MAX_WAITING_OF_ONE }, (_, index) => `${index}`);
  const texts = names.map((name) => asking.ask(name).text);
  await asking.reads(2);
  await assertRejects(() => asking.ask("more").text, TftpError, "Too many checksums");
  texts.push(asking.ask("other", "10.0.0.2").text);
  asking.files.go();
  await Promise.all(texts);
  assertEquals([asking.files.read, asking.files.held], [[...names, "other"], 0]);
});

Deno.test("ChecksumHandler finishes a file for a client that asks again", async () => {
  const asking = new Asking();
  const first = asking.ask("big");
  await asking.reads(1);
  first.cancel();
  asking.nowMs += LINGER_MS;
  const again = asking.ask("big").text;
  asking.files.go();
  assertEquals([await again, asking.files.read], [`${HASH}  big\n`, ["big"]]);
});

Deno.test("ChecksumHandler reads on for a while only", async () => {
  const asking = new Asking();
  asking.files.endless = true;
  const only = asking.ask("big");
  const rejected = assertRejects(() => only.text);
  await until(() => asking.files.read.length > 0, "the first read");
  only.cancel();
  const before = asking.files.read.length;
  await until(() => asking.files.read.length > before + 1, "reads without a request");
  asking.nowMs += LINGER_MS + 1;
  await rejected;
  assertEquals(asking.files.held, 0);
});

Deno.test("ChecksumHandler does not finish what no later request could find", async () => {
  const asking = new Asking();
  asking.files.version = undefined;
  const only = asking.ask("big");
  await asking.reads(1);
  only.cancel();
  await assertRejects(() => only.text);
  assertEquals(asking.files.held, 0);
});
