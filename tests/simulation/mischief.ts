/**
 * What others may put before an end at any time and what must never disturb a transfer: bytes
 * that are no packet, packets of strangers, packets that have no place in the transfer, repeated
 * requests.
 */

import { encodePacket, Opcode, type Packet, packetIn } from "../../src/protocol/mod.ts";
import type { Prng } from "../helpers/sim/prng.ts";
import { SERVER_ADDRESS } from "./client_end.ts";
import type { Mischief } from "./scenario.ts";

import type { World } from "./world.ts";

/** Puts all the mischief of a scenario on the agenda. */
export function makeMischief(world: World, prng: Prng): void {
  for (const mischief of world.scenario.mischief) {
    world.time.at(mischief.atMs, () => make(mischief, world, prng));
  }
}

function make({ kind, at }: Mischief, world: World, prng: Prng): void {
  const client = world.client.end.settings.address;
  const server = world.client.pinned;
  if (kind === "repeatedRequest") {
    if (world.client.end.ended) return;
    world.network.inject(client, SERVER_ADDRESS, encodePacket(world.client.request));
    return;
  }
  // Before the server's TID is known there is nobody to disturb, or anybody may be the server.
  if (server === undefined) return;
  const [own, peer] = at === "client" ? [client, server] : [server, client];
  switch (kind) {
    case "garbage":
      world.network.inject(peer, own, garbage(prng));
      break;
    case "misplaced":
      world.network.inject(peer, own, encodePacket(misplaced(receives(world, at), prng)));
      break;
    case "stranger": {
      const from = at === "client" && prng.chance(0.5) ? "server:9" : "stranger:7";
      const bytes = prng.chance(0.3) ? garbage(prng) : encodePacket(anything(prng));
      world.network.inject(from, own, bytes);
      break;
    }
  }
}

/** Whether an end expects DATA. Of ACKs, those for huge files are all in place somewhere. */
function receives(world: World, at: "client" | "server"): boolean {
  return (world.scenario.direction === "get") === (at === "client");
}

/** Bytes that are no packet: random ones, or a packet that was cut or has a tail. */
function garbage(prng: Prng): Uint8Array {
  for (;;) {
    const whole = encodePacket(anything(prng));
    const bytes = prng.pick([
      () => prng.bytes(prng.int(0, 40)),
      () => whole.slice(0, prng.int(0, whole.length - 1)),
      () => Uint8Array.of(...whole, ...prng.bytes(prng.int(1, 4))),
    ])();
    if (packetIn(bytes) === undefined) return bytes;
  }
}

function anything(prng: Prng): Packet {
  const block = prng.pick([0, 1, 2, prng.int(0, 65_535)]);
  return prng.pick<Packet>([
    { opcode: Opcode.RRQ, filename: "other", mode: "octet", options: [] },
    { opcode: Opcode.WRQ, filename: "file", mode: "octet", options: [] },
    { opcode: Opcode.DATA, block, payload: prng.bytes(prng.int(0, 20)) },
    { opcode: Opcode.ACK, block },
    { opcode: Opcode.ERROR, code: prng.int(0, 9), message: "Stranger" },
    { opcode: Opcode.OACK, options: [{ name: "blksize", value: "9" }] },
  ]);
}

/** A packet that says nothing to a receiver, or to a sender. */
function misplaced(toReceiver: boolean, prng: Prng): Packet {
  const block = prng.int(0, 65_535);
  // Far ahead of all that was sent, in a file that is not huge.
  const future = prng.int(20_000, 30_000);
  return prng.pick<Packet>([
    { opcode: Opcode.RRQ, filename: "file", mode: "octet", options: [] },
    { opcode: Opcode.WRQ, filename: "file", mode: "octet", options: [] },
    { opcode: Opcode.OACK, options: [] },
    toReceiver
      ? { opcode: Opcode.ACK, block }
      : prng.chance(0.5)
      ? { opcode: Opcode.ACK, block: future }
      : { opcode: Opcode.DATA, block, payload: prng.bytes(20) },
  ]);
}
