/*
 * tftpload: a load of TFTP transfers, from one process.
 *
 * Fetches or sends N files, C at once, with or without options; checks the length and the CRC of
 * every file fetched; sends again what gets no answer; goes on for a while to acknowledge a last
 * block that is repeated. Prints one JSON object, and exits with 1 when a transfer has failed.
 *
 * On loopback every client has an address of its own, as the machines that boot together have, and
 * no run has those of another: what a server of an earlier run still repeats to a port of that time
 * would otherwise look like the answer to a new request.
 *
 *     gcc -O2 -march=native -o tftpload tftpload.c
 *     tftpload -h HOST -p PORT -L FOLDER -f FILE -n 100 -c 10 -b 1468
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdarg.h>
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
#ifdef __SSE4_2__
#include <nmmintrin.h>
#endif

enum { RRQ = 1, WRQ, DATA, ACK, ERROR, OACK };
enum state { IDLE, ASKING, MOVING, DONE };

/* How often the deadlines of many transfers are looked over, in seconds. */
#define SCAN_EVERY 0.05
#define EVENTS 512

struct file {
	const unsigned char *bytes; /* mapped, for sending */
	size_t length;
	uint32_t crc;
	char name[512];
};

struct transfer {
	int fd;
	enum state state;
	int connected; /* to the server's TID */
	int tries;
	unsigned in_window;  /* blocks since the last ACK */
	int gap_told;        /* once for each gap */
	unsigned blksize, windowsize;
	uint64_t next;   /* get: the block expected; put: the first that is not acknowledged */
	uint64_t unsent; /* put: the next block to send */
	uint64_t blocks; /* put: how many there are */
	uint64_t got;
	uint32_t crc;
	double started, deadline;
	struct file *file;
	long number;
};

/* What the command line asks for. */
static const char *host = "127.0.0.1", *port = "69", *pattern = "file", *folder = ".";
static const char *mode = "octet", *upload_name = "up-%ld.bin";
static long total = 1;
static int at_once = 1, putting, asks_tsize, retries = 5, dallying = 512, file_count = 1;
static int buffer_bytes = 4 << 20;
static unsigned asked_blksize, asked_windowsize;
static double timeout_s = 1.0, limit_s = 120.0;

static struct file *files;
static struct transfer *transfers;
static struct sockaddr_storage server;
static socklen_t server_length;
static struct sockaddr_in own_address; /* the first client's; with family 0: left to the system */
static int epoll_fd = -1;
/* Sockets of finished downloads, which may have to acknowledge the last block again. */
static int *dallied, dally_at;
static unsigned char packet[70000];

/* What is reported. */
static long begun, ok, failed, repeats, duplicates, out_of_order, bad_crc, bad_length, errors;
static long timeouts, packets;
static int limit_reached;
static uint64_t moved;
static double *latencies;
static char last_error[300];
static unsigned agreed_blksize, agreed_windowsize;

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

/* CRC-32C; by the processor's own instruction where there is one. */
static uint32_t crc32c(uint32_t crc, const unsigned char *p, size_t n)
{
#ifdef __SSE4_2__
	uint64_t wide = crc;
	for (; n >= 8; p += 8, n -= 8) {
		uint64_t word;
		memcpy(&word, p, 8);
		wide = _mm_crc32_u64(wide, word);
	}
	crc = (uint32_t)wide;
	while (n--)
		crc = _mm_crc32_u8(crc, *p++);
#else
	static uint32_t table[256];
	if (!table[1])
		for (uint32_t i = 0; i < 256; i++) {
			uint32_t c = i;
			for (int bit = 0; bit < 8; bit++)
				c = c & 1 ? c >> 1 ^ 0x82f63b78 : c >> 1;
			table[i] = c;
		}
	while (n--)
		crc = table[(crc ^ *p++) & 255] ^ crc >> 8;
#endif
	return crc;
}

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static void transmit(struct transfer *t, const void *bytes, size_t length)
{
	packets++;
	/* What cannot be sent is lost, and repeated like all that is lost. */
	if (t->connected)
		(void)!send(t->fd, bytes, length, 0);
	else
		sendto(t->fd, bytes, length, 0, (struct sockaddr *)&server, server_length);
}

static void acknowledge(struct transfer *t, unsigned block)
{
	unsigned char bytes[4] = { 0, ACK, block >> 8, block };
	transmit(t, bytes, sizeof bytes);
}

static int append(char *bytes, int at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int append(char *bytes, int at, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	at += vsnprintf(bytes + at, 600, format, arguments) + 1;
	va_end(arguments);
	return at;
}

static void ask(struct transfer *t)
{
	char bytes[3000] = { 0, putting ? WRQ : RRQ };
	char name[600];
	if (putting)
		snprintf(name, sizeof name, upload_name, t->number);
	else
		snprintf(name, sizeof name, "%s", t->file->name);
	int n = append(bytes, 2, "%s", name);
	n = append(bytes, n, "%s", mode);
	if (asks_tsize) {
		n = append(bytes, n, "tsize");
		n = append(bytes, n, "%zu", putting ? t->file->length : (size_t)0);
	}
	if (asked_blksize) {
		n = append(bytes, n, "blksize");
		n = append(bytes, n, "%u", asked_blksize);
	}
	if (asked_windowsize) {
		n = append(bytes, n, "windowsize");
		n = append(bytes, n, "%u", asked_windowsize);
	}
	transmit(t, bytes, n);
}

/* Answers a last block that was repeated, and forgets the socket. */
static void stop_dallying(int fd)
{
	unsigned char bytes[4];
	ssize_t n;
	while ((n = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT)) > 0) {
		if (n < 4 || bytes[1] != DATA)
			continue;
		bytes[1] = ACK;
		(void)!send(fd, bytes, sizeof bytes, 0);
		duplicates++;
	}
	close(fd);
}

static void finish(struct transfer *t, int good)
{
	if (good) {
		latencies[ok++] = now() - t->started;
		moved += t->file->length;
	} else {
		failed++;
	}
	if (good && !putting && dallying > 0) {
		if (epoll_fd >= 0)
			epoll_ctl(epoll_fd, EPOLL_CTL_DEL, t->fd, NULL);
		int *place = &dallied[dally_at++ % dallying];
		if (*place > 0)
			stop_dallying(*place);
		*place = t->fd;
	} else {
		close(t->fd);
	}
	t->fd = -1;
	t->state = DONE;
}

static void fail(struct transfer *t, const char *why)
{
	snprintf(last_error, sizeof last_error, "%s at block %llu", why,
		 (unsigned long long)t->next);
	finish(t, 0);
}

static void set_deadline(struct transfer *t)
{
	t->deadline = now() + timeout_s;
}

/* Sends what the window has room for. */
static void fill_window(struct transfer *t)
{
	while (t->unsent <= t->blocks && t->unsent < t->next + t->windowsize) {
		uint64_t offset = (t->unsent - 1) * (uint64_t)t->blksize;
		size_t n = offset >= t->file->length ? 0 : t->file->length - offset;
		if (n > t->blksize)
			n = t->blksize;
		unsigned char head[4] = { 0, DATA, t->unsent >> 8 & 255, t->unsent & 255 };
		struct iovec parts[2] = { { head, 4 }, { (void *)(t->file->bytes + offset), n } };
		struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
		packets++;
		if (sendmsg(t->fd, &message, 0) < 0 && (errno == EAGAIN || errno == ENOBUFS))
			break;
		t->unsent++;
	}
}

/* The transfers that follow each other in one place are those of one client. */
static void take_own_address(struct transfer *t)
{
	struct sockaddr_in address = own_address;
	if (!address.sin_family)
		return;
	address.sin_addr.s_addr = htonl(ntohl(address.sin_addr.s_addr) + (t - transfers));
	if (bind(t->fd, (struct sockaddr *)&address, sizeof address))
		die("bind");
}

static void start(struct transfer *t)
{
	memset(t, 0, sizeof *t);
	t->number = begun++;
	t->file = &files[t->number % file_count];
	t->fd = socket(server.ss_family, SOCK_DGRAM | (at_once > 1 ? SOCK_NONBLOCK : 0), 0);
	if (t->fd < 0)
		die("socket");
	take_own_address(t);
	if (buffer_bytes) {
		int n = buffer_bytes;
		if (setsockopt(t->fd, SOL_SOCKET, SO_RCVBUFFORCE, &n, sizeof n))
			setsockopt(t->fd, SOL_SOCKET, SO_RCVBUF, &n, sizeof n);
		if (putting)
			setsockopt(t->fd, SOL_SOCKET, SO_SNDBUF, &n, sizeof n);
	}
	t->blksize = 512;
	t->windowsize = 1;
	t->next = t->unsent = 1;
	t->state = ASKING;
	t->started = now();
	t->deadline = t->started + timeout_s;
	if (epoll_fd >= 0) {
		struct epoll_event event = { .events = EPOLLIN, .data.ptr = t };
		epoll_ctl(epoll_fd, EPOLL_CTL_ADD, t->fd, &event);
	} else {
		struct timeval wait = { (long)timeout_s, (timeout_s - (long)timeout_s) * 1e6 };
		setsockopt(t->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
	}
	ask(t);
}

static void time_out(struct transfer *t)
{
	if (++t->tries > retries) {
		timeouts++;
		fail(t, "timeout");
		return;
	}
	repeats++;
	set_deadline(t);
	if (t->state == ASKING) {
		ask(t);
	} else if (putting) {
		t->unsent = t->next;
		fill_window(t);
	} else {
		t->in_window = 0;
		t->gap_told = 0;
		acknowledge(t, (t->next - 1) & 0xffff);
	}
}

/* The opening was answered, by an OACK or without options. */
static void begin_moving(struct transfer *t)
{
	t->state = MOVING;
	t->tries = 0;
	agreed_blksize = t->blksize;
	agreed_windowsize = t->windowsize;
	set_deadline(t);
	if (putting) {
		t->blocks = t->file->length / t->blksize + 1;
		fill_window(t);
	}
}

static void on_oack(struct transfer *t, ssize_t length)
{
	if (t->state != ASKING) {
		if (!putting && t->next == 1) {
			duplicates++;
			acknowledge(t, 0);
		}
		return;
	}
	const char *at = (const char *)packet + 2, *end = (const char *)packet + length;
	while (at < end) {
		const char *name = at;
		at += strnlen(at, end - at) + 1;
		if (at >= end)
			break;
		const char *value = at;
		at += strnlen(at, end - at) + 1;
		if (!strcasecmp(name, "blksize"))
			t->blksize = atoi(value);
		else if (!strcasecmp(name, "windowsize"))
			t->windowsize = atoi(value);
	}
	if (t->windowsize < 1)
		t->windowsize = 1;
	begin_moving(t);
	if (!putting)
		acknowledge(t, 0);
}

static void on_ack(struct transfer *t, unsigned block)
{
	if (t->state == ASKING) {
		if (block == 0)
			begin_moving(t);
		return;
	}
	/* How far it moves the window. */
	unsigned step = (block - (unsigned)(t->next - 1)) & 0xffff;
	if (step == 0) {
		duplicates++;
		/* RFC 7440: a gap at the start of the window; believed once. */
		if (t->windowsize > 1 && t->unsent > t->next && !t->gap_told) {
			t->gap_told = 1;
			t->unsent = t->next;
			fill_window(t);
		}
		return;
	}
	if (step > t->unsent - t->next) {
		duplicates++;
		return;
	}
	t->next += step;
	t->tries = 0;
	t->gap_told = 0;
	set_deadline(t);
	if (t->next > t->blocks) {
		finish(t, 1);
		return;
	}
	/* RFC 7440: the next window begins behind the block acknowledged. */
	if (t->unsent < t->next || t->windowsize > 1)
		t->unsent = t->next;
	fill_window(t);
}

static void on_data(struct transfer *t, unsigned block, size_t length)
{
	if (t->state == ASKING)
		begin_moving(t);
	if (block != (t->next & 0xffff)) {
		if (((block - (unsigned)t->next) & 0xffff) < 0x8000)
			out_of_order++;
		else
			duplicates++;
		if (!t->gap_told) {
			t->gap_told = 1;
			t->in_window = 0;
			acknowledge(t, (t->next - 1) & 0xffff);
		}
		return;
	}
	t->crc = crc32c(t->crc, packet + 4, length);
	t->got += length;
	t->next++;
	t->tries = 0;
	t->gap_told = 0;
	if (length < t->blksize) {
		acknowledge(t, block);
		int good = t->got == t->file->length && t->crc == t->file->crc;
		if (t->got != t->file->length)
			bad_length++;
		else if (!good)
			bad_crc++;
		finish(t, good);
	} else if (++t->in_window >= t->windowsize) {
		t->in_window = 0;
		acknowledge(t, block);
		if (epoll_fd >= 0)
			set_deadline(t);
	}
}

static void on_packet(struct transfer *t, ssize_t length, struct sockaddr_storage *from,
		      socklen_t from_length)
{
	if (length < 4)
		return;
	unsigned opcode = packet[1], number = packet[2] << 8 | packet[3];
	if (opcode == ERROR) {
		errors++;
		snprintf(last_error, sizeof last_error, "ERROR %u %.*s", number,
			 (int)(length - 4 > 200 ? 200 : length - 4), packet + 4);
		finish(t, 0);
		return;
	}
	if (!t->connected) {
		if (connect(t->fd, (struct sockaddr *)from, from_length))
			die("connect");
		t->connected = 1;
	}
	if (opcode == OACK)
		on_oack(t, length);
	else if (opcode == ACK && putting)
		on_ack(t, number);
	else if (opcode == DATA && !putting)
		on_data(t, number, length - 4);
}

/* Receives once; false when there is nothing. */
static int receive(struct transfer *t)
{
	struct sockaddr_storage from;
	socklen_t length = sizeof from;
	ssize_t n = t->connected ? recv(t->fd, packet, sizeof packet, 0)
				 : recvfrom(t->fd, packet, sizeof packet, 0,
					    (struct sockaddr *)&from, &length);
	if (n >= 0) {
		on_packet(t, n, &from, length);
		return 1;
	}
	if (errno == ECONNREFUSED) {
		errors++;
		fail(t, "port unreachable");
		return 1;
	}
	return 0;
}

/* One transfer after the other, with blocking sockets: no system call but those of TFTP. */
static void run_in_turn(double began)
{
	struct transfer *t = transfers;
	while (begun < total && now() - began < limit_s) {
		start(t);
		while (t->state != DONE) {
			int silent = !receive(t);
			if (t->state == DONE)
				break;
			/* A look at the clock costs as much as a packet. */
			if ((silent || (t->next & 4095) == 0) && now() - began > limit_s) {
				limit_reached = 1;
				fail(t, "limit");
			} else if (silent) {
				time_out(t);
			}
		}
	}
}

/* Starts the next transfer in the place of one that is done; false when there is none. */
static int replace(struct transfer *t)
{
	if (begun < total && !limit_reached) {
		start(t);
		return 1;
	}
	t->state = IDLE;
	return 0;
}

static void run_at_once(double began)
{
	struct epoll_event events[EVENTS];
	int live = 0;
	double scanned = now();
	epoll_fd = epoll_create1(0);
	for (; live < at_once; live++)
		start(&transfers[live]);
	while (live) {
		int n = epoll_wait(epoll_fd, events, EVENTS, 100);
		for (int i = 0; i < n; i++) {
			struct transfer *t = events[i].data.ptr;
			if (t->fd < 0)
				continue;
			for (unsigned left = t->windowsize; left > 0 && t->fd >= 0; left--)
				if (!receive(t))
					break;
			if (t->state == DONE && !replace(t))
				live--;
		}
		double at = now();
		if (at - scanned < SCAN_EVERY)
			continue;
		scanned = at;
		limit_reached |= at - began > limit_s;
		for (int i = 0; i < at_once; i++) {
			struct transfer *t = &transfers[i];
			if (t->state != ASKING && t->state != MOVING)
				continue;
			if (limit_reached)
				fail(t, "limit");
			else if (at > t->deadline)
				time_out(t);
			if (t->state == DONE && !replace(t))
				live--;
		}
	}
}

/* Learns the length and the CRC of a file; keeps its bytes only to send them. */
static void load(struct file *file, int number)
{
	char path[1200];
	struct stat info;
	snprintf(file->name, sizeof file->name, pattern, number);
	snprintf(path, sizeof path, "%s/%s", folder, file->name);
	int fd = open(path, O_RDONLY);
	if (fd < 0 || fstat(fd, &info))
		die(path);
	file->length = info.st_size;
	file->bytes = (const unsigned char *)"";
	if (putting && file->length) {
		file->bytes = mmap(0, file->length, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
		if (file->bytes == MAP_FAILED)
			die(path);
	} else {
		/* Read, not mapped: a sparse file in memory would come to be. */
		ssize_t n;
		while ((n = read(fd, packet, sizeof packet)) > 0)
			file->crc = crc32c(file->crc, packet, n);
	}
	close(fd);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* The latency that a share of the transfers stays below, in milliseconds. */
static double percentile(double share)
{
	return ok ? latencies[(long)((ok - 1) * share)] * 1e3 : 0;
}

static void report(double wall)
{
	struct rusage used;
	getrusage(RUSAGE_SELF, &used);
	qsort(latencies, ok, sizeof *latencies, by_size);
	for (char *p = last_error; *p; p++)
		if (*p == '"' || *p == '\\' || *p < 32 || *p > 126)
			*p = '.';
	printf("{\"ok\":%ld,\"failed\":%ld,\"notStarted\":%ld,\"wall\":%.6f,\"bytes\":%llu,"
	       "\"mbps\":%.3f,\"tps\":%.2f,\"p50Ms\":%.3f,\"p99Ms\":%.3f,\"maxMs\":%.3f,",
	       ok, failed, total - ok - failed, wall, (unsigned long long)moved,
	       moved / wall / 1e6, ok / wall, percentile(.5), percentile(.99), percentile(1));
	printf("\"repeats\":%ld,\"duplicates\":%ld,\"outOfOrder\":%ld,\"badCrc\":%ld,"
	       "\"badLength\":%ld,\"errors\":%ld,\"timeouts\":%ld,\"limit\":%d,\"packets\":%ld,",
	       repeats, duplicates, out_of_order, bad_crc, bad_length, errors, timeouts,
	       limit_reached, packets);
	printf("\"blksize\":%u,\"windowsize\":%u,\"user\":%.4f,\"sys\":%.4f,\"error\":\"%s\"}\n",
	       agreed_blksize, agreed_windowsize,
	       used.ru_utime.tv_sec + used.ru_utime.tv_usec * 1e-6,
	       used.ru_stime.tv_sec + used.ru_stime.tv_usec * 1e-6, last_error);
}

/* Draws the addresses of this run, where the server is on loopback and IPv4. */
static void choose_own_address(void)
{
	struct sockaddr_in *to = (struct sockaddr_in *)&server;
	if (server.ss_family != AF_INET || ntohl(to->sin_addr.s_addr) >> 24 != 127)
		return;
	uint32_t draw = (uint32_t)(now() * 1e6) * 2654435761u ^ (uint32_t)getpid() << 8;
	own_address.sin_family = AF_INET;
	/* 127.128.0.0/9 without its ends: no server is there. */
	own_address.sin_addr.s_addr = htonl(0x7f800001 + draw % (0x7ffffd - at_once));
}

/* A socket for each client: as many as the system lets us have. */
static void allow_sockets(void)
{
	struct rlimit limit;
	rlim_t wanted = (rlim_t)at_once + dallying + 64;
	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = wanted;
	/* Only root gets more than the hard limit; others learn from socket() that it is too low. */
	if (limit.rlim_max < wanted)
		limit.rlim_max = wanted;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void usage(void)
{
	fputs("usage: tftpload [-h HOST] [-p PORT] [-L FOLDER] -f FILE|PATTERN-%d [-N FILES]\n"
	      "  [-n TRANSFERS] [-c AT-ONCE] [-b BLKSIZE] [-w WINDOWSIZE] [-s: tsize] [-m MODE]\n"
	      "  [-P: put] [-F UPLOAD-NAME-%ld] [-T TIMEOUT] [-R RETRIES] [-l LIMIT-SECONDS]\n"
	      "  [-r BUFFER-BYTES] [-d SOCKETS-THAT-DALLY]\n",
	      stderr);
	exit(2);
}

static void parse(int count, char **words)
{
	for (int c; (c = getopt(count, words, "h:p:f:L:n:c:b:w:T:R:r:sPF:d:l:m:N:")) != -1;)
		switch (c) {
		case 'h': host = optarg; break;
		case 'p': port = optarg; break;
		case 'f': pattern = optarg; break;
		case 'L': folder = optarg; break;
		case 'n': total = atol(optarg); break;
		case 'c': at_once = atoi(optarg); break;
		case 'b': asked_blksize = atoi(optarg); break;
		case 'w': asked_windowsize = atoi(optarg); break;
		case 'T': timeout_s = atof(optarg); break;
		case 'R': retries = atoi(optarg); break;
		case 'r': buffer_bytes = atoi(optarg); break;
		case 's': asks_tsize = 1; break;
		case 'P': putting = 1; break;
		case 'F': upload_name = optarg; break;
		case 'd': dallying = atoi(optarg); break;
		case 'l': limit_s = atof(optarg); break;
		case 'm': mode = optarg; break;
		case 'N': file_count = atoi(optarg); break;
		default: usage();
		}
	if (at_once > total)
		at_once = total;
}

int main(int count, char **words)
{
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM }, *found;
	parse(count, words);
	if (getaddrinfo(host, port, &hints, &found)) {
		fprintf(stderr, "tftpload: no host %s\n", host);
		return 2;
	}
	memcpy(&server, found->ai_addr, found->ai_addrlen);
	server_length = found->ai_addrlen;
	choose_own_address();
	allow_sockets();
	files = calloc(file_count, sizeof *files);
	latencies = calloc(total + 1, sizeof *latencies);
	transfers = calloc(at_once, sizeof *transfers);
	dallied = calloc(dallying + 1, sizeof *dallied);
	for (int i = 0; i < file_count; i++)
		load(&files[i], i);
	double began = now();
	if (at_once <= 1)
		run_in_turn(began);
	else
		run_at_once(began);
	report(now() - began);
	return failed || ok < total;
}
