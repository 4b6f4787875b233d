/**
 * A whole server in virtual time. An input is a script: who sends which datagram to which port, and
 * how much time passes. Whatever it says, the server holds nothing in the end, and has sent nobody
 * whom it never heard more packets than it got.
 */

import { type Address, encodePacket, Opcode, packetIn } from "../../src/protocol/mod.ts";
import { MemoryServer } from "../helpers/sim/memory_server.ts";
import { pattern } from "../helpers/files/temp_folder.ts";
import { PACKETS } from "./packet_targets.ts";
import { mustHold, type Target, texts } from "./target.ts";

const FILES = { file: pattern(1500), empty: new Uint8Array(0), large: pattern(100_000) };

/** Steps of a script; what is beyond would only make the next one like it slower. */
const MAX_STEPS = 64;

/** Longer than anything is waited for. */
const IN_THE_END_MS = 200_000;

const CLIENTS: readonly Address[] = [
  { hostname: "10.1.0.1", port: 2000 },
  { hostname: "10.1.0.1", port: 2001 },
  { hostname: "10.1.0.2", port: 2000 },
  { hostname: "10.1.0.3", port: 69 },
];

/** A step as bytes: 0 who and where, 1 the length of the datagram, then that; or 255 and a time. */
function step(client: number, bytes: Uint8Array, answering = false): number[] {
  return [client + (answering ? 4 : 0), bytes.length, ...bytes];
}

function wait(tenths: number): number[] {
  return [255, tenths];
}

const ack = (block: number) => encodePacket({ opcode: Opcode.ACK, block });
const data = (block: number, length: number) =>
  encodePacket({ opcode: Opcode.DATA, block, payload: new Uint8Array(length) });
const ask = (filename: string, opcode: 1 | 2 = Opcode.RRQ, blksize?: string) =>
  encodePacket({
    ...{ opcode, filename, mode: "octet" },
    options: blksize === undefined ? [] : [{ name: "blksize", value: blksize }],
  });
const ERROR = Uint8Array.of(0, 5, 0, 0, 0);

const SCRIPTS: readonly number[][] = [
  [...step(0, ask("file")), ...step(0, ack(1), true), ...step(0, ack(2), true)],
  [...step(1, ask("new", 2, "64")), ...step(1, data(1, 64), true), ...step(1, data(2, 3), true)],
  [...step(0, ask("large")), ...step(0, ask("missing")), ...wait(2), ...step(0, ERROR, true)],
  [...step(2, ask("file", 1, "8")), ...wait(12), ...step(2, ask("file", 1, "8")), ...wait(30)],
  [...step(0, ask("file", 1, "512")), ...step(0, ack(0), true), ...wait(20), ...step(3, ack(0))],
];

/** Runs one script. */
class Run {
  readonly #server: MemoryServer;
  /** By client: what it was sent last came from here. */
  readonly #ports = new Map<Address, Parameters<MemoryServer["deliver"]>[2]>();
  readonly #sent = new Map<Address, number>();
  readonly #got = new Map<Address, number>();
  readonly #heard = new Set<string>();

  constructor(singlePort: boolean) {
    this.#server = new MemoryServer(FILES, { maxTransfers: 3 }, { singlePort, keepRecords: false });
    for (const client of CLIENTS) this.#server.listen(client);
  }

  play(script: Uint8Array): void {
    const before = this.#server.holdings;
    let at = 0;
    for (let steps = 0; steps < MAX_STEPS && at + 1 < script.length; steps++) {
      const [who, length] = [script[at]!, script[at + 1]!];
      at += 2;
      if (who === 255) this.#server.pass(length * 100, 100);
      else {
        this.#deliver(who, script.slice(at, at + length));
        at += length;
      }
      this.#take();
    }
    this.#server.pass(IN_THE_END_MS, 1000);
    this.#take();
    const after = this.#server.holdings;
    mustHold(JSON.stringify(after) === JSON.stringify(before), JSON.stringify(after));
    this.#server.assertSound();
  }

  #deliver(who: number, bytes: Uint8Array): void {
    const client = CLIENTS[who & 3]!;
    const port = (who & 4) !== 0 ? this.#ports.get(client) : undefined;
    const packet = packetIn(bytes);
    if (packet && packet.opcode !== Opcode.RRQ && packet.opcode !== Opcode.WRQ) {
      this.#heard.add(client.hostname);
    }
    this.#sent.set(client, (this.#sent.get(client) ?? 0) + 1);
    this.#server.deliver(bytes, client, port);
    this.#server.turns(4);
  }

  #take(): void {
    for (const client of CLIENTS) {
      for (let answer = this.#server.take(client); answer; answer = this.#server.take(client)) {
        if (answer.packet.opcode !== Opcode.ERROR) this.#ports.set(client, answer.from);
        this.#got.set(client, (this.#got.get(client) ?? 0) + 1);
      }
      const got = this.#got.get(client) ?? 0;
      if (this.#heard.has(client.hostname)) continue;
      const sent = this.#sent.get(client) ?? 0;
      mustHold(got <= sent, `${got} packets for ${sent} to ${client.hostname}, never heard`);
    }
  }
}

export const server: Target = {
  name: "server",
  seeds: SCRIPTS.map((script) => Uint8Array.from(script)),
  words: [
    ...PACKETS.map((packet) => Uint8Array.from(step(0, packet))),
    ...PACKETS.map((packet) => Uint8Array.from(step(0, packet, true))),
    ...[1, 2, 12, 60, 250].map((tenths) => Uint8Array.from(wait(tenths))),
    ...texts("file\0", "large\0"),
  ],
  run(input) {
    const [how = 0] = input;
    new Run(how >= 128 && how < 255).play(input);
  },
};
