/** ICMP errors for datagrams of a socket, read from its error queue. */

import { formatAddress } from "../../engine/address.ts";
import { NetworkError, UnreachableError } from "../../engine/errors.ts";
import { EMSGSIZE, errnoName } from "./errno.ts";
import {
  AT_CMSG_LEN,
  AT_CMSG_LEVEL,
  AT_CMSG_TYPE,
  AT_EE_ERRNO,
  AT_EE_ORIGIN,
  AT_IOV_BASE,
  AT_IOV_LEN,
  AT_MSG_CONTROL,
  AT_MSG_CONTROLLEN,
  AT_MSG_IOV,
  AT_MSG_IOVLEN,
  AT_MSG_NAME,
  AT_MSG_NAMELEN,
  IP_RECVERR,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_RECVERR,
  MSG_DONTWAIT,
  MSG_ERRQUEUE,
  SIZEOF_CMSGHDR,
  SIZEOF_IOVEC,
  SIZEOF_MSGHDR,
  SIZEOF_SOCKADDR_IN6,
  SO_EE_ORIGIN_LOCAL,
  SO_ERROR,
  SOL_SOCKET,
} from "./layout.ts";
import type { NativePeer } from "./native_peer.ts";
import { NO_LOCAL_ADDRESS } from "./native_peer.ts";
import type { PeerTable } from "./peer_table.ts";
import { fixedMemory, type System } from "./system.ts";
import { aligned8, put64 } from "./int64.ts";

/** Errors read of one socket before others have their turn. */
const MAX_ANSWERS = 64;
/** Room for the error, its router's address, and packet information. */
const CONTROL_BYTES = 256;

export class ErrorQueue {
  readonly #system: System;
  readonly #peers: PeerTable;
  readonly #name = new Int32Array(fixedMemory(SIZEOF_SOCKADDR_IN6));
  readonly #control = new Int32Array(fixedMemory(CONTROL_BYTES));
  readonly #words = new Int32Array(fixedMemory(SIZEOF_MSGHDR));
  readonly #start = new Uint8Array(fixedMemory(1));
  readonly #iovec = new Int32Array(fixedMemory(SIZEOF_IOVEC));

  constructor(system: System, peers: PeerTable) {
    this.#system = system;
    this.#peers = peers;
    put64(this.#words, AT_MSG_NAME / 4, system.addressOf(this.#name.buffer));
    put64(this.#words, AT_MSG_CONTROL / 4, system.addressOf(this.#control.buffer));
    put64(this.#iovec, AT_IOV_BASE / 4, system.addressOf(this.#start.buffer));
    put64(this.#iovec, AT_IOV_LEN / 4, 1);
    put64(this.#words, AT_MSG_IOV / 4, system.addressOf(this.#iovec.buffer));
    put64(this.#words, AT_MSG_IOVLEN / 4, 1);
  }

  /** Reads the errors of a socket, and reports each of them. */
  read(fd: number, six: boolean, report: (error: NetworkError, to: NativePeer) => void): void {
    let answers = 0;
    while (answers < MAX_ANSWERS && this.#next(fd)) {
      answers++;
      const errno = this.#errno();
      const to = this.#peers.sender(six, this.#name, 0, NO_LOCAL_ADDRESS);
      if (errno !== 0) report(errorOf(errno, to), to);
    }
    // An error that is not in the queue is cleared by reading it.
    if (answers === 0) this.#system.option(fd, SOL_SOCKET, SO_ERROR);
  }

  #next(fd: number): boolean {
    this.#words[AT_MSG_NAMELEN / 4] = SIZEOF_SOCKADDR_IN6;
    this.#words[AT_MSG_CONTROLLEN / 4] = CONTROL_BYTES;
    // The datagram itself comes as payload, and all but its first byte is cut. With room for none
    // qemu-user, under which aarch64 is tested, would read nothing at all.
    const flags = MSG_ERRQUEUE | MSG_DONTWAIT;
    return this.#system.libc.recvmsg(fd, this.#words, flags) >= 0;
  }

  /** The error number of the answer; 0 where there is none. */
  #errno(): number {
    const words = this.#control;
    const end = this.#words[AT_MSG_CONTROLLEN / 4]! / 4;
    for (let at = 0; at + SIZEOF_CMSGHDR / 4 <= end;) {
      const level = words[at + AT_CMSG_LEVEL / 4];
      const type = words[at + AT_CMSG_TYPE / 4];
      if (
        level === IPPROTO_IP && type === IP_RECVERR ||
        level === IPPROTO_IPV6 && type === IPV6_RECVERR
      ) {
        // What the system itself refused was reported when it was sent.
        const origin = words[at + (SIZEOF_CMSGHDR + AT_EE_ORIGIN) / 4]! & 0xff;
        return origin === SO_EE_ORIGIN_LOCAL ? 0 : words[at + (SIZEOF_CMSGHDR + AT_EE_ERRNO) / 4]!;
      }
      at += Math.max(aligned8(words[at + AT_CMSG_LEN / 4]!), SIZEOF_CMSGHDR) / 4;
    }
    return 0;
  }
}

function errorOf(errno: number, to: NativePeer): NetworkError {
  const where = formatAddress(to);
  if (errno !== EMSGSIZE) return new UnreachableError(where, errnoName(errno));
  return new NetworkError(
    `A datagram to ${where} was too large for the path; from now on they are fragmented`,
  );
}
