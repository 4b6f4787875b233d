/** The doctor against the servers of others and our own, all of which work: it has to know them. */

import { assertEquals, assertLess } from "@std/assert";
import { allowedPlaces, whyNotNative } from "../../src/net/native/libc_paths.ts";
import { cliArgs, startProgram } from "../helpers/process/cli.ts";
import { examined, faults } from "../helpers/net/examined.ts";
import { TempFolder } from "../helpers/files/temp_folder.ts";
import { leaveOut, missingAmong } from "../helpers/process/missing.ts";
import { PEER_SERVERS } from "./servers.ts";

/** Text with line ends, large enough for windows and for the largest block. */
function writeText(folder: TempFolder): void {
  folder.write("file", "one line of a text that is long enough to be moved\n".repeat(4000));
}

/** What is known to be wrong with each, by check, and the name that the doctor gives it. */
const KNOWN: Readonly<Record<string, { faults: readonly string[]; program: string }>> = {
  "in.tftpd": { faults: [], program: "in.tftpd of tftp-hpa 5.2" },
  atftpd: { faults: ["repeated ACK"], program: "atftpd" },
  dnsmasq: { faults: [], program: "dnsmasq" },
  "npm tftp": { faults: ["netascii"], program: "npm's tftp" },
};

const left = leaveOut("doctor", missingAmong(PEER_SERVERS));

for (const peer of PEER_SERVERS) {
  Deno.test({
    name: `doctor knows ${peer.name} and what it does`,
    ignore: left(peer.name),
    async fn() {
      using folder = new TempFolder();
      writeText(folder);
      const server = await peer.start(folder.path);
      try {
        const report = await examined({ host: server.host, port: server.port, file: "file" });
        const known = KNOWN[peer.name]!;
        assertEquals(report.program.name, known.program);
        assertEquals(faults(report), known.faults);
        assertLess(report.ms, 25_000);
      } finally {
        await server.stop();
      }
    },
  });
}

const SOCKETS = [["deno", []], ["native", allowedPlaces().slice(0, 1)]] as const;

for (const [io, places] of SOCKETS) {
  Deno.test({
    name: `doctor finds nothing wrong with tftp serve --io ${io}`,
    ignore: io === "native" && whyNotNative() !== undefined,
    async fn() {
      using folder = new TempFolder();
      writeText(folder);
      const args = ["serve", "--io", io, "-p", "0", "-a", "127.0.0.1", folder.path];
      const permissions = ["--no-prompt", "--allow-net", "--allow-read", "--allow-env"];
      const ffi = places.map((place) => `--allow-ffi=${place}`);
      const server = await startProgram(Deno.execPath(), {
        args: cliArgs(args, [...permissions, ...ffi]),
      });
      try {
        const report = await examined({ port: server.port, file: "file" });
        assertEquals(faults(report), []);
        assertEquals(report.verdict.sentences, ["The server works; nothing is wrong."]);
        assertEquals(report.program.name, "tftp serve, this program's server");
      } finally {
        await server.stop();
      }
    },
  });
}
