/** The known ends of others, by name, and how each of them behaves. */

import {
  type Agreement,
  grant,
  type Limits,
  type Machine,
  type OackPacket,
  Opcode,
  type RequestPacket,
} from "../../../src/protocol/mod.ts";
import type { Opening } from "../../../src/client/attempt.ts";
import { type PausePlan, PausingPeer, type PausingRole } from "./pausing.ts";
import { PeerOpening } from "./peer_opening.ts";
import { PeerReceiver, type PeerReceiverManner } from "./peer_receiver.ts";
import { PeerSender } from "./peer_sender.ts";

export const PEER_KINDS = [
  /** Knows no windows. */
  "lockstep",
  /** Throws away what came after a gap and says nothing about it. */
  "goBackN",
  /** Acknowledges its last block for every block behind a gap. */
  "edk2",
  /** Does so once per gap. */
  "uboot",
  /** Answers every repeated ACK with DATA, and every repeated DATA with an ACK. */
  "apprentice",
  /** Block 1 follows block 65535. */
  "rollsToOne",
  /** Agrees to windows and acknowledges every block all the same. */
  "everyBlock",
] as const;

export type PeerKind = typeof PEER_KINDS[number];

export interface PeerPlan {
  readonly kind: PeerKind;
  readonly waitMs: number;
  readonly retries: number;
  readonly dallyMs: number;
  readonly pause?: PausePlan;
}

/** A peer's machine as a client. */
export function peerClient(packet: RequestPacket, plan: PeerPlan, content: Uint8Array): Opening {
  const { waitMs, retries } = plan;
  const become = (agreement: Agreement) =>
    packet.opcode === Opcode.RRQ
      ? new PeerReceiver(agreement, receiverManner(plan))
      : peerSender(agreement, plan, { content });
  const opening = new PeerOpening(packet, { waitMs, retries, become });
  return pausing(opening, plan, { sends: packet.opcode === Opcode.WRQ, size: content.length });
}

function pausing<T extends Machine>(machine: T, { pause }: PeerPlan, role: PausingRole) {
  return pause ? new PausingPeer(machine, pause, role) : machine;
}

/** A peer's answer to a request, as a server. */
export function peerServer(
  request: RequestPacket,
  plan: PeerPlan,
  { content, limits }: { readonly content: Uint8Array; readonly limits: Limits },
): Machine {
  const known = plan.kind === "lockstep"
    ? { ...request, options: withoutWindow(request.options) }
    : request;
  const agreement = grant(known, { ...limits, size: content.length });
  const oack = agreement.granted.length > 0
    ? { oack: { opcode: Opcode.OACK, options: agreement.granted } }
    : {};
  if (request.opcode === Opcode.RRQ) {
    const sender = peerSender(agreement, plan, { content, ...oack });
    return pausing(sender, plan, { sends: true, size: content.length });
  }
  const receiver = new PeerReceiver(agreement, receiverManner(plan), oack.oack);
  return pausing(receiver, plan, { sends: false, size: content.length });
}

/** The options a peer of this kind knows. */
export function withoutWindow<T extends { readonly name: string }>(options: readonly T[]): T[] {
  return options.filter(({ name }) => name !== "windowsize");
}

function peerSender(
  agreement: Agreement,
  plan: PeerPlan,
  given: { readonly content: Uint8Array; readonly oack?: OackPacket },
): Machine {
  const { kind, waitMs, retries } = plan;
  const manner = { apprentice: kind === "apprentice", waitMs, retries };
  const rollover = kind === "rollsToOne" ? 1 : agreement.rollover;
  return new PeerSender(agreement, { ...given, manner, rollover });
}

function receiverManner({ kind, waitMs, retries, dallyMs }: PeerPlan): PeerReceiverManner {
  const timing = { waitMs, retries, dallyMs };
  switch (kind) {
    case "lockstep":
    case "rollsToOne":
      return { gapAck: "once", answersRepeats: true, ...timing };
    case "goBackN":
      return { gapAck: "never", answersRepeats: false, ...timing };
    case "edk2":
      return { gapAck: "each", answersRepeats: true, ...timing };
    case "uboot":
      return { gapAck: "once", answersRepeats: false, ...timing };
    case "everyBlock":
      return { gapAck: "each", answersRepeats: true, acksEach: true, ...timing };
    case "apprentice":
      return { gapAck: "each", answersRepeats: true, ...timing };
  }
}
