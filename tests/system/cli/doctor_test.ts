/** The doctor against servers that each have one flaw: what it says of them has to be right. */

import { assert, assertEquals, assertLess, assertMatch, assertStringIncludes } from "@std/assert";
import { LIMITS } from "../../../src/doctor/server/bounds.ts";
import type { ServerReport } from "../../../src/doctor/report.ts";
import { examined, faults, found } from "../../helpers/net/examined.ts";
import { type Flaw, OddServer } from "../../helpers/net/odd_server.ts";
import { TempFolder } from "../../helpers/files/temp_folder.ts";
import { runCli } from "../../helpers/process/cli.ts";
import { TEST_IO } from "../../helpers/net/test_network.ts";

/** A test of what does not depend on the sockets: with those of Deno alone. */
function testOnce(name: string, fn: () => Promise<void>): void {
  if (TEST_IO === "deno") Deno.test(name, fn);
}

/** Letters without line ends, which netascii leaves alone. */
const FILE = new Uint8Array(700_000).map((_, at) => 97 + (at * 7 + (at >> 9)) % 26);

async function withServer(
  flaw: Flaw,
  look: (port: number, server: OddServer) => Promise<void>,
): Promise<void> {
  await using server = new OddServer(flaw, FILE);
  await look(server.port, server);
}

Deno.test("doctor finds nothing wrong with a server that does all by the RFCs", async () => {
  await withServer("nothing", async (port) => {
    const report = await examined({ port, file: "file" });
    assertEquals(faults(report), []);
    assertEquals(report.verdict.outcome, "fine");
    assertEquals(report.verdict.sentences[0], "The server works; nothing is wrong.");
    assertEquals(
      report.verdict.command,
      `tftp get --blksize 1468 --windowsize 32 127.0.0.1:${port} file`,
    );
    assertEquals(found(report, "stranger").length, 1);
    assertEquals(found(report, "repeated ACK"), [
      "good: a repeated ACK is not answered with a repeated block",
    ]);
    assertMatch(found(report, "repeat")[0]!, /^good: a block whose ACK .* again after \d+ ms$/);
    assertEquals(found(report, "largest window"), [
      "good: windows of 64 blocks get through: 6 of 6 came whole",
    ]);
    assertEquals(report.program.name, "unknown");
    assertLess(report.ms, 20_000);
    assertLess(report.traffic.sent, LIMITS.datagrams);
    assertLess(report.traffic.receivedBytes, LIMITS.bytes);
  });
});

/** Servers that let the doctor wait, and what it has to say of each. */
const WAITING: readonly [flaw: Flaw, check: (report: ServerReport, server: OddServer) => void][] = [
  ["silent", (report, server) => {
    assertEquals(report.verdict.outcome, "no answer");
    assertEquals(report.verdict.sentences[0], "No server answers.");
    assertStringIncludes(report.verdict.sentences[1]!, "Nothing came back from 127.0.0.1:");
    assertEquals([report.traffic.sent, server.requests], [6, 6]);
  }],
  ["source address", (report) => {
    assertEquals(report.verdict.outcome, "protocol");
    assertEquals(report.verdict.sentences[0], "The server can't be used.");
    assertStringIncludes(
      report.verdict.sentences[1]!,
      "127.0.0.1 was asked, and the answer came from 127.0.0.2:",
    );
  }],
  ["source port", (report) => {
    assertEquals(report.verdict.outcome, "protocol");
    assert(faults(report).includes("source port"), faults(report).join());
    assertMatch(
      report.verdict.sentences.join(" "),
      /A transfer began at port \d+ and went on from port \d+: clients answer that with ERROR 5/,
    );
  }],
  ["options unanswered", (report) => {
    assertEquals(faults(report), ["options"]);
    assertMatch(report.verdict.command!, /^tftp get --no-options 127\.0\.0\.1:\d+ file$/);
  }],
  ["small MTU", (report) => {
    assertEquals(faults(report), ["largest block"]);
    const [, said] = report.verdict.sentences;
    const size = Number(/^Blocks of (\d+) bytes get through/.exec(said!)?.[1]);
    assert(size <= 996 && size > 992, said);
    assertEquals(report.best?.blksize, size);
    assertStringIncludes(report.verdict.command!, `--blksize ${size} --windowsize 32`);
  }],
];

Deno.test("doctor's verdict on servers that let it wait is right", async (t) => {
  // All at once, since most of it is waiting.
  const servers = WAITING.map(([flaw]) => new OddServer(flaw, FILE));
  try {
    const reports = await Promise.all(servers.map(({ port }) => examined({ port, file: "file" })));
    for (const [at, [flaw, check]] of WAITING.entries()) {
      await t.step(flaw, () => check(reports[at]!, servers[at]!));
    }
  } finally {
    await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
  }
});

Deno.test("doctor reports a closed port, where its sockets notice it", async () => {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const { port } = socket.addr as Deno.NetAddr;
  socket.close();
  const report = await examined({ port });
  assertEquals(report.verdict.outcome, "no answer");
  const [, said] = report.verdict.sentences;
  if (TEST_IO === "native") assertStringIncludes(said!, "no program listens");
  else assertStringIncludes(said!, "Nothing came back");
});

testOnce("doctor finds options that are raised", async () => {
  await withServer("raised options", async (port) => {
    const report = await examined({ port, file: "file" });
    assertEquals(report.verdict.outcome, "protocol");
    const said = report.verdict.sentences.join(" ");
    assertStringIncludes(said, "Asked for blksize 1428, it answers 1429. More than was asked for");
    assertStringIncludes(said, "Asked for windowsize 8, it answers 9. More than was asked for");
    assertStringIncludes(said, "The server works only without options, but");
    const { command } = report.verdict;
    assertEquals(command, `tftp get --no-options 127.0.0.1:${port} file`);
    using folder = new TempFolder();
    const { code, stderr } = await runCli(command!.split(" ").slice(1), { cwd: folder.path });
    assertEquals([code, folder.bytes("file")], [0, FILE], stderr);
  });
});

/** Each with the loss that it may say, and what is tried with the sockets of Deno alone. */
const LOSSES = [
  { share: 0.01, seed: 7, least: 0.004, most: 0.025, test: Deno.test },
  { share: 0.1, seed: 3, least: 0.06, most: 0.16, test: testOnce },
] as const;

for (const { share, seed, least, most, test } of LOSSES) {
  test(`doctor measures a loss of ${share * 100} %, and finds no fault`, async () => {
    await withServer("nothing", async (port) => {
      const report = await examined({ port, file: "file", loss: [share, seed] });
      assertEquals(faults(report), []);
      const { loss } = report.path!;
      assert(loss > least && loss < most, String(loss));
      assertMatch(
        report.verdict.sentences.join(" "),
        /The server works, with .*The path loses about \d+(\.\d)? % of the datagrams/,
      );
      assertStringIncludes(report.verdict.command!, "--blksize 1468");
      assertLess(report.ms, 30_000);
    });
  });
}

testOnce("doctor --thorough finds whether block numbers wrap, and how", async () => {
  const thorough = async (flaw: Flaw) => {
    await using server = new OddServer(flaw, FILE);
    return await examined({ port: server.port, file: "file", thorough: true });
  };
  const [without, with0] = await Promise.all([thorough("no wrap"), thorough("nothing")]);
  assertEquals(faults(without), ["block numbers"]);
  assertStringIncludes(
    without.verdict.sentences[1]!,
    "It stops at block 65535 (nothing follows): it does not wrap block numbers.",
  );
  assertEquals(faults(with0), []);
  assertEquals(found(with0, "block numbers"), [
    "good: block 65535 is followed by block 0: large files get through",
  ]);
});

testOnce("doctor tells a server that answers from one port", async () => {
  await withServer("single port", async (port) => {
    const report = await examined({ port, file: "file" });
    assertEquals(faults(report), []);
    assertStringIncludes(found(report, "port")[0]!, `note: it answers from port ${port} itself`);
    assertEquals(report.verdict.sentences[0], "The server works; nothing is wrong.");
  });
});

testOnce("doctor finds an ERROR whose text has no end", async () => {
  await withServer("ERROR without end", async (port) => {
    const report = await examined({ port, file: "file" });
    assertEquals(faults(report), ["ERROR without end"]);
    assertStringIncludes(
      report.verdict.sentences[1]!,
      "The text of its ERROR is not ended by a zero byte.",
    );
  });
});

testOnce("doctor finds an ERROR that comes again and again", async () => {
  await withServer("ERROR again", async (port) => {
    const report = await examined({ port, file: "file" });
    assertEquals(faults(report), ["ERROR again"]);
    assertStringIncludes(report.verdict.sentences[1]!, "One request brought 4 ERROR packets");
  });
});

testOnce("doctor finds the Sorcerer's Apprentice", async () => {
  await withServer("sorcerer", async (port) => {
    const report = await examined({ port, file: "file" });
    assertEquals(faults(report), ["repeated ACK"]);
    assertStringIncludes(report.verdict.sentences[1]!, "A repeated ACK brings its block a second");
  });
});

testOnce("doctor without FILE tells what it can, and that a FILE would tell more", async () => {
  await withServer("nothing", async (port) => {
    const report = await examined({ port });
    assertEquals(report.verdict.outcome, "fine");
    assertStringIncludes(report.verdict.sentences.at(-1)!, "name a FILE on the server");
    assertEquals(report.findings.some(({ topic }) => topic === "options"), false);
    assertLess(report.ms, 6_000);
  });
});

testOnce("doctor says of a file that is not there that the server does not have it", async () => {
  await withServer("nothing", async (port) => {
    const report = await examined({ port, file: "nowhere" });
    assertEquals(report.verdict.outcome, "no file");
    assertEquals(report.verdict.sentences[0], "The server answers, but refuses this file.");
  });
});
