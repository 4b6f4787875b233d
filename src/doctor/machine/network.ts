/** Checks of port, addresses, firewall and buffers of a machine that is to serve. Pure. */

import type { Finding } from "../finding.ts";
import type { BindTrial, Buffers, Firewall, Holder, Known, OwnAddress } from "./facts.ts";

/** What a small datagram takes of a receive buffer on Linux, in bytes. */
const SMALL_DATAGRAM_BYTES = 768;

export function notLookedAt(check: string, missing: string): Finding {
  return {
    ...{ topic: "machine", check, grade: "note" },
    seen: `${check}: not looked at`,
    advice: missing,
  };
}

export function judgePort(
  port: number,
  trials: readonly BindTrial[],
  holders: Known<readonly Holder[]>,
): Finding[] {
  const base = { topic: "machine", check: "port" } as const;
  // A machine without IPv6 is no fault.
  const real = trials.filter(({ error }) => error !== "EAFNOSUPPORT");
  const failed = real.find(({ error }) => error !== undefined);
  if (failed === undefined) {
    return [{ ...base, grade: "good", seen: `UDP port ${port} is free, and may be bound` }];
  }
  if (failed.error === "EADDRINUSE") {
    const known = "value" in holders ? holders.value : [];
    const who = known.map(({ address, process }) =>
      process === undefined ? address : `${process} on ${address}`
    );
    const isKnown = known.some(({ process }) => process !== undefined);
    const reader = isKnown
      ? ""
      : `. To find it: ${"missing" in holders ? `${holders.missing}; or, ` : ""}as root, ` +
        `ss -ulnp sport = :${port}`;
    return [{
      ...{ ...base, grade: "fault" },
      seen: `UDP port ${port} is in use${who.length === 0 ? "" : `: ${who.join(", ")}`}`,
      advice: "stop that program (systemd may hold the port in a .socket unit), or choose " +
        `another port with -p${reader}`,
    }];
  }
  if (failed.error === "EACCES") {
    return [{
      ...{ ...base, grade: "fault" },
      seen: `this user may not bind port ${port}`,
      advice: "start as root (and give that up with --user), grant CAP_NET_BIND_SERVICE, or " +
        `allow it to all: sysctl net.ipv4.ip_unprivileged_port_start=${port}`,
    }];
  }
  return [{
    ...{ ...base, grade: "fault" },
    seen: failed.message ?? `port ${port} of ${failed.hostname} can't be bound`,
    advice: "see -a and -p",
  }];
}

export function judgeStandardPort(port: number): Finding[] {
  if (port === 69) return [];
  return [{
    ...{ topic: "dhcp", check: "port", grade: "warning", clause: "RFC 1350 §4" },
    seen: `the server is to listen on port ${port}, but DHCP can't name a port: machines that ` +
      "boot ask port 69",
    advice: "use port 69 if machines are to boot from this server",
  }];
}

/** `asked` are the addresses to listen on; an empty list means all. */
export function judgeAddresses(
  own: Known<readonly OwnAddress[]>,
  asked: readonly string[],
  native: boolean,
): Finding[] {
  const base = { topic: "machine", check: "addresses" } as const;
  if ("missing" in own) return [notLookedAt("addresses", own.missing)];
  const outward = own.value.filter(({ address }) => !isLocal(address));
  const wanted = asked.filter((address) => address !== "0.0.0.0" && address !== "::");
  const foreign = wanted.filter((one) => !own.value.some(({ address }) => address === one));
  if (foreign.length > 0) {
    return [{
      ...{ ...base, grade: "fault" },
      seen: `${foreign.join(", ")} is no address of this machine`,
      advice: `it has ${list(own.value)}`,
    }];
  }
  const served = wanted.length === 0
    ? outward
    : own.value.filter(({ address }) => wanted.includes(address));
  if (served.every(({ address }) => isLocal(address))) {
    return [{
      ...{ ...base, grade: "warning" },
      seen: "only this machine can reach the server: it has only loopback addresses",
      advice: outward.length === 0
        ? "give the machine an address"
        : `leave out -a, or name one of ${list(outward)}`,
    }];
  }
  return [
    { ...base, grade: "good", seen: `clients reach it at ${list(served)}` },
    ...sourceAddress(served, { wanted, native }),
  ];
}

function sourceAddress(
  served: readonly OwnAddress[],
  { wanted, native }: { wanted: readonly string[]; native: boolean },
): Finding[] {
  const four = served.filter(({ family }) => family === 4);
  if (native || wanted.length > 0 || four.length < 2) return [];
  return [{
    ...{ topic: "machine", check: "source address", grade: "warning", clause: "RFC 1350 §4" },
    seen: `the machine has ${four.length} IPv4 addresses, and sockets of Deno answer from that ` +
      "of the route, which may not be the one that the client asked",
    advice: "name each address with -a, or use native sockets (--io native)",
  }];
}

function list(addresses: readonly OwnAddress[]): string {
  return addresses.map(({ name, address }) => `${address} (${name})`).join(", ");
}

function isLocal(address: string): boolean {
  return address.startsWith("127.") || address === "::1" || /^fe80:/i.test(address);
}

export function judgeFirewall(firewall: Known<Firewall>, port: number): Finding[] {
  const base = { topic: "machine", check: "firewall" } as const;
  if ("missing" in firewall) return [notLookedAt("firewall", firewall.missing)];
  const { program, text } = firewall.value;
  const rules = text.split("\n");
  const drops = program === "nft"
    ? /hook input[^\n]*policy (drop|reject)/.test(text) || /^\s*(drop|reject)/m.test(text)
    : /^-P INPUT (DROP|REJECT)/m.test(text) || /^-A INPUT( -j (DROP|REJECT).*)$/m.test(text);
  const named = port === 69 ? `(${port}|tftp)` : String(port);
  const passes = rules.some((rule) =>
    new RegExp(`dport (\\{[^}]*\\b)?${named}\\b`).test(rule) && /accept/i.test(rule)
  );
  const blocks = rules.some((rule) =>
    new RegExp(`dport (\\{[^}]*\\b)?${named}\\b`).test(rule) && /drop|reject/i.test(rule)
  );
  if (blocks || drops && !passes) {
    return [{
      ...{ ...base, grade: "fault" },
      seen: `${program} blocks UDP to port ${port}`,
      advice: program === "nft"
        ? `add to the input chain: udp dport ${port} accept; and for the transfers' own ports ` +
          "load nf_conntrack_tftp, or serve with --single-port"
        : `iptables -A INPUT -p udp --dport ${port} -j ACCEPT; and for the transfers' own ports ` +
          "load nf_conntrack_tftp, or serve with --single-port",
    }];
  }
  return [{
    ...{ ...base, grade: "good" },
    seen: passes
      ? `${program} accepts UDP to port ${port}`
      : `${program} has no rule that blocks UDP to port ${port}`,
  }];
}

export function judgeBuffers(
  buffers: Known<Buffers>,
  { maxTransfers, native }: { maxTransfers: number; native: boolean },
): Finding[] {
  const base = { topic: "machine", check: "receive buffer" } as const;
  if ("missing" in buffers) return [notLookedAt("receive buffer", buffers.missing)];
  const { standard, most } = buffers.value;
  const bytes = native ? Math.max(standard, most) : standard;
  const requests = Math.floor(bytes / SMALL_DATAGRAM_BYTES);
  const seen = `the receive buffer has ${bytes} bytes: it holds about ${requests} requests ` +
    `that come at once, and ${maxTransfers} transfers are allowed`;
  if (requests >= maxTransfers) return [{ ...base, grade: "good", seen }];
  const wanted = maxTransfers * SMALL_DATAGRAM_BYTES;
  const key = native ? "rmem_max" : "rmem_default";
  return [{
    ...{ ...base, grade: "note" },
    seen,
    advice: `where that many clients are switched on at once: sysctl net.core.${key}=${wanted}`,
  }];
}
