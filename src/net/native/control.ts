/** The control data of a message to the system: its source, and its segment size. Pure. */

import {
  AT_CMSG_LEN,
  AT_CMSG_LEVEL,
  AT_CMSG_TYPE,
  AT_IPI6_ADDR,
  AT_IPI6_IFINDEX,
  AT_IPI_IFINDEX,
  AT_IPI_SPEC_DST,
  IP_PKTINFO,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPPROTO_UDP,
  IPV6_PKTINFO,
  SIZEOF_CMSGHDR,
  SIZEOF_IN6_PKTINFO,
  SIZEOF_IN_PKTINFO,
  UDP_SEGMENT,
} from "./layout.ts";
import type { LocalAddress } from "./native_peer.ts";
import { aligned8, put64 } from "./int64.ts";

const SIZEOF_SEGMENT = 2;

/**
 * Writes the address to send from; returns where the next control message begins. IPv4 may leave by
 * any interface, as the routes say; a link-local IPv6 address belongs to one.
 */
export function putLocalAddress(
  words: Int32Array,
  at: number,
  local: LocalAddress,
  isIpv4: boolean,
): number {
  const data = at + SIZEOF_CMSGHDR / 4;
  if (isIpv4) {
    words[data + AT_IPI_IFINDEX / 4] = 0;
    words[data + AT_IPI_SPEC_DST / 4] = local.words[3]!;
    words[data + 2] = 0;
    return putHead(words, at, IPPROTO_IP, IP_PKTINFO, SIZEOF_IN_PKTINFO);
  }
  for (let word = 0; word < 4; word++) words[data + AT_IPI6_ADDR / 4 + word] = local.words[word]!;
  words[data + AT_IPI6_IFINDEX / 4] = isLinkLocalWord(local.words[0]!) ? local.index : 0;
  return putHead(words, at, IPPROTO_IPV6, IPV6_PKTINFO, SIZEOF_IN6_PKTINFO);
}

/** Writes the size of segments; returns where the next control message begins. */
export function putSegment(words: Int32Array, at: number, bytes: number): number {
  words[at + SIZEOF_CMSGHDR / 4] = bytes;
  return putHead(words, at, IPPROTO_UDP, UDP_SEGMENT, SIZEOF_SEGMENT);
}

function putHead(
  words: Int32Array,
  at: number,
  level: number,
  type: number,
  size: number,
): number {
  put64(words, at + AT_CMSG_LEN / 4, SIZEOF_CMSGHDR + size);
  words[at + AT_CMSG_LEVEL / 4] = level;
  words[at + AT_CMSG_TYPE / 4] = type;
  return at + aligned8(SIZEOF_CMSGHDR + size) / 4;
}

/** fe80::/10; the first two bytes of the address are the lowest of the word. */
function isLinkLocalWord(word: number): boolean {
  return (word & 0xc0ff) === 0x80fe;
}
