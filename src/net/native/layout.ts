/**
 * Sizes, offsets and numbers of Linux's C interface, as they are on x86_64 and aarch64, with glibc
 * and with musl. `tests/system/native/layout.c` prints the same from the system's own headers, and
 * a test compares all of them. Where musl has an `int` and padding and glibc a `size_t`, writing 64
 * bits serves both, because both machines are little-endian.
 */

// struct sockaddr_in and sockaddr_in6; port and address are in network order
export const SIZEOF_SOCKADDR_IN = 16;
export const AT_SIN_PORT = 2;
export const AT_SIN_ADDR = 4;
export const SIZEOF_SOCKADDR_IN6 = 28;
export const AT_SIN6_PORT = 2;
export const AT_SIN6_ADDR = 8;
export const AT_SIN6_SCOPE_ID = 24;
export const AF_INET = 2;
export const AF_INET6 = 10;
/** The room for an interface's name, with the zero at its end. */
export const IF_NAMESIZE = 16;

// struct iovec
export const SIZEOF_IOVEC = 16;
export const AT_IOV_BASE = 0;
export const AT_IOV_LEN = 8;

// struct msghdr, and mmsghdr, which is one with a length behind it
export const SIZEOF_MSGHDR = 56;
export const AT_MSG_NAME = 0;
export const AT_MSG_NAMELEN = 8;
export const AT_MSG_IOV = 16;
export const AT_MSG_IOVLEN = 24;
export const AT_MSG_CONTROL = 32;
export const AT_MSG_CONTROLLEN = 40;
export const AT_MSG_FLAGS = 48;
export const SIZEOF_MMSGHDR = 64;
export const AT_MSG_LEN = 56;
export const MSG_DONTWAIT = 0x40;
export const MSG_ERRQUEUE = 0x2000;

// struct cmsghdr; what it carries comes right behind it, and the next begins at a multiple of 8
export const SIZEOF_CMSGHDR = 16;
export const AT_CMSG_LEN = 0;
export const AT_CMSG_LEVEL = 8;
export const AT_CMSG_TYPE = 12;

// struct in_pktinfo: interface, own address, the address in the packet's header
export const SIZEOF_IN_PKTINFO = 12;
export const AT_IPI_IFINDEX = 0;
export const AT_IPI_SPEC_DST = 4;
export const AT_IPI_ADDR = 8;

// struct in6_pktinfo
export const SIZEOF_IN6_PKTINFO = 20;
export const AT_IPI6_ADDR = 0;
export const AT_IPI6_IFINDEX = 16;

// struct sock_extended_err: what the error queue tells of a datagram
export const SIZEOF_SOCK_EXTENDED_ERR = 16;
export const AT_EE_ERRNO = 0;
export const AT_EE_ORIGIN = 4;
export const SO_EE_ORIGIN_LOCAL = 1;

// struct sock_filter and sock_fprog, and the instructions that are used of classic BPF
export const SIZEOF_SOCK_FILTER = 8;
export const AT_FILTER_CODE = 0;
export const AT_FILTER_JT = 2;
export const AT_FILTER_JF = 3;
export const AT_FILTER_K = 4;
export const SIZEOF_SOCK_FPROG = 16;
export const AT_FPROG_LEN = 0;
export const AT_FPROG_FILTER = 8;
export const BPF_LD_W_ABS = 0x20;
export const BPF_LD_B_ABS = 0x30;
export const BPF_ALU_AND_K = 0x54;
export const BPF_ALU_MOD_K = 0x94;
export const BPF_ALU_XOR_X = 0xac;
export const BPF_JMP_JA = 0x05;
export const BPF_JMP_JEQ_K = 0x15;
export const BPF_MISC_TAX = 0x07;
export const BPF_RET_A = 0x16;
/** Makes an offset count from the beginning of the IP header. */
export const SKF_NET_OFF = -0x100000;

// struct epoll_event, which is packed on x86_64 alone, and struct pollfd
const packsEvents = Deno.build.arch === "x86_64";
export const SIZEOF_EPOLL_EVENT = packsEvents ? 12 : 16;
export const AT_EPOLL_DATA = packsEvents ? 4 : 8;
export const EPOLLIN = 0x1;
export const EPOLLERR = 0x8;
export const EPOLL_CTL_ADD = 1;
export const EPOLL_CTL_DEL = 2;
export const EPOLL_CLOEXEC = 0x80000;
export const EFD_CLOEXEC = 0x80000;
export const EFD_NONBLOCK = 0x800;
export const SIZEOF_POLLFD = 8;
export const AT_POLLFD_EVENTS = 4;
export const POLLOUT = 0x4;

// sockets and their options
export const SOCK_DGRAM = 2;
export const SOCK_CLOEXEC = 0x80000;
export const SOCK_NONBLOCK = 0x800;
export const SOL_SOCKET = 1;
export const SO_TYPE = 3;
export const SO_ERROR = 4;
export const SO_BROADCAST = 6;
export const SO_SNDBUF = 7;
export const SO_RCVBUF = 8;
export const SO_REUSEPORT = 15;
export const SO_BINDTODEVICE = 25;
export const SO_SNDBUFFORCE = 32;
export const SO_RCVBUFFORCE = 33;
export const SO_ATTACH_REUSEPORT_CBPF = 51;
export const IPPROTO_IP = 0;
export const IP_PKTINFO = 8;
export const IP_RECVERR = 11;
export const IPPROTO_UDP = 17;
export const UDP_SEGMENT = 103;
export const IPPROTO_IPV6 = 41;
export const IPV6_RECVERR = 25;
export const IPV6_V6ONLY = 26;
export const IPV6_RECVPKTINFO = 49;
export const IPV6_PKTINFO = 50;

// capabilities
export const SYS_CAPGET = Deno.build.arch === "aarch64" ? 90 : 125;
export const CAPABILITY_VERSION = 0x20080522;

// the socket of a service manager
export const AF_UNIX = 1;
export const SIZEOF_SOCKADDR_UN = 110;
export const AT_SUN_PATH = 2;
/** Of a descriptor: whether child processes inherit it. */
export const F_SETFD = 2;
export const FD_CLOEXEC = 1;
export const CLOCK_MONOTONIC = 1;
// struct timespec
export const SIZEOF_TIMESPEC = 16;
export const AT_TV_SEC = 0;
