/** Creates UDP sockets: their options, buffers and addresses. */

import type { BindOptions } from "../../engine/network.ts";
import { udpAddress } from "../../engine/address.ts";
import { NetworkError } from "../../engine/errors.ts";
import { type Address, DEFAULT_RECEIVE_BUFFER_BYTES } from "../../protocol/mod.ts";
import { bindError } from "../bind_error.ts";
import { attachClientFilter } from "./client_filter.ts";
import { errnoName } from "./errno.ts";
import {
  AF_INET,
  AF_INET6,
  IP_PKTINFO,
  IP_RECVERR,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPPROTO_UDP,
  IPV6_RECVERR,
  IPV6_RECVPKTINFO,
  IPV6_V6ONLY,
  SIZEOF_SOCKADDR_IN,
  SIZEOF_SOCKADDR_IN6,
  SO_BINDTODEVICE,
  SO_BROADCAST,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SO_REUSEPORT,
  SO_SNDBUF,
  SO_SNDBUFFORCE,
  SO_TYPE,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOL_SOCKET,
  UDP_SEGMENT,
} from "./layout.ts";
import {
  hostnameOf,
  MAPPED_WORD,
  type NativePeer,
  peerAt,
  swap16,
  whyNoPeer,
} from "./native_peer.ts";
import { isSockaddr4 } from "./receive_batch.ts";
import { cString, fixedMemory, type System } from "./system.ts";

/** Buffer size to request for a listening socket: many clients start at once. */
const LISTENING_BUFFER_BYTES = 8 * 1024 * 1024;
/** And for any other socket. */
const BUFFER_BYTES = 4 * 1024 * 1024;

/** A socket of the system. */
export interface OpenSocket {
  readonly fd: number;
  readonly address: Address;
  /** Whether it has IPv6 addresses. */
  readonly six: boolean;
  /** Whether it reports the local address of each datagram. */
  readonly reportsLocal: boolean;
  /** Whether it is bound to all addresses, so that each datagram may set its source. */
  readonly isWildcard: boolean;
  readonly receiveBufferBytes: number;
  /** Whether the system supports segments: Linux does since 4.18. */
  readonly takesSegments: boolean;
}

/** Binds a socket. Throws {@linkcode NetworkError} when the address can't be bound. */
export function openSocket(system: System, options: BindOptions): OpenSocket {
  const address = udpAddress(options.hostname, options.port);
  const peer = peerAt(address, system);
  if (peer === undefined) {
    const why = whyNoPeer(options.hostname);
    throw new NetworkError(`"${options.hostname}" can't be bound: ${why}`);
  }
  const { shared, ...alone } = options;
  // A port that another server of this user shares could be joined, which would take its clients.
  // So the first thread binds it alone before, for a moment.
  if (shared?.index === 0 && address.port !== 0) {
    system.libc.close(boundSocket(system, peer, alone));
  }
  const fd = boundSocket(system, peer, options);
  try {
    return prepare(system, fd, options);
  } catch (error) {
    system.libc.close(fd);
    throw error;
  }
}

/**
 * Takes over a bound UDP socket from the parent process. Throws {@linkcode NetworkError} when the
 * descriptor is none.
 */
export function adoptSocket(system: System, fd: number, options: BindOptions): OpenSocket {
  if (system.option(fd, SOL_SOCKET, SO_TYPE) !== SOCK_DGRAM) {
    throw new NetworkError(
      `Descriptor ${fd} is no UDP socket: ` +
        "the systemd unit must use ListenDatagram",
    );
  }
  return prepare(system, fd, options);
}

/** The receive buffer that a socket gets here when it asks for so much, in bytes. */
export function grantedBufferBytes(system: System): number {
  const fd = system.libc.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return DEFAULT_RECEIVE_BUFFER_BYTES;
  growBuffer(system, fd, SO_RCVBUFFORCE, SO_RCVBUF, BUFFER_BYTES);
  const granted = system.option(fd, SOL_SOCKET, SO_RCVBUF) ?? DEFAULT_RECEIVE_BUFFER_BYTES;
  system.libc.close(fd);
  return granted;
}

/** The descriptor of a new socket at the address of `peer`. */
function boundSocket(system: System, peer: NativePeer, options: BindOptions): number {
  const six = !peer.isIpv4;
  const type = SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK;
  const fd = system.libc.socket(six ? AF_INET6 : AF_INET, type, 0);
  if (fd < 0) throw refusal(system, peer);
  try {
    if (six) system.setOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, options.ipv6Only ? 1 : 0);
    if (options.shared) system.setOption(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    if (options.interfaceName !== undefined) bindToInterface(system, fd, options.interfaceName);
    if (!bindTo(system, fd, peer, six)) throw refusal(system, peer);
    return fd;
  } catch (error) {
    system.libc.close(fd);
    throw error;
  }
}

function bindTo(system: System, fd: number, peer: NativePeer, six: boolean): boolean {
  const name = new Int32Array(fixedMemory(SIZEOF_SOCKADDR_IN6));
  if (six) peer.write6(name, 0);
  else peer.write4(name, 0);
  return system.libc.bind(fd, name, six ? SIZEOF_SOCKADDR_IN6 : SIZEOF_SOCKADDR_IN) === 0;
}

function bindToInterface(system: System, fd: number, name: string): void {
  const text = cString(name);
  if (system.libc.setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, text, text.length) === 0) return;
  const code = errnoName(system.errno());
  const why = code === "ENODEV" ? "this machine has none of that name" : code;
  throw new NetworkError(`The network interface "${name}" can't be used: ${why}`);
}

/** Sets what all sockets need, bound here or elsewhere. */
function prepare(system: System, fd: number, options: BindOptions): OpenSocket {
  const { six, address, isWildcard } = nameOf(system, fd);
  const reportsLocal = options.reportsLocal === true && isWildcard;
  const bytes = options.reportsLocal || options.port !== 0 ? LISTENING_BUFFER_BYTES : BUFFER_BYTES;
  growBuffer(system, fd, SO_RCVBUFFORCE, SO_RCVBUF, bytes);
  growBuffer(system, fd, SO_SNDBUFFORCE, SO_SNDBUF, bytes);
  system.setOption(fd, SOL_SOCKET, SO_BROADCAST, 1);
  // An IPv6 socket also receives IPv4 datagrams, and the IPv4 options apply to those.
  system.setOption(fd, IPPROTO_IP, IP_RECVERR, 1);
  if (six) system.setOption(fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
  if (reportsLocal) {
    system.setOption(fd, IPPROTO_IP, IP_PKTINFO, 1);
    if (six) system.setOption(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
  }
  const { shared } = options;
  if (shared && !attachClientFilter(system, fd, shared.count)) {
    throw system.failure("Several threads can't share the port", address);
  }
  return {
    fd,
    address,
    six,
    reportsLocal,
    isWildcard,
    receiveBufferBytes: system.option(fd, SOL_SOCKET, SO_RCVBUF) ?? 0,
    takesSegments: system.option(fd, IPPROTO_UDP, UDP_SEGMENT) !== undefined,
  };
}

/**
 * Root gets any size, other users get what `net.core.rmem_max` and `wmem_max` allow. A socket that
 * was bound elsewhere may already have more.
 */
function growBuffer(
  system: System,
  fd: number,
  force: number,
  ask: number,
  bytes: number,
): void {
  if (system.setOption(fd, SOL_SOCKET, force, bytes)) return;
  const given = system.option(fd, SOL_SOCKET, ask) ?? 0;
  if (given <= DEFAULT_RECEIVE_BUFFER_BYTES) system.setOption(fd, SOL_SOCKET, ask, bytes);
}

/** The address that a socket is bound to. */
function nameOf(system: System, fd: number) {
  const words = new Int32Array(fixedMemory(SIZEOF_SOCKADDR_IN6));
  const length = Int32Array.of(SIZEOF_SOCKADDR_IN6);
  if (system.libc.getsockname(fd, words, length) < 0) {
    throw system.failure(`Descriptor ${fd} is not bound`);
  }
  const six = !isSockaddr4(words, 0);
  const address = six ? words.slice(2, 6) : Int32Array.of(0, 0, MAPPED_WORD, words[1]!);
  const hostname = hostnameOf({ six, address, scope: six ? words[6]! : 0 }, system);
  const isWildcard = six ? address.every((word) => word === 0) : address[3] === 0;
  return { six, isWildcard, address: udpAddress(hostname, swap16(words[0]! >>> 16)) };
}

function refusal(system: System, address: Address): NetworkError {
  const code = errnoName(system.errno());
  return bindError(code, address, `the system refuses (${code})`);
}
