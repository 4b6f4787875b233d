/* Prints, from the system's own headers, what src/net/native and src/files/native say. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <time.h>
#include <linux/capability.h>
#include <linux/errqueue.h>
#include <linux/filter.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>

#ifndef UDP_SEGMENT
#include <linux/udp.h>
#endif
#ifndef SO_ATTACH_REUSEPORT_CBPF
#include <asm/socket.h>
#endif
#ifndef STATX_BASIC_STATS
#include <linux/stat.h>
#endif

#define SAY(name, value) printf("%s %ld\n", #name, (long)(value))
#define SAME(name) printf("%s %ld\n", #name, (long)(name))

int main(void)
{
	SAY(SIZEOF_SOCKADDR_IN, sizeof(struct sockaddr_in));
	SAY(AT_SIN_PORT, offsetof(struct sockaddr_in, sin_port));
	SAY(AT_SIN_ADDR, offsetof(struct sockaddr_in, sin_addr));
	SAY(SIZEOF_SOCKADDR_IN6, sizeof(struct sockaddr_in6));
	SAY(AT_SIN6_PORT, offsetof(struct sockaddr_in6, sin6_port));
	SAY(AT_SIN6_ADDR, offsetof(struct sockaddr_in6, sin6_addr));
	SAY(AT_SIN6_SCOPE_ID, offsetof(struct sockaddr_in6, sin6_scope_id));
	SAME(AF_INET);
	SAME(AF_INET6);
	SAME(IF_NAMESIZE);

	SAY(SIZEOF_IOVEC, sizeof(struct iovec));
	SAY(AT_IOV_BASE, offsetof(struct iovec, iov_base));
	SAY(AT_IOV_LEN, offsetof(struct iovec, iov_len));

	SAY(SIZEOF_MSGHDR, sizeof(struct msghdr));
	SAY(AT_MSG_NAME, offsetof(struct msghdr, msg_name));
	SAY(AT_MSG_NAMELEN, offsetof(struct msghdr, msg_namelen));
	SAY(AT_MSG_IOV, offsetof(struct msghdr, msg_iov));
	SAY(AT_MSG_IOVLEN, offsetof(struct msghdr, msg_iovlen));
	SAY(AT_MSG_CONTROL, offsetof(struct msghdr, msg_control));
	SAY(AT_MSG_CONTROLLEN, offsetof(struct msghdr, msg_controllen));
	SAY(AT_MSG_FLAGS, offsetof(struct msghdr, msg_flags));
	SAY(SIZEOF_MMSGHDR, sizeof(struct mmsghdr));
	SAY(AT_MSG_LEN, offsetof(struct mmsghdr, msg_len));
	SAME(MSG_DONTWAIT);
	SAME(MSG_ERRQUEUE);

	SAY(SIZEOF_CMSGHDR, sizeof(struct cmsghdr));
	SAY(AT_CMSG_LEN, offsetof(struct cmsghdr, cmsg_len));
	SAY(AT_CMSG_LEVEL, offsetof(struct cmsghdr, cmsg_level));
	SAY(AT_CMSG_TYPE, offsetof(struct cmsghdr, cmsg_type));

	SAY(SIZEOF_IN_PKTINFO, sizeof(struct in_pktinfo));
	SAY(AT_IPI_IFINDEX, offsetof(struct in_pktinfo, ipi_ifindex));
	SAY(AT_IPI_SPEC_DST, offsetof(struct in_pktinfo, ipi_spec_dst));
	SAY(AT_IPI_ADDR, offsetof(struct in_pktinfo, ipi_addr));
	SAY(SIZEOF_IN6_PKTINFO, sizeof(struct in6_pktinfo));
	SAY(AT_IPI6_ADDR, offsetof(struct in6_pktinfo, ipi6_addr));
	SAY(AT_IPI6_IFINDEX, offsetof(struct in6_pktinfo, ipi6_ifindex));

	SAY(SIZEOF_SOCK_EXTENDED_ERR, sizeof(struct sock_extended_err));
	SAY(AT_EE_ERRNO, offsetof(struct sock_extended_err, ee_errno));
	SAY(AT_EE_ORIGIN, offsetof(struct sock_extended_err, ee_origin));
	SAME(SO_EE_ORIGIN_LOCAL);

	SAY(SIZEOF_SOCK_FILTER, sizeof(struct sock_filter));
	SAY(AT_FILTER_CODE, offsetof(struct sock_filter, code));
	SAY(AT_FILTER_JT, offsetof(struct sock_filter, jt));
	SAY(AT_FILTER_JF, offsetof(struct sock_filter, jf));
	SAY(AT_FILTER_K, offsetof(struct sock_filter, k));
	SAY(SIZEOF_SOCK_FPROG, sizeof(struct sock_fprog));
	SAY(AT_FPROG_LEN, offsetof(struct sock_fprog, len));
	SAY(AT_FPROG_FILTER, offsetof(struct sock_fprog, filter));
	SAY(BPF_LD_W_ABS, BPF_LD | BPF_W | BPF_ABS);
	SAY(BPF_LD_B_ABS, BPF_LD | BPF_B | BPF_ABS);
	SAY(BPF_ALU_AND_K, BPF_ALU | BPF_AND | BPF_K);
	SAY(BPF_ALU_MOD_K, BPF_ALU | BPF_MOD | BPF_K);
	SAY(BPF_ALU_XOR_X, BPF_ALU | BPF_XOR | BPF_X);
	SAY(BPF_JMP_JA, BPF_JMP | BPF_JA);
	SAY(BPF_JMP_JEQ_K, BPF_JMP | BPF_JEQ | BPF_K);
	SAY(BPF_MISC_TAX, BPF_MISC | BPF_TAX);
	SAY(BPF_RET_A, BPF_RET | BPF_A);
	SAME(SKF_NET_OFF);

	SAY(SIZEOF_EPOLL_EVENT, sizeof(struct epoll_event));
	SAY(AT_EPOLL_DATA, offsetof(struct epoll_event, data));
	SAME(EPOLLIN);
	SAME(EPOLLERR);
	SAME(EPOLL_CTL_ADD);
	SAME(EPOLL_CTL_DEL);
	SAME(EPOLL_CLOEXEC);
	SAME(EFD_CLOEXEC);
	SAME(EFD_NONBLOCK);
	SAY(SIZEOF_POLLFD, sizeof(struct pollfd));
	SAY(AT_POLLFD_EVENTS, offsetof(struct pollfd, events));
	SAME(POLLOUT);

	SAME(SOCK_DGRAM);
	SAME(SOCK_CLOEXEC);
	SAME(SOCK_NONBLOCK);
	SAME(SOL_SOCKET);
	SAME(SO_TYPE);
	SAME(SO_ERROR);
	SAME(SO_BROADCAST);
	SAME(SO_SNDBUF);
	SAME(SO_RCVBUF);
	SAME(SO_REUSEPORT);
	SAME(SO_BINDTODEVICE);
	SAME(SO_SNDBUFFORCE);
	SAME(SO_RCVBUFFORCE);
	SAME(SO_ATTACH_REUSEPORT_CBPF);
	SAME(IPPROTO_IP);
	SAME(IP_PKTINFO);
	SAME(IP_RECVERR);
	SAME(IPPROTO_UDP);
	SAME(UDP_SEGMENT);
	SAME(IPPROTO_IPV6);
	SAME(IPV6_RECVERR);
	SAME(IPV6_V6ONLY);
	SAME(IPV6_RECVPKTINFO);
	SAME(IPV6_PKTINFO);

	SAY(SYS_CAPGET, SYS_capget);
	SAY(CAPABILITY_VERSION, _LINUX_CAPABILITY_VERSION_3);
	SAME(AF_UNIX);
	SAY(SIZEOF_SOCKADDR_UN, sizeof(struct sockaddr_un));
	SAY(AT_SUN_PATH, offsetof(struct sockaddr_un, sun_path));
	SAME(F_SETFD);
	SAME(FD_CLOEXEC);
	SAME(CLOCK_MONOTONIC);
	SAY(SIZEOF_TIMESPEC, sizeof(struct timespec));
	SAY(AT_TV_SEC, offsetof(struct timespec, tv_sec));

	SAY(SYS_OPENAT2, SYS_openat2);
	SAY(SYS_STATX, SYS_statx);
	SAY(SIZEOF_OPEN_HOW, sizeof(struct open_how));
	SAY(AT_HOW_FLAGS, offsetof(struct open_how, flags));
	SAY(AT_HOW_MODE, offsetof(struct open_how, mode));
	SAY(AT_HOW_RESOLVE, offsetof(struct open_how, resolve));
	SAME(O_RDONLY);
	SAME(O_NOCTTY);
	SAME(O_NONBLOCK);
	SAME(O_DIRECTORY);
	SAME(O_CLOEXEC);
	SAME(O_PATH);
	SAME(RESOLVE_NO_MAGICLINKS);
	SAME(RESOLVE_BENEATH);
	SAME(AT_FDCWD);
	SAY(SIZEOF_STATX, sizeof(struct statx));
	SAY(AT_STX_MODE, offsetof(struct statx, stx_mode));
	SAY(AT_STX_INO, offsetof(struct statx, stx_ino));
	SAY(AT_STX_SIZE, offsetof(struct statx, stx_size));
	SAY(AT_STX_CTIME, offsetof(struct statx, stx_ctime));
	SAY(AT_STX_MTIME, offsetof(struct statx, stx_mtime));
	SAY(AT_STX_DEV_MAJOR, offsetof(struct statx, stx_dev_major));
	SAY(AT_STX_DEV_MINOR, offsetof(struct statx, stx_dev_minor));
	SAY(AT_TV_NSEC, offsetof(struct statx_timestamp, tv_nsec));
	SAME(AT_EMPTY_PATH);
	SAME(STATX_BASIC_STATS);
	SAME(S_IFMT);
	SAME(S_IFREG);
	SAME(S_IFDIR);
	SAME(PROT_READ);
	SAME(MAP_SHARED);

	SAME(EPERM);
	SAME(ENOENT);
	SAME(ENXIO);
	SAME(EXDEV);
	SAME(ENOTDIR);
	SAME(ENFILE);
	SAME(EMFILE);
	SAME(ENAMETOOLONG);
	SAME(ENOSYS);
	SAME(ELOOP);
	SAME(ESTALE);
	SAME(EINTR);
	SAME(EIO);
	SAME(EBADF);
	SAME(EAGAIN);
	SAME(ENOMEM);
	SAME(EACCES);
	SAME(EFAULT);
	SAME(ENODEV);
	SAME(EINVAL);
	SAME(ENONET);
	SAME(EPROTO);
	SAME(EMSGSIZE);
	SAME(ENOPROTOOPT);
	SAME(EOPNOTSUPP);
	SAME(EAFNOSUPPORT);
	SAME(EADDRINUSE);
	SAME(EADDRNOTAVAIL);
	SAME(ENETDOWN);
	SAME(ENETUNREACH);
	SAME(ENOBUFS);
	SAME(ECONNREFUSED);
	SAME(EHOSTDOWN);
	SAME(EHOSTUNREACH);
	return 0;
}
