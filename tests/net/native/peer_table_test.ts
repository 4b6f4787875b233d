import { assert, assertEquals } from "@std/assert";
import { addressKey, udpAddress } from "../../../src/engine/address.ts";
import { LocalAddress, NO_LOCAL_ADDRESS } from "../../../src/net/native/native_peer.ts";
import { MAX_PEERS, PeerTable } from "../../../src/net/native/peer_table.ts";
import type { System } from "../../../src/net/native/system.ts";

const INTERFACES: Pick<System, "interfaceName" | "interfaceIndex"> = {
  interfaceName: (index) => `eth${index}`,
  interfaceIndex: (name) => Number(name.slice(3)) || 0,
};

function table(): PeerTable {
  return new PeerTable(INTERFACES as System);
}

/** A sockaddr_in6, or a sockaddr_in for four bytes. */
function sockaddr(port: number, bytes: readonly number[], scope = 0): Int32Array {
  const view = new DataView(new ArrayBuffer(32));
  view.setUint16(0, bytes.length === 4 ? 2 : 10, true);
  view.setUint16(2, port);
  bytes.forEach((byte, at) => view.setUint8((bytes.length === 4 ? 4 : 8) + at, byte));
  view.setUint32(24, scope, true);
  return new Int32Array(view.buffer);
}

const LINK_LOCAL = [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 1, 2, 200];

Deno.test("PeerTable shows senders as Deno's sockets do", () => {
  const peers = table();
  const shown = [
    peers.sender(false, sockaddr(69, [10, 1, 2, 200]), 0, NO_LOCAL_ADDRESS),
    peers.sender(true, sockaddr(65_535, MAPPED), 0, NO_LOCAL_ADDRESS),
    peers.sender(true, sockaddr(1, LINK_LOCAL, 3), 0, NO_LOCAL_ADDRESS),
  ].map(({ hostname, port, transport }) => [hostname, port, transport]);
  assertEquals(shown, [
    ["10.1.2.200", 69, "udp"],
    ["::ffff:10.1.2.200", 65_535, "udp"],
    ["fe80::1%eth3", 1, "udp"],
  ]);
});

Deno.test("PeerTable tells senders apart by all that they differ in", () => {
  const peers = table();
  const local = new LocalAddress();
  local.words.set([0, 0, -0x10000, 5]);
  local.broadcast = false;
  const senders = () => [
    peers.sender(false, sockaddr(1000, [10, 0, 0, 1]), 0, NO_LOCAL_ADDRESS),
    peers.sender(false, sockaddr(1001, [10, 0, 0, 1]), 0, NO_LOCAL_ADDRESS),
    peers.sender(false, sockaddr(1000, [10, 0, 0, 2]), 0, NO_LOCAL_ADDRESS),
    peers.sender(false, sockaddr(1000, [10, 0, 0, 1]), 0, local),
    peers.sender(true, sockaddr(1000, LINK_LOCAL, 1), 0, NO_LOCAL_ADDRESS),
    peers.sender(true, sockaddr(1000, LINK_LOCAL, 2), 0, NO_LOCAL_ADDRESS),
  ];
  const first = senders();
  assertEquals(new Set(first).size, first.length);
  const second = senders();
  assertEquals(first.map((peer, at) => peer === second[at]), first.map(() => true));
});

Deno.test("PeerTable keeps a copy of the local address", () => {
  const peers = table();
  const local = new LocalAddress();
  local.words.set([0, 0, -0x10000, 5]);
  local.broadcast = true;
  const peer = peers.sender(false, sockaddr(1000, [10, 0, 0, 1]), 0, local);
  local.clear();
  assertEquals([peer.local?.words[3], peer.broadcast], [5, true]);
});

Deno.test("PeerTable keeps recent peers among many, and drops others", () => {
  const peers = table();
  const steady = sockaddr(69, [192, 0, 2, 1]);
  const first = peers.sender(false, steady, 0, NO_LOCAL_ADDRESS);
  const silent = peers.sender(false, sockaddr(69, [192, 0, 2, 2]), 0, NO_LOCAL_ADDRESS);
  for (let at = 0; at < 5 * MAX_PEERS; at++) {
    const bytes = [10, at >> 16, at >> 8 & 0xff, at & 0xff];
    peers.sender(false, sockaddr(1024 + at % 60_000, bytes), 0, NO_LOCAL_ADDRESS);
    if (at % 100 === 0) assert(peers.sender(false, steady, 0, NO_LOCAL_ADDRESS) === first);
  }
  assert(peers.sender(false, sockaddr(69, [192, 0, 2, 2]), 0, NO_LOCAL_ADDRESS) !== silent);
});

Deno.test("PeerTable.of() reads addresses of others once", () => {
  const peers = table();
  const address = udpAddress("fe80::1%eth7", 69);
  const peer = peers.of(address);
  assert(peer !== undefined && peers.of(address) === peer && peers.of(peer) === peer);
  const names = new Int32Array(8);
  peer.write6(names, 0);
  assertEquals(names, sockaddr(69, LINK_LOCAL, 7));
  // Neither an address nor an interface.
  for (const nothing of ["host.example", "fe80::1%nosuch"]) {
    assertEquals(peers.of(udpAddress(nothing, 69)), undefined);
  }
});

Deno.test("NativePeer writes an IPv4 address in either form", () => {
  const peers = table();
  for (const hostname of ["10.1.2.200", "::ffff:10.1.2.200"]) {
    const peer = peers.of(udpAddress(hostname, 4711))!;
    assert(peer.isIpv4);
    const names = new Int32Array(8);
    peer.write4(names, 0);
    assertEquals(names, sockaddr(4711, [10, 1, 2, 200]));
    peer.write6(names, 0);
    assertEquals(names, sockaddr(4711, MAPPED));
  }
  assertEquals(peers.of(udpAddress("2001:db8::1", 1))!.isIpv4, false);
});

Deno.test("addressKey tells apart all peers, and finds each however its object was made", () => {
  const senders: [six: boolean, port: number, bytes: number[]][] = [
    [false, 69, [10, 1, 2, 200]],
    [false, 70, [10, 1, 2, 200]],
    [false, 69, [10, 1, 2, 201]],
    [false, 0, [0, 0, 0, 1]],
    [false, 65_535, [0, 0, 0, 0]],
    [false, 65_535, [255, 255, 255, 255]],
    [true, 69, MAPPED],
    [true, 69, LINK_LOCAL],
    [true, 70, LINK_LOCAL],
  ];
  const keysOf = (peers: PeerTable) =>
    senders.map(([six, port, bytes]) =>
      addressKey(peers.sender(six, sockaddr(port, bytes, six ? 3 : 0), 0, NO_LOCAL_ADDRESS))
    );
  const keys = keysOf(table());
  assertEquals(new Set(keys).size, senders.length);
  assertEquals(keysOf(table()), keys);
  assertEquals(addressKey(table().of(udpAddress("10.1.2.200", 69))!), keys[0]);
});
