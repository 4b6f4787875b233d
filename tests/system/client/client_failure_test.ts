/** How the command line ends when a transfer fails: its words, its code, its leavings. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { cliArgs, run, runCli } from "../../helpers/process/cli.ts";
import { FakeServer } from "../../helpers/net/fake_server.ts";
import { ack, data, error, oack, RawClient } from "../../helpers/net/raw_client.ts";
import { pattern, TempFolder } from "../../helpers/files/temp_folder.ts";
import { within } from "../../helpers/sim/within.ts";

const IMPATIENT = ["-t", "0.1", "-r", "0"];

/** A fake server, and a folder with a file `file` that nothing may harm. */
class Place implements AsyncDisposable {
  readonly fake = new FakeServer();
  readonly here = new TempFolder();
  readonly host = `127.0.0.1:${this.fake.port}`;

  constructor() {
    this.here.write("file", "the old file");
  }

  get(...options: string[]) {
    return this.run("get", ...IMPATIENT, ...options, this.host, "file");
  }

  put(...options: string[]) {
    return this.run("put", ...IMPATIENT, ...options, this.host, "file");
  }

  run(...args: string[]) {
    return runCli(args, { cwd: this.here.path });
  }

  assertUnharmed(): void {
    assertEquals([this.here.names(), this.here.text("file")], [["file"], "the old file"]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.fake[Symbol.asyncDispose]();
    this.here[Symbol.dispose]();
  }
}

Deno.test("tftp ends with 4 and the server's words on a server's ERROR", async () => {
  await using place = new Place();
  const { fake } = place;
  const finished = place.get();
  await fake.answerRequest(error(2, "not for you\n\x1b[31m"));
  const { code, stderr, stdout } = await finished;
  assertEquals([code, stdout], [4, ""]);
  const reason = "not for you\\n\\x1b[31m (server error 2)";
  assertStringIncludes(stderr, `tftp: cannot get "file" from ${place.host}: ${reason}`);
  place.assertUnharmed();
});

Deno.test("tftp keeps the old file when an ERROR comes in the middle", async () => {
  await using place = new Place();
  const { fake } = place;
  const finished = place.get("-t", "5");
  await fake.answerRequest(oack({ tsize: 1000 }));
  await fake.expect("ACK 0");
  await fake.ask(data(1, pattern(512)), "ACK 1");
  await fake.send(error(0, "disk on fire"));
  assertEquals((await finished).code, 4);
  place.assertUnharmed();
});

Deno.test("tftp ends with 5 without an answer, and says where it asked", async () => {
  await using place = new Place();
  const finished = await place.get();
  assertEquals(finished.code, 5);
  assertMatch(finished.stderr, /^tftp: cannot get "file" from .*: No answer for /);
  assertStringIncludes(finished.stderr, `Is a TFTP server running on 127.0.0.1`);
  assertEquals((await place.put()).code, 5);
  place.assertUnharmed();
});

Deno.test("tftp ends with 5 when the server falls silent, and keeps the old file", async () => {
  await using place = new Place();
  const { fake } = place;
  const finished = place.get();
  await fake.answerRequest(oack({ tsize: 1000 }));
  await fake.expect("ACK 0");
  await fake.ask(data(1, pattern(512)), "ACK 1");
  const { code, stderr } = await finished;
  assertEquals(code, 5);
  assertStringIncludes(stderr, "The server answered first and then stopped");
  place.assertUnharmed();
});

Deno.test("tftp put ends with 5 and a note when the last block is never acknowledged", async () => {
  await using place = new Place();
  const finished = place.put();
  await place.fake.answerRequest(ack(0));
  await place.fake.expect("DATA 1 (12 bytes)");
  const { code, stderr } = await finished;
  assertEquals(code, 5);
  assertStringIncludes(stderr, "never acknowledged");
});

Deno.test("tftp ends with 6 on a lying OACK and on a block that is too large", async () => {
  await using place = new Place();
  const { fake } = place;
  const lied = place.get();
  await fake.answerRequest(oack({ blksize: 60000 }));
  const { packet } = await fake.tid.next();
  assertEquals(packet?.opcode === 5 && packet.code, 8);
  const { code, stderr } = await lied;
  assertEquals(code, 6);
  assertStringIncludes(stderr, "--no-options");
  const stuffed = place.get();
  await fake.answerRequest(data(1, pattern(600)));
  await fake.expect('ERROR 4 "Block of 600 bytes, blksize is 512"');
  assertEquals((await stuffed).code, 6);
  place.assertUnharmed();
});

Deno.test("tftp ends with 7 when a host has no address", async () => {
  await using place = new Place();
  const { code, stderr } = await place.run("get", "no-such-host.invalid", "file");
  assertEquals(code, 7);
  assertStringIncludes(stderr, '"no-such-host.invalid" does not resolve');
  place.assertUnharmed();
});

Deno.test("tftp says so when it fell back to plain RFC 1350", async () => {
  await using place = new Place();
  const { fake } = place;
  const finished = place.get("-t", "5");
  await fake.answerRequest(error(8, "no options"));
  await fake.answerRequest(data(1, "new"));
  await fake.expect("ACK 1");
  const { code, stdout } = await finished;
  assertEquals([code, place.here.text("file")], [0, "new"]);
  assertStringIncludes(stdout, "plain RFC 1350");
});

/** Starts the command line without waiting for its end. */
function start(args: string[], cwd: string): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: cliArgs(args),
    cwd,
    stdin: "piped",
    stdout: "null",
    stderr: "piped",
  }).spawn();
}

async function end(child: Deno.ChildProcess): Promise<{ code: number; stderr: string }> {
  const { code, stderr } = await within(child.output(), "the end of the command line");
  return { code, stderr: new TextDecoder().decode(stderr) };
}

Deno.test("tftp get that is interrupted tells the server and keeps the old file", async () => {
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    await using place = new Place();
    const { fake } = place;
    const child = start(["get", "-t", "60", place.host, "file", "second"], place.here.path);
    await child.stdin.close();
    await fake.answerRequest(oack({ tsize: 1000 }));
    await fake.expect("ACK 0");
    await fake.ask(data(1, pattern(512)), "ACK 1");
    child.kill(signal);
    await fake.expect('ERROR 0 "Interrupted"');
    assertEquals((await end(child)).code, code);
    place.assertUnharmed();
  }
});

Deno.test("tftp get that is interrupted before an answer ends at once", async () => {
  await using place = new Place();
  const child = start(["get", "-t", "60", place.host, "file"], place.here.path);
  await child.stdin.close();
  await place.fake.request();
  child.kill("SIGINT");
  assertEquals((await end(child)).code, 130);
  place.assertUnharmed();
});

Deno.test("tftp put that waits for standard input can be interrupted", async () => {
  await using place = new Place();
  const { fake } = place;
  const child = start(["put", "-t", "60", "-n", "x", place.host, "-"], place.here.path);
  await fake.answerRequest(oack({ blksize: 8, windowsize: 1 }));
  const writer = child.stdin.getWriter();
  await writer.write(pattern(8));
  // Answered, it reads on, and nothing more comes.
  await fake.expect("DATA 1 (8 bytes)");
  await fake.send(ack(1));
  child.kill("SIGINT");
  await fake.expect('ERROR 0 "Interrupted"');
  assertEquals((await end(child)).code, 130);
  await writer.abort().catch(() => {});
});

Deno.test({
  name: "tftp that waits for the other end of a pipe can be interrupted",
  ignore: Deno.build.os === "windows",
  async fn() {
    for (const words of [["get", "-o", "."], ["put"]]) {
      await using place = new Place();
      await run("mkfifo", { args: [place.here.at("pipe")] });
      const args = [...words, "-j", "2", "-t", "60", place.host, "file", "pipe"];
      const child = start(args, place.here.path);
      await child.stdin.close();
      await place.fake.request();
      child.kill("SIGTERM");
      assertEquals((await end(child)).code, 143);
    }
  },
});

Deno.test("tftp get takes nothing from an address it did not ask", async () => {
  await using place = new Place();
  await using other = new RawClient("127.0.0.2");
  const finished = place.get("--no-options");
  await place.fake.request();
  await other.ask(data(1, "evil"), place.fake.client!, 'ERROR 5 "Unknown transfer ID"');
  const { code, stderr } = await finished;
  assertEquals(code, 5);
  assertStringIncludes(stderr, `127.0.0.2:${other.port}, which was not asked`);
  place.assertUnharmed();
});
