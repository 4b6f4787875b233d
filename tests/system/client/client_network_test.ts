/** What the client makes of bad paths and absent servers, and how it shows its datagrams. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  type Address,
  type Blocks,
  get,
  type Network,
  put,
  ServerMemory,
  type Socket,
  type Step,
} from "../../../src/mod.ts";
import { WrappedSocket } from "../../../src/instruments/tapped_network.ts";
import { run, runCli, startServer } from "../../helpers/process/cli.ts";
import { assertDone, FakePlace, ServedPlace } from "../../helpers/files/client_place.ts";
import { FakeServer } from "../../helpers/net/fake_server.ts";
import {
  MemoryNetwork,
  MemorySink,
  MemorySource,
  settle,
} from "../../helpers/sim/memory_network.ts";
import { get as getInto } from "../../../src/client/client.ts";
import { ack, data, error } from "../../helpers/net/raw_client.ts";
import { ServedFolder } from "../../helpers/files/served_folder.ts";
import { testNetwork } from "../../helpers/net/test_network.ts";
import { isHere } from "../../helpers/process/program.ts";
import { pattern, TempFolder } from "../../helpers/files/temp_folder.ts";

/** A path on which datagrams of more than so many bytes are lost, both ways. */
function narrowPath(maxBytes: number): Network {
  const inner = testNetwork();
  const fits = (bytes: Uint8Array) => bytes.length <= maxBytes;
  return {
    clock: inner.clock,
    receiveBufferBytes: inner.receiveBufferBytes,
    bind(options, handler) {
      const socket = inner.bind(options, {
        receive: (bytes, from, nowMs) => fits(bytes) && handler.receive(bytes, from, nowMs),
        unsendable: (error, to) => handler.unsendable(error, to),
        failed: (error) => handler.failed(error),
        broken: (error) => handler.broken(error),
      });
      return new NarrowSocket(socket, fits);
    },
  };
}

class NarrowSocket extends WrappedSocket {
  readonly #fits: (bytes: Uint8Array) => boolean;

  constructor(inner: Socket, fits: (bytes: Uint8Array) => boolean) {
    super(inner);
    this.#fits = fits;
  }

  override send(bytes: Uint8Array, to: Address): void {
    if (this.#fits(bytes)) super.send(bytes, to);
  }

  override sendBlocks(blocks: Blocks, first: number, last: number, to: Address): void {
    if (this.#fits(blocks.packet(first))) super.sendBlocks(blocks, first, last, to);
  }
}

function stepsOf(steps: readonly Step[]): string[] {
  return steps.map((step) => {
    if (step.kind === "shrink") return `shrink ${step.blksize}`;
    if (step.kind === "fall back") return "fall back";
    return `ask ${step.options.find(({ name }) => name === "blksize")?.value ?? "plain"}`;
  });
}

Deno.test("get() with blksize auto finds the blocks that get through, once", async () => {
  await using served = new ServedFolder();
  served.folder.write("file", pattern(20_000));
  const steps: Step[] = [];
  const options = {
    ...served.target,
    blksize: "auto" as const,
    memory: new ServerMemory(),
    network: narrowPath(1500),
    onStep: (step: Step) => void steps.push(step),
  };
  const sink = new MemorySink();
  const { agreement, dallied } = await get("file", sink, options);
  await dallied;
  assertEquals([agreement.blksize, sink.bytes], [1468, pattern(20_000)]);
  await (await get("file", new MemorySink(), options)).dallied;
  assertEquals(stepsOf(steps), [
    "ask 65464",
    "shrink 4096",
    "ask 4096",
    "shrink 1468",
    "ask 1468",
    "ask 1468",
  ]);
});

Deno.test("put() with blksize auto sends every byte once blocks get through", async () => {
  await using served = new ServedFolder({ uploads: "overwrite" });
  const options = { ...served.target, blksize: "auto" as const, network: narrowPath(4200) };
  const summary = await put("file", new MemorySource(pattern(100_000)), options);
  await summary.dallied;
  assertEquals([summary.agreement.blksize, served.folder.bytes("file")], [4096, pattern(100_000)]);
});

Deno.test("get() that is cancelled ends when its ERROR has left", async () => {
  const network = new MemoryNetwork();
  const user = new AbortController();
  const options = { host: "10.0.0.1", network, signal: user.signal };
  let name: string | undefined;
  const over = getInto("file", new MemorySink(), options).catch((error) => name = error.name);
  await settle();
  const socket = network.sockets[0]!;
  socket.deliver(data(1, new Uint8Array(512)), { hostname: "10.0.0.1", port: 2070 });
  const closed: (() => void)[] = [];
  socket.busy = true;
  socket.close = (freed) => void (freed && closed.push(freed));
  user.abort();
  await settle();
  assertStringIncludes(socket.sent.at(-1)!, "ERROR 0");
  assertEquals([name, closed.length], [undefined, 1]);
  closed[0]!();
  await over;
  assertEquals(name, "CancelledError");
});

Deno.test("get() remembers within a run that a server takes no options", async () => {
  await using fake = new FakeServer();
  const memory = new ServerMemory();
  for (const wanted of [3, 0]) {
    const end = get("file", new MemorySink(), { ...fake.target, memory });
    if (wanted > 0) assertEquals((await fake.answerRequest(error(8, "no"))).options.length, wanted);
    assertEquals((await fake.answerRequest(data(1, "x"))).options, []);
    await fake.expect("ACK 1");
    const summary = await end;
    await summary.dallied;
    assertEquals(summary.fellBack, true);
  }
});

Deno.test("tftp put --wait repeats a plain request until a boot loader listens", async () => {
  await using place = new FakePlace();
  place.here.write("fw", pattern(600));
  const finished = place.run("put", "--wait=20", place.host, "fw");
  for (let asked = 0; asked < 4; asked++) {
    assertEquals((await place.fake.request()).options, []);
  }
  await place.fake.answerRequest(ack(0));
  await place.fake.expect("DATA 1 (512 bytes)");
  await place.fake.send(ack(1));
  await place.fake.expect("DATA 2 (88 bytes)");
  await place.fake.send(ack(2));
  const { code, stderr } = await finished;
  assertEquals(code, 0);
  assertStringIncludes(stderr, `tftp: waiting up to 20 s for ${place.host} to take the file`);
});

Deno.test("tftp put --wait gives up in time, and warns of too many blocks before", async () => {
  await using place = new FakePlace();
  await Deno.truncate(place.here.write("big", ""), 512 * 65_535);
  const { code, stderr } = await place.run("put", "--wait=1", place.host, "big");
  assertEquals(code, 5);
  assertMatch(stderr, /warning: "big" needs more than 65,535 blocks(.|\n)*No answer for 1\.\d s/);
});

Deno.test("tftp asks from the given address and port", async () => {
  await using place = new FakePlace();
  const args = ["get", "-t", "0.1", "-r", "0", "--no-options"];
  const [first, last] = [41_000, 41_050];
  const range = `${first}:${last}`;
  const asking = place.run(...args, "--from", "127.0.0.3", "--local-port", range, place.host, "f");
  await place.fake.answerRequest(error(1, "no"));
  await asking;
  const { hostname, port } = place.fake.client!;
  assert(hostname === "127.0.0.3" && port >= first && port <= last, `${hostname}:${port}`);
  const taken = Deno.listenDatagram({ transport: "udp", hostname: "0.0.0.0", port: 0 });
  const busy = String((taken.addr as Deno.NetAddr).port);
  const refused = await place.run(...args, "--local-port", busy, place.host, "f");
  taken.close();
  assertEquals(refused.code, 7);
  assertStringIncludes(refused.stderr, `Port ${busy} is in use on this machine`);
  const foreign = await place.run(...args, "--from", "192.0.2.77", place.host, "f");
  assertEquals(foreign.code, 7);
  assertStringIncludes(foreign.stderr, "is not an address of this machine: see --from");
});

Deno.test("tftp -v says what was asked and granted, and why options were dropped", async () => {
  await using place = new FakePlace();
  const finished = place.run("get", "-v", place.host, "f");
  await place.fake.answerRequest(error(4, "options?"));
  await place.fake.answerRequest(data(1, "x"));
  await place.fake.expect("ACK 1");
  const { stdout } = await finished;
  const lines = stdout.split("\n");
  assertEquals(lines.slice(0, 3), [
    `  asking ${place.host} for "f": blksize=1428 windowsize=32 tsize=0`,
    '  "f": the server took no options (options? (server error 4))',
    `  asking ${place.host} for "f": no options`,
  ]);
  assertStringIncludes(lines[4] ?? "", "blksize 512, windowsize 1");
});

Deno.test("tftp --trace shows every datagram of a get", async () => {
  await using place = new ServedPlace();
  place.served.folder.write("file", "content");
  const { code, stderr } = await place.run(["get", "--trace", place.host, "file"]);
  assertEquals(code, 0);
  const lines = stderr.trimEnd().split("\n").map((line) => line.replace(/^ +\d+\.\d{3} {2}/, ""));
  assertEquals(lines.map((line) => line.replace(/^\S+ +/, "").trim()), [
    '->  RRQ "file" octet blksize=1428 windowsize=32 tsize=0',
    "<-   OACK blksize=1428 windowsize=32 tsize=7",
    "->  ACK 0",
    "<-   DATA 1     7 bytes",
    "->  ACK 1",
  ]);
});

Deno.test({
  name: "tftp --pcap writes captures that tshark reads clean, of get, put and serve",
  ignore: !await isHere("tshark", "--version"),
  fn: async () => {
    using root = new TempFolder();
    using here = new TempFolder();
    root.write("file", pattern(100_000));
    const capture = here.at("serve.pcap");
    const faults = ["--fault", "dup=1%,seed=1"];
    const server = await startServer([
      ...["--pcap", capture, "--trace", ...faults, "--uploads", "new"],
      root.path,
    ]);
    const port = String(server.port);
    const ask = (args: string[]) => runCli(args, { cwd: here.path });
    const host = `127.0.0.1:${port}`;
    assertDone(await ask(["get", "--pcap", "get.pcap", host, "file"]));
    assertDone(await ask(["put", "--pcap", "put.pcap", "-b", "65464", "-n", "new", host, "file"]));
    const { stderr } = await server.stop();
    assertStringIncludes(stderr, "--fault dup=1%,seed=1");
    assertStringIncludes(stderr, '<-   RRQ "file" octet blksize=1428 windowsize=32 tsize=0\n');
    for (const name of ["get.pcap", "put.pcap", "serve.pcap"]) {
      const lines = await tshark(here.at(name), port, [
        ..."-T fields -e ip.src -e ip.dst -e udp.srcport -e tftp.opcode".split(" "),
      ]);
      assert(lines.every((line) => line.startsWith("127.0.0.1\t127.0.0.1\t")), lines[0]);
      assertEquals(lines.filter((line) => line === "").length, 0);
      // Wireshark takes ports 33434 to 33534, which the kernel may give, for a traceroute.
      const noted = "_ws.expert && !udp.possible_traceroute";
      const bad = "_ws.malformed || udp.checksum.status == 0 || ip.checksum.status == 0";
      const checks = ["-o", "udp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"];
      assertEquals(
        await tshark(here.at(name), port, [...checks, "-Y", `${bad} || (${noted})`]),
        [],
      );
    }
    const opcodes = await tshark(here.at("get.pcap"), port, ["-T", "fields", "-e", "tftp.opcode"]);
    assertEquals([...new Set(opcodes)], ["1", "6", "4", "3"]);
  },
});

async function tshark(file: string, port: string, args: string[]): Promise<string[]> {
  const decode = ["-d", `udp.port==${port},tftp`];
  const { code, stdout, stderr } = await run("tshark", { args: ["-r", file, ...decode, ...args] });
  assertEquals(code, 0, stderr);
  return stdout.trimEnd() === "" ? [] : stdout.trimEnd().split("\n");
}
