/** Receives many datagrams with one system call. */

import {
  AF_INET,
  AT_CMSG_LEN,
  AT_CMSG_LEVEL,
  AT_CMSG_TYPE,
  AT_IPI6_ADDR,
  AT_IPI6_IFINDEX,
  AT_IPI_ADDR,
  AT_IPI_IFINDEX,
  AT_IPI_SPEC_DST,
  AT_MSG_CONTROL,
  AT_MSG_CONTROLLEN,
  AT_MSG_IOV,
  AT_MSG_IOVLEN,
  AT_MSG_LEN,
  AT_MSG_NAME,
  AT_MSG_NAMELEN,
  IP_PKTINFO,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_PKTINFO,
  MSG_DONTWAIT,
  SIZEOF_CMSGHDR,
  SIZEOF_IOVEC,
  SIZEOF_MMSGHDR,
  SIZEOF_SOCKADDR_IN6,
} from "./layout.ts";
import { LocalAddress, MAPPED_WORD } from "./native_peer.ts";
import { fixedMemory, type System } from "./system.ts";
import { aligned8, put64 } from "./int64.ts";

/** Datagrams received at once. */
export const RECEIVE_BATCH = 64;

/** The largest DATA packet has 65,464 bytes and a header; one byte more shows a longer one. */
const MAX_DATAGRAM_BYTES = 65464 + 4 + 1;
/** Distance between datagrams in memory. Pages that are never written take no memory. */
const STRIDE = 65472;
const ACK_BYTES = 4;
const NAME_BYTES = 32;
/** Room for the packet information of both families: a dual-stack socket gives both. */
const CONTROL_BYTES = 128;

const NAME_WORDS = NAME_BYTES / 4;
const CONTROL_WORDS = CONTROL_BYTES / 4;
const MESSAGE_WORDS = SIZEOF_MMSGHDR / 4;
const LENGTH_WORD = AT_MSG_LEN / 4;
const NAMELEN_WORD = AT_MSG_NAMELEN / 4;
const CONTROLLEN_WORD = AT_MSG_CONTROLLEN / 4;

export class ReceiveBatch {
  /** The senders' addresses, as the system wrote them; see {@linkcode nameAt}. */
  readonly names = new Int32Array(fixedMemory(RECEIVE_BATCH * NAME_BYTES));
  readonly #system: System;
  readonly #payloads = new Uint8Array(fixedMemory(RECEIVE_BATCH * STRIDE));
  readonly #controls = new Int32Array(fixedMemory(RECEIVE_BATCH * CONTROL_BYTES));
  readonly #iovecs = new Int32Array(fixedMemory(RECEIVE_BATCH * SIZEOF_IOVEC));
  readonly #words = new Int32Array(fixedMemory(RECEIVE_BATCH * SIZEOF_MMSGHDR));
  readonly #messages = new Uint8Array(this.#words.buffer);
  /** Each slot as an ACK, which most datagrams are. */
  readonly #acks: Uint8Array[] = [];
  /** Each slot with its last length, which the next datagram there often has too. */
  readonly #views: Uint8Array[] = [];
  readonly #local = new LocalAddress();
  #used = 0;

  constructor(system: System) {
    this.#system = system;
    const payloads = system.addressOf(this.#payloads.buffer);
    const names = system.addressOf(this.names.buffer);
    const controls = system.addressOf(this.#controls.buffer);
    const iovecs = system.addressOf(this.#iovecs.buffer);
    for (let slot = 0; slot < RECEIVE_BATCH; slot++) {
      const message = slot * MESSAGE_WORDS;
      put64(this.#iovecs, slot * SIZEOF_IOVEC / 4, payloads + slot * STRIDE);
      put64(this.#iovecs, slot * SIZEOF_IOVEC / 4 + 2, MAX_DATAGRAM_BYTES);
      put64(this.#words, message + AT_MSG_NAME / 4, names + slot * NAME_BYTES);
      put64(this.#words, message + AT_MSG_IOV / 4, iovecs + slot * SIZEOF_IOVEC);
      put64(this.#words, message + AT_MSG_IOVLEN / 4, 1);
      put64(this.#words, message + AT_MSG_CONTROL / 4, controls + slot * CONTROL_BYTES);
      this.#views.push(this.#payloads.subarray(slot * STRIDE, slot * STRIDE));
      this.#acks.push(this.#payloads.subarray(slot * STRIDE, slot * STRIDE + ACK_BYTES));
    }
    this.#reset(RECEIVE_BATCH);
  }

  /** Receives what has arrived; returns how many datagrams, or -1 where the call failed. */
  receive(fd: number): number {
    this.#reset(this.#used);
    const received = this.#system.libc.recvmmsg(
      fd,
      this.#messages,
      RECEIVE_BATCH,
      MSG_DONTWAIT,
      null,
    );
    this.#used = Math.max(received, 0);
    return received;
  }

  /** The same for a single datagram, which is cheaper where there is no second one. */
  receiveOne(fd: number): number {
    this.#reset(1);
    const length = this.#system.libc.recvmsg(fd, this.#messages, MSG_DONTWAIT);
    if (length < 0) return -1;
    this.#words[LENGTH_WORD] = length;
    this.#used = Math.max(this.#used, 1);
    return 1;
  }

  /** A datagram's bytes, until the next receive. */
  bytes(slot: number): Uint8Array {
    const length = this.#words[slot * MESSAGE_WORDS + LENGTH_WORD]!;
    if (length === ACK_BYTES) return this.#acks[slot]!;
    const last = this.#views[slot]!;
    if (last.length === length) return last;
    return this.#views[slot] = this.#payloads.subarray(slot * STRIDE, slot * STRIDE + length);
  }

  /** Where in {@linkcode names} a datagram's sender is. */
  nameAt(slot: number): number {
    return slot * NAME_WORDS;
  }

  /** The local address that a datagram was sent to, valid until the next call. */
  local(slot: number): LocalAddress {
    const local = this.#local;
    local.clear();
    const end = this.#words[slot * MESSAGE_WORDS + CONTROLLEN_WORD]! / 4;
    const words = this.#controls;
    const first = slot * CONTROL_WORDS;
    for (let at = 0; at + SIZEOF_CMSGHDR / 4 <= end;) {
      const head = first + at;
      const length = words[head + AT_CMSG_LEN / 4]!;
      const level = words[head + AT_CMSG_LEVEL / 4]!;
      const type = words[head + AT_CMSG_TYPE / 4]!;
      const data = head + SIZEOF_CMSGHDR / 4;
      if (level === IPPROTO_IP && type === IP_PKTINFO) readPacketInfo4(words, data, local);
      // A dual-stack socket gives both for IPv4; IP_PKTINFO says more.
      if (level === IPPROTO_IPV6 && type === IPV6_PKTINFO && local.words[3] === 0) {
        readPacketInfo6(words, data, local);
      }
      at += Math.max(aligned8(length), SIZEOF_CMSGHDR) / 4;
    }
    return local;
  }

  #reset(count: number): void {
    for (let slot = 0; slot < count; slot++) {
      const message = slot * MESSAGE_WORDS;
      this.#words[message + NAMELEN_WORD] = SIZEOF_SOCKADDR_IN6;
      this.#words[message + CONTROLLEN_WORD] = CONTROL_BYTES;
    }
  }
}

/** Whether a sockaddr is an IPv4 one. */
export function isSockaddr4(names: Int32Array, at: number): boolean {
  return (names[at]! & 0xffff) === AF_INET;
}

/**
 * A broadcast is answered from the interface's own address, which the system gives too. For a
 * datagram that came before the option was set, as to a socket that systemd has bound, the system
 * knows neither interface nor own address: then nothing is known, and it is no broadcast.
 */
function readPacketInfo4(words: Int32Array, data: number, local: LocalAddress): void {
  if (words[data + AT_IPI_IFINDEX / 4] === 0) return local.clear();
  const own = words[data + AT_IPI_SPEC_DST / 4]!;
  local.words[0] = 0;
  local.words[1] = 0;
  local.words[2] = MAPPED_WORD;
  local.words[3] = own;
  local.index = words[data + AT_IPI_IFINDEX / 4]!;
  local.broadcast = words[data + AT_IPI_ADDR / 4] !== own;
}

/** Nothing can be sent from a multicast address: there the system chooses. */
function readPacketInfo6(words: Int32Array, data: number, local: LocalAddress): void {
  const first = data + AT_IPI6_ADDR / 4;
  const multicast = (words[first]! & 0xff) === 0xff;
  for (let word = 0; word < 4; word++) local.words[word] = multicast ? 0 : words[first + word]!;
  local.index = words[data + AT_IPI6_IFINDEX / 4]!;
  local.broadcast = multicast;
}
