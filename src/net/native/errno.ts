/** The system's error numbers, by name, and what they mean for a datagram. Pure. */

export const EPERM = 1;
export const EINTR = 4;
export const EIO = 5;
export const EAGAIN = 11;
export const ENOMEM = 12;
export const EACCES = 13;
export const EFAULT = 14;
export const EINVAL = 22;
export const EMSGSIZE = 90;
export const ENOPROTOOPT = 92;
export const EOPNOTSUPP = 95;
export const EAFNOSUPPORT = 97;
export const EADDRINUSE = 98;
export const EADDRNOTAVAIL = 99;
export const ENETDOWN = 100;
export const ENETUNREACH = 101;
export const ENOBUFS = 105;
export const ECONNREFUSED = 111;
export const EHOSTDOWN = 112;
export const EHOSTUNREACH = 113;
export const EBADF = 9;
export const ENODEV = 19;
export const EPROTO = 71;
export const ENONET = 64;

const NAMES: ReadonlyMap<number, string> = new Map([
  [EPERM, "EPERM"],
  [EINTR, "EINTR"],
  [EIO, "EIO"],
  [EAGAIN, "EAGAIN"],
  [ENOMEM, "ENOMEM"],
  [EACCES, "EACCES"],
  [EFAULT, "EFAULT"],
  [EINVAL, "EINVAL"],
  [EMSGSIZE, "EMSGSIZE"],
  [ENOPROTOOPT, "ENOPROTOOPT"],
  [EOPNOTSUPP, "EOPNOTSUPP"],
  [EAFNOSUPPORT, "EAFNOSUPPORT"],
  [EADDRINUSE, "EADDRINUSE"],
  [EADDRNOTAVAIL, "EADDRNOTAVAIL"],
  [ENETDOWN, "ENETDOWN"],
  [ENETUNREACH, "ENETUNREACH"],
  [ENOBUFS, "ENOBUFS"],
  [ECONNREFUSED, "ECONNREFUSED"],
  [EHOSTDOWN, "EHOSTDOWN"],
  [EHOSTUNREACH, "EHOSTUNREACH"],
  [EBADF, "EBADF"],
  [ENODEV, "ENODEV"],
  [EPROTO, "EPROTO"],
  [ENONET, "ENONET"],
]);

/** The name of an error number, or the number itself where it has none here. */
export function errnoName(errno: number): string {
  return NAMES.get(errno) ?? `errno ${errno}`;
}

/**
 * Errors that an ICMP answer to an earlier datagram leaves at a socket. The next call on the socket
 * fails with it and does nothing.
 */
const FROM_ICMP: ReadonlySet<number> = new Set([
  ...[ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, EHOSTDOWN, ENONET, EPROTO, ENOPROTOOPT],
  ...[EMSGSIZE, EACCES, EOPNOTSUPP],
]);

/** Whether a receive that failed with this may simply be repeated. */
export function isFromIcmp(errno: number): boolean {
  return FROM_ICMP.has(errno);
}

const SENTENCES: ReadonlyMap<number, string> = new Map([
  [EPERM, "the firewall of this machine blocks it"],
  [EACCES, "this machine does not allow it"],
  [EFAULT, "its part of the file can't be read"],
  [EAGAIN, "the send buffer stays full"],
  [ENOBUFS, "the network interface's queue stays full"],
  [EINVAL, "the address that was asked is no longer one of this machine"],
  [EMSGSIZE, "the datagram is too large for the path"],
  [EAFNOSUPPORT, "the socket is of the other address family"],
  [ENETDOWN, "the network interface is down"],
  [ENETUNREACH, "no route leads there"],
  [EHOSTUNREACH, "the host can't be reached"],
]);

/** Why a datagram was not sent, as the end of a sentence. */
export function whyUnsent(errno: number): string {
  const name = errnoName(errno);
  const sentence = SENTENCES.get(errno);
  return sentence === undefined ? name : `${sentence} (${name})`;
}
