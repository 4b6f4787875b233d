/* tftpload: small TFTP load generator, one process, epoll.
 * RRQ and WRQ, N concurrent transfers, blksize / windowsize / tsize options, per-transfer length and
 * crc32c check, retransmission, ring of finished sockets that still re-ACK a repeated last block.
 * Prints one JSON object.  gcc -O2 -march=native -o tftpload tftpload.c
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#include <nmmintrin.h>

enum { RRQ = 1, WRQ, DATA, ACK, ERR, OACK };
enum { S_IDLE, S_REQ, S_XFER, S_DONE };

typedef struct { const unsigned char *map; size_t len; uint32_t crc; char name[512]; } file_t;
typedef struct {
  int fd, state, known, tries, wcount, gapacked, eof;
  unsigned blk, win;            /* negotiated */
  uint64_t next;                /* RRQ: next block expected; WRQ: base = first unacked block */
  uint64_t nsent;               /* WRQ: next block to send */
  uint64_t got, last, nblocks;
  uint32_t crc;
  double t0, deadline;
  file_t *f;
  long idx;
  struct sockaddr_storage to; socklen_t tolen;
} xfer_t;

static struct {
  char *host, *port, *file, *ldir, *mode;
  long total; int conc, put, tsize, retries, rcvbuf, dally, quiet;
  unsigned blk, win; double timeout, limit;
  int nfiles; char *rfmt;
} o = { "127.0.0.1", "69", "f1m", ".", "octet", 1, 1, 0, 0, 5, 4 << 20, 512, 0, 0, 0, 1.0, 120.0, 1, NULL };

static file_t *files; static struct sockaddr_storage srv; static socklen_t srvlen;
static xfer_t *xs; static int ep = -1; static int *ring; static int ringn;
static unsigned char buf[70000];
static long started, ok, failed, retr, dups, ooo, badcrc, badlen, nerr, ntimeout, acks, pkts; static uint64_t bytes;
static double *lat; static char lasterr[300]; static unsigned seenblk, seenwin; static int sawoack, sawnooack;

static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec + t.tv_nsec * 1e-9; }
static uint32_t crc32c(uint32_t c, const unsigned char *p, size_t n) {
  uint64_t x = c;
  while (n >= 8) { uint64_t v; memcpy(&v, p, 8); x = _mm_crc32_u64(x, v); p += 8; n -= 8; }
  while (n--) x = _mm_crc32_u8((uint32_t)x, *p++);
  return (uint32_t)x;
}
static void send_to(xfer_t *x, const void *p, size_t n) {
  pkts++;
  if (x->known) { if (send(x->fd, p, n, 0) < 0) {} }
  else sendto(x->fd, p, n, 0, (struct sockaddr *)&x->to, x->tolen);
}
static void send_ack(xfer_t *x, unsigned n) { unsigned char a[4] = { 0, ACK, n >> 8, n }; acks++; send_to(x, a, 4); }
static void send_req(xfer_t *x) {
  char p[1400]; int n = 2; p[0] = 0; p[1] = o.put ? WRQ : RRQ;
  char nm[600];
  if (o.put) snprintf(nm, sizeof nm, o.rfmt ? o.rfmt : "up-%ld.bin", x->idx); else snprintf(nm, sizeof nm, "%s", x->f->name);
  n += sprintf(p + n, "%s", nm) + 1; n += sprintf(p + n, "%s", o.mode) + 1;
  if (o.tsize) { n += sprintf(p + n, "tsize") + 1; n += sprintf(p + n, "%zu", o.put ? x->f->len : (size_t)0) + 1; }
  if (o.blk) { n += sprintf(p + n, "blksize") + 1; n += sprintf(p + n, "%u", o.blk) + 1; }
  if (o.win) { n += sprintf(p + n, "windowsize") + 1; n += sprintf(p + n, "%u", o.win) + 1; }
  send_to(x, p, n);
}
static void fin(xfer_t *x, int good) {
  if (good) { lat[ok++] = now() - x->t0; bytes += x->f->len; } else failed++;
  if (good && !o.put && o.dally > 0) { /* keep for re-ACK: simply leave the socket open a while */
    if (ep >= 0) epoll_ctl(ep, EPOLL_CTL_DEL, x->fd, NULL);
    int *slot = &ring[ringn++ % o.dally];
    if (*slot > 0) {
      unsigned char t[4]; ssize_t r;   /* re-ACK once when the peer repeated its last block */
      while ((r = recv(*slot, t, 4, MSG_DONTWAIT)) > 0) if (r == 4 && t[1] == DATA) { unsigned char a[4] = { 0, ACK, t[2], t[3] }; send(*slot, a, 4, 0); dups++; }
      close(*slot);
    }
    *slot = x->fd;
  } else close(x->fd);
  x->fd = -1; x->state = S_DONE;
}
static void push(xfer_t *x) { /* WRQ: fill the window */
  while (x->nsent <= x->nblocks && x->nsent < x->next + x->win) {
    uint64_t off = (x->nsent - 1) * (uint64_t)x->blk; size_t n = off >= x->f->len ? 0 : x->f->len - off; if (n > x->blk) n = x->blk;
    unsigned char h[4] = { 0, DATA, (x->nsent >> 8) & 255, x->nsent & 255 };
    struct iovec v[2] = { { h, 4 }, { (void *)(x->f->map + off), n } };
    struct msghdr m = { .msg_iov = v, .msg_iovlen = 2 }; pkts++;
    if (sendmsg(x->fd, &m, 0) < 0 && (errno == EAGAIN || errno == ENOBUFS)) break;
    x->nsent++;
  }
}
static void start(xfer_t *x) {
  memset(x, 0, sizeof *x); x->idx = started++; x->f = &files[x->idx % o.nfiles];
  x->fd = socket(srv.ss_family, SOCK_DGRAM | (o.conc > 1 ? SOCK_NONBLOCK : 0), 0);
  if (x->fd < 0) { perror("socket"); exit(2); }
  if (o.rcvbuf) { if (setsockopt(x->fd, SOL_SOCKET, SO_RCVBUFFORCE, &o.rcvbuf, sizeof o.rcvbuf)) setsockopt(x->fd, SOL_SOCKET, SO_RCVBUF, &o.rcvbuf, sizeof o.rcvbuf);
                  if (o.put) setsockopt(x->fd, SOL_SOCKET, SO_SNDBUF, &o.rcvbuf, sizeof o.rcvbuf); }
  x->to = srv; x->tolen = srvlen; x->blk = 512; x->win = 1; x->next = 1; x->nsent = 1; x->state = S_REQ;
  x->t0 = now(); x->deadline = x->t0 + o.timeout;
  if (ep >= 0) { struct epoll_event e = { .events = EPOLLIN, .data.ptr = x }; epoll_ctl(ep, EPOLL_CTL_ADD, x->fd, &e); }
  else { struct timeval tv = { (long)o.timeout, (long)((o.timeout - (long)o.timeout) * 1e6) }; setsockopt(x->fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv); }
  send_req(x);
}
static void timeout(xfer_t *x) {
  if (++x->tries > o.retries) { ntimeout++; snprintf(lasterr, sizeof lasterr, "timeout at block %llu", (unsigned long long)x->next); fin(x, 0); return; }
  retr++; x->deadline = now() + o.timeout;
  if (x->state == S_REQ) { send_req(x); return; }
  if (o.put) { x->nsent = x->next; push(x); } else { x->wcount = 0; x->gapacked = 0; send_ack(x, (x->next - 1) & 0xffff); }
}
static void oack(xfer_t *x, const unsigned char *p, ssize_t n) {
  const char *s = (const char *)p + 2, *e = (const char *)p + n;
  while (s < e) { const char *k = s; s += strnlen(s, e - s) + 1; if (s >= e) break; const char *v = s; s += strnlen(s, e - s) + 1;
    if (!strcasecmp(k, "blksize")) x->blk = atoi(v); else if (!strcasecmp(k, "windowsize")) x->win = atoi(v); }
  if (x->win < 1) x->win = 1;
  sawoack = 1; seenblk = x->blk; seenwin = x->win;
}
static void wstart(xfer_t *x) { x->state = S_XFER; x->nblocks = x->f->len / x->blk + 1; x->next = 1; x->nsent = 1; push(x); }
static void packet(xfer_t *x, ssize_t n, struct sockaddr_storage *from, socklen_t fl) {
  if (n < 4) return;
  unsigned op = buf[1], num = buf[2] << 8 | buf[3];
  if (op == ERR) { nerr++; snprintf(lasterr, sizeof lasterr, "ERROR %u %.*s", num, (int)(n - 4 > 200 ? 200 : n - 4), buf + 4); fin(x, 0); return; }
  if (!x->known) { if (connect(x->fd, (struct sockaddr *)from, fl)) { perror("connect"); } x->known = 1; }
  if (op == OACK) {
    if (x->state == S_REQ) { oack(x, buf, n); x->tries = 0; x->deadline = now() + o.timeout;
      if (o.put) wstart(x); else { x->state = S_XFER; send_ack(x, 0); } }
    else if (!o.put && x->next == 1) { dups++; send_ack(x, 0); }
    return;
  }
  if (o.put) {
    if (op != ACK) return;
    if (x->state == S_REQ) { if (num == 0) { sawnooack = 1; seenblk = x->blk; seenwin = x->win; x->tries = 0; x->deadline = now() + o.timeout; wstart(x); } return; }
    unsigned d = (num - (unsigned)(x->next - 1)) & 0xffff; /* how far the ack moves the base */
    if (d == 0) { dups++; if (x->win > 1 && x->nsent > x->next + 0 && !x->gapacked) { x->gapacked = 1; x->nsent = x->next; push(x); } return; }
    if (d > x->nsent - x->next) { dups++; return; }
    x->next += d; x->tries = 0; x->gapacked = 0; x->deadline = now() + o.timeout;
    if (x->next > x->nblocks) { fin(x, 1); return; }
    if (x->nsent < x->next) x->nsent = x->next;
    if (x->win > 1) x->nsent = x->next;  /* RFC 7440: the next window starts after the acked block */
    push(x); return;
  }
  if (op != DATA) return;
  if (x->state == S_REQ) { x->state = S_XFER; sawnooack = 1; seenblk = x->blk; seenwin = x->win; }
  if (num != (x->next & 0xffff)) {
    unsigned ahead = (num - (unsigned)x->next) & 0xffff;
    if (ahead < 0x8000) ooo++; else dups++;
    if (!x->gapacked) { x->gapacked = 1; x->wcount = 0; send_ack(x, (x->next - 1) & 0xffff); }
    return;
  }
  size_t len = n - 4; x->crc = crc32c(x->crc, buf + 4, len); x->got += len; x->next++; x->tries = 0; x->gapacked = 0;
  if (len < x->blk) {
    send_ack(x, num);
    int good = 1; if (x->got != x->f->len) { badlen++; good = 0; } else if (x->crc != x->f->crc) { badcrc++; good = 0; }
    fin(x, good); return;
  }
  if (++x->wcount >= (int)x->win) { x->wcount = 0; send_ack(x, num); x->deadline = ep >= 0 ? now() + o.timeout : 0; }
}
static void load(void) {
  files = calloc(o.nfiles, sizeof *files);
  for (int i = 0; i < o.nfiles; i++) {
    char p[1200]; snprintf(files[i].name, sizeof files[i].name, o.file, i); snprintf(p, sizeof p, "%s/%s", o.ldir, files[i].name);
    int fd = open(p, O_RDONLY); struct stat st; if (fd < 0 || fstat(fd, &st)) { perror(p); exit(2); }
    files[i].len = st.st_size; files[i].map = st.st_size ? mmap(0, st.st_size, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0) : (unsigned char *)"";
    files[i].crc = crc32c(0, files[i].map, st.st_size);
    if (!o.put && st.st_size) munmap((void *)files[i].map, st.st_size);
    close(fd);
  }
}
static int cmpd(const void *a, const void *b) { double x = *(double *)a, y = *(double *)b; return x < y ? -1 : x > y; }
int main(int ac, char **av) {
  int c;
  while ((c = getopt(ac, av, "h:p:f:L:n:c:b:w:T:R:r:sPF:d:l:m:N:")) != -1) switch (c) {
    case 'h': o.host = optarg; break; case 'p': o.port = optarg; break; case 'f': o.file = optarg; break; case 'L': o.ldir = optarg; break;
    case 'n': o.total = atol(optarg); break; case 'c': o.conc = atoi(optarg); break; case 'b': o.blk = atoi(optarg); break; case 'w': o.win = atoi(optarg); break;
    case 'T': o.timeout = atof(optarg); break; case 'R': o.retries = atoi(optarg); break; case 'r': o.rcvbuf = atoi(optarg); break; case 's': o.tsize = 1; break;
    case 'P': o.put = 1; break; case 'F': o.rfmt = optarg; break; case 'd': o.dally = atoi(optarg); break; case 'l': o.limit = atof(optarg); break;
    case 'm': o.mode = optarg; break; case 'N': o.nfiles = atoi(optarg); break;
    default: fprintf(stderr, "usage: tftpload -h host -p port -f file[%%d] -N nfiles -L localdir -n total -c conc [-b blk] [-w win] [-s tsize] [-P put] [-F remote-name-%%ld] [-T timeout] [-R retries] [-r rcvbuf] [-d dally] [-l limit]\n"); return 2; }
  struct addrinfo hi = { .ai_socktype = SOCK_DGRAM }, *ai; if (getaddrinfo(o.host, o.port, &hi, &ai)) { fprintf(stderr, "bad host\n"); return 2; }
  memcpy(&srv, ai->ai_addr, ai->ai_addrlen); srvlen = ai->ai_addrlen;
  load(); lat = calloc(o.total + 1, sizeof *lat); xs = calloc(o.conc, sizeof *xs); ring = calloc(o.dally + 1, sizeof *ring);
  if (o.conc > o.total) o.conc = o.total;
  double t0 = now(); int timedout = 0;
  if (o.conc <= 1) {
    xfer_t *x = xs;
    while (started < o.total && now() - t0 < o.limit) {
      start(x);
      while (x->state != S_DONE) {
        struct sockaddr_storage from; socklen_t fl = sizeof from;
        ssize_t n = x->known ? recv(x->fd, buf, sizeof buf, 0) : recvfrom(x->fd, buf, sizeof buf, 0, (struct sockaddr *)&from, &fl);
        if (n < 0) { if (errno == EAGAIN) { if (now() - t0 > o.limit) { timedout = 1; snprintf(lasterr, sizeof lasterr, "limit at block %llu", (unsigned long long)x->next); fin(x, 0); } else timeout(x); } else if (errno == ECONNREFUSED) { snprintf(lasterr, sizeof lasterr, "port unreachable"); nerr++; fin(x, 0); } continue; }
        packet(x, n, &from, fl);
        if ((x->next & 4095) == 0 && now() - t0 > o.limit) { timedout = 1; snprintf(lasterr, sizeof lasterr, "limit at block %llu", (unsigned long long)x->next); fin(x, 0); }
      }
    }
  } else {
    ep = epoll_create1(0); int live = 0; struct epoll_event ev[512];
    for (int i = 0; i < o.conc; i++) { start(&xs[i]); live++; }
    double lastscan = now();
    while (live) {
      int n = epoll_wait(ep, ev, 512, 100);
      for (int i = 0; i < n; i++) {
        xfer_t *x = ev[i].data.ptr; if (x->fd < 0) continue; int rounds = x->win > 1 ? (int)x->win : 1;
        while (rounds-- > 0 && x->fd >= 0) {
          struct sockaddr_storage from; socklen_t fl = sizeof from;
          ssize_t r = x->known ? recv(x->fd, buf, sizeof buf, 0) : recvfrom(x->fd, buf, sizeof buf, 0, (struct sockaddr *)&from, &fl);
          if (r < 0) { if (errno == ECONNREFUSED) { snprintf(lasterr, sizeof lasterr, "port unreachable"); nerr++; fin(x, 0); } break; }
          packet(x, r, &from, fl);
        }
        if (x->state == S_DONE) { if (started < o.total) start(x); else { live--; x->state = S_IDLE; } }
      }
      double t = now();
      if (t - lastscan > 0.05) { lastscan = t;
        for (int i = 0; i < o.conc; i++) { xfer_t *x = &xs[i]; if (x->fd < 0 || x->state == S_IDLE || x->state == S_DONE) continue;
          if (t > x->deadline) timeout(x);
          if (x->state == S_DONE) { if (started < o.total && !timedout) start(x); else { live--; x->state = S_IDLE; } } }
        if (t - t0 > o.limit) { timedout = 1; snprintf(lasterr, sizeof lasterr, "limit reached"); for (int i = 0; i < o.conc; i++) if (xs[i].state == S_REQ || xs[i].state == S_XFER) { fin(&xs[i], 0); } break; }
      }
    }
  }
  double wall = now() - t0; struct rusage ru; getrusage(RUSAGE_SELF, &ru);
  qsort(lat, ok, sizeof *lat, cmpd);
#define P(q) (ok ? lat[(long)((ok - 1) * (q))] * 1e3 : 0)
  for (char *p = lasterr; *p; p++) if (*p == '"' || *p == '\\' || (unsigned char)*p < 32 || (unsigned char)*p > 126) *p = '.';
  printf("{\"ok\":%ld,\"failed\":%ld,\"notStarted\":%ld,\"wall\":%.6f,\"bytes\":%llu,\"mbps\":%.3f,\"tps\":%.2f,\"p50Ms\":%.3f,\"p99Ms\":%.3f,\"maxMs\":%.3f,\"retrans\":%ld,\"dups\":%ld,\"ooo\":%ld,\"badcrc\":%ld,\"badlen\":%ld,\"errors\":%ld,\"timeouts\":%ld,\"limit\":%d,\"pkts\":%ld,\"blk\":%u,\"win\":%u,\"oack\":%d,\"user\":%.4f,\"sys\":%.4f,\"err\":\"%s\"}\n",
    ok, failed, o.total - ok - failed, wall, (unsigned long long)bytes, bytes / wall / 1e6, ok / wall, P(.5), P(.99), P(1.0), retr, dups, ooo, badcrc, badlen, nerr, ntimeout, timedout, pkts, seenblk, seenwin, sawoack,
    ru.ru_utime.tv_sec + ru.ru_utime.tv_usec * 1e-6, ru.ru_stime.tv_sec + ru.ru_stime.tv_usec * 1e-6, lasterr);
  return failed || ok < o.total;
}
