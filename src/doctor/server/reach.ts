/** Whether a server answers, and from where. Pure. */

import type { Address } from "../../protocol/mod.ts";
import { formatAddress } from "../../engine/address.ts";
import type { Finding } from "../finding.ts";
import { milliseconds } from "../format.ts";
import type { Seen } from "./question.ts";

const TID = "RFC 1350 §4";

export interface Reached {
  readonly asked: Address;
  /** The questions so far, the first one first. */
  readonly seen: readonly Seen[];
  /** Whether the sockets notice a closed port (ICMP). */
  readonly hearsIcmp: boolean;
}

/** Whether something came that belongs to the conversation. */
export function answered({ answer }: Seen): boolean {
  return answer !== undefined;
}

export function judgeReach({ asked, seen, hearsIcmp }: Reached): Finding[] {
  const found: Finding[] = [...otherAddresses(asked, seen), ...otherPorts(asked, seen)];
  const first = seen.find(answered);
  if (first !== undefined) return [...found, reply(first), ...ports(asked, seen)];
  if (found.length > 0) return found;
  return [noAnswer({ asked, seen, hearsIcmp })];
}

/** One address of a name does not answer, while another does. */
export function silentAddress(silent: Address, answering: Address): Finding {
  return {
    ...{ topic: "reach", check: "silent address", grade: "warning" },
    seen: `nothing answers at ${formatAddress(silent)}, another address of the name; ` +
      `${formatAddress(answering)} does`,
    advice: "clients that try that address first get no answer: let the server listen there, or " +
      "remove it from DNS",
  };
}

function noAnswer({ asked, seen, hearsIcmp }: Reached): Finding {
  const where = formatAddress(asked);
  const refused = seen.find(({ unreachable }) => unreachable !== undefined);
  if (refused !== undefined) {
    const { message, closed } = refused.unreachable!;
    return {
      ...{ topic: "reach", check: "answer", grade: "fault" },
      seen: message,
      advice: closed
        ? "start the server there, or name its port as HOST:PORT; a firewall that rejects looks " +
          "the same"
        : "check the address, that the host is up, and the route and the firewalls on the way",
    };
  }
  const requests = seen.reduce((sum, { asked }) => sum + asked, 0);
  const icmp = hearsIcmp
    ? ""
    : "; these sockets do not hear whether the port is closed, native ones do (--io native)";
  return {
    ...{ topic: "reach", check: "answer", grade: "fault" },
    seen: `nothing came back from ${where} to ${requests} requests${icmp}`,
    advice: `check that the host is up and the server runs; that firewalls on the way and on ` +
      `the host let UDP port ${asked.port} in and the answers out, which come from other ports; ` +
      "and that the server may answer this client's address",
  };
}

/** RFC 1350 §4: the answer's address has to be the one that was asked. */
function otherAddresses(asked: Address, seen: readonly Seen[]): Finding[] {
  const foreign = seen.flatMap(({ elsewhere }) => elsewhere)
    .find(({ hostname }) => hostname !== asked.hostname);
  if (foreign === undefined) return [];
  return [{
    ...{ topic: "reach", check: "source address", grade: "fault", clause: TID },
    seen: `${asked.hostname} was asked, and the answer came from ${formatAddress(foreign)}: ` +
      "clients drop it",
    advice: "let the server listen on the address that clients ask (tftp serve -a ADDRESS), or " +
      "serve with native sockets, which answer from the address asked; where a NAT stands " +
      "between, give it a helper for TFTP or use --single-port",
  }];
}

function otherPorts(asked: Address, seen: readonly Seen[]): Finding[] {
  const moved = seen.find(({ elsewhere }) =>
    elsewhere.some(({ hostname }) => hostname === asked.hostname)
  );
  const other = moved?.elsewhere.find(({ hostname }) => hostname === asked.hostname);
  if (moved?.from === undefined || other === undefined) return [];
  return [{
    ...{ topic: "reach", check: "source port", grade: "fault", clause: TID },
    seen: `a transfer began at port ${moved.from.port} and went on from port ${other.port}: ` +
      "clients answer that with ERROR 5",
    advice: "a server keeps one port for a whole transfer; where a NAT changes the port, serve " +
      "with --single-port",
  }];
}

function reply(first: Seen): Finding {
  const again = first.asked > 1 ? `, once it had been asked ${first.asked} times` : "";
  const after = first.answerMs === undefined ? "" : `, after ${milliseconds(first.answerMs)}`;
  return {
    ...{ topic: "reach", check: "answer", grade: first.asked > 1 ? "note" : "good" },
    seen: `it answers from ${first.from!.hostname}, the address that was asked${after}${again}`,
  };
}

function ports(asked: Address, seen: readonly Seen[]): Finding[] {
  // An ERROR may come from the listening port though transfers have ports of their own.
  const all = seen.flatMap(({ from, answer }) =>
    from === undefined || answer?.kind === "ERROR" ? [] : [from.port]
  );
  if (all.length === 0) return [];
  if (all.every((port) => port === asked.port)) {
    return [{
      ...{ topic: "reach", check: "port", grade: "note", clause: TID },
      seen: `it answers from port ${asked.port} itself (single port), where the RFC has a port ` +
        "of its own for each transfer: good for firewalls and containers",
    }];
  }
  const { size } = new Set(all);
  return [{
    ...{ topic: "reach", check: "port", grade: "good", clause: TID },
    seen: size > 1
      ? "each transfer has a port of its own"
      : `its answers come from port ${all[0]}, not from the one that was asked`,
  }];
}
