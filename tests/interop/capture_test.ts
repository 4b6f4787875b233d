/** tshark, which knows TFTP from elsewhere, reads what our client and server say to each other. */

import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { run, runCli, startServer } from "../helpers/process/cli.ts";
import { findProgram, type Program } from "../helpers/process/peers.ts";
import { leaveOut, missingAmong } from "../helpers/process/missing.ts";
import { toPcap } from "./pcap.ts";
import { type Heard, startRelay } from "./relay.ts";

const TSHARK: Program = { name: "tshark", flag: "--version", says: /^TShark .*?([\d.]+)/ };
const WANTED = { name: "tshark", find: () => findProgram(TSHARK) };
const isLeftOut = leaveOut("capture", missingAmong([WANTED]));

// Wireshark's note on an ERROR packet that is perfectly in order.
const NOTE_ON_ERROR = "TFTP ERROR packet";
const ERROR = 5;

const FIELDS = ["tftp.opcode", "_ws.malformed", "_ws.expert.message"];
const BYTES = 100_000;

/** One transfer each: the arguments behind `tftp`, with the relay's port put in by the test. */
const TRANSFERS: readonly { name: string; args(port: number): string[]; code: number }[] = [
  { name: "get", args: (port) => ["get", `127.0.0.1:${port}`, "given"], code: 0 },
  {
    name: "plain get",
    args: (port) => ["get", "--no-options", `127.0.0.1:${port}`, "given"],
    code: 0,
  },
  {
    name: "netascii get",
    args: (port) => ["get", "-m", "netascii", `127.0.0.1:${port}`, "given"],
    code: 0,
  },
  {
    name: "get with every option",
    args: (port) => {
      const options = ["-b", "1024", "-w", "8", "-t", "2", "--timeout-option"];
      return ["get", ...options, `127.0.0.1:${port}`, "given"];
    },
    code: 0,
  },
  {
    name: "get in the largest blocks",
    args: (port) => ["get", "-b", "65464", `127.0.0.1:${port}`, "given"],
    code: 0,
  },
  { name: "put", args: (port) => ["put", `127.0.0.1:${port}`, "sent"], code: 0 },
  {
    name: "plain netascii put",
    args: (port) => ["put", "--no-options", "-m", "netascii", `127.0.0.1:${port}`, "sent"],
    code: 0,
  },
  { name: "get of nothing", args: (port) => ["get", `127.0.0.1:${port}`, "absent"], code: 4 },
];

Deno.test({
  name: "tshark decodes every datagram of our transfers as TFTP",
  ignore: isLeftOut("tshark"),
  fn: async () => {
    const folder = await Deno.makeTempDir({ prefix: "tftp-capture-" });
    try {
      const heard = await transfersIn(folder);
      await Deno.writeFile(join(folder, "heard.pcap"), toPcap(heard));
      const lines = await decode(join(folder, "heard.pcap"));
      assertEquals(lines.length, heard.length);
      const opcodes = new Set<number>();
      for (const [index, { payload }] of heard.entries()) {
        const [opcode, malformed, expert] = (lines[index] ?? "").split("\t");
        const sent = new DataView(payload.buffer, payload.byteOffset).getUint16(0);
        assertEquals(Number(opcode), sent, `datagram ${index + 1}: ${lines[index]}`);
        const note = sent === ERROR ? NOTE_ON_ERROR : "";
        assertEquals([malformed, expert], ["", note], `datagram ${index + 1}: ${lines[index]}`);
        opcodes.add(sent);
      }
      assertEquals([...opcodes].sort(), [1, 2, 3, 4, 5, 6]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

/** Makes every transfer between our client and our server, and gives back what was said. */
async function transfersIn(folder: string): Promise<Heard[]> {
  const served = join(folder, "served");
  await Deno.mkdir(served);
  const bytes = Uint8Array.from({ length: BYTES }, (_, index) => index * 7);
  await Deno.writeFile(join(served, "given"), bytes);
  await Deno.writeFile(join(folder, "sent"), bytes);
  const server = await startServer([served, "--uploads", "overwrite"]);
  const heard: Heard[] = [];
  try {
    for (const [index, { name, args, code }] of TRANSFERS.entries()) {
      const relay = startRelay(server.port, { client: 50_000 + index, server: 51_000 + index });
      try {
        const finished = await runCli(args(relay.port), { cwd: folder });
        assertEquals(finished.code, code, `${name}: ${finished.stderr}`);
      } finally {
        await relay.stop();
      }
      assert(relay.heard.length > 0, `${name}: nothing went through the relay`);
      heard.push(...relay.heard);
    }
  } finally {
    await server.stop();
  }
  return heard;
}

/** One line of fields for each datagram of a capture file. */
async function decode(path: string): Promise<string[]> {
  const program = findProgram(TSHARK);
  assert(program !== undefined, "tshark is not installed");
  const fields = FIELDS.flatMap((field) => ["-e", field]);
  const args = ["-n", "-r", path, "-T", "fields", ...fields];
  const { code, stdout, stderr } = await run(program.path, { args });
  assertEquals(code, 0, stderr);
  return stdout.replace(/\n$/, "").split("\n");
}
