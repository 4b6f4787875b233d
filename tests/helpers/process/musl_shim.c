/*
 * The functions of glibc that Deno's runtime asks for and musl has not, as far as the tests need
 * them: those that check the size of what they fill do not check it, and what tells of a backtrace
 * tells of none.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <link.h>
#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <wchar.h>

void *__libc_stack_end;

const char *gnu_get_libc_version(void) { return "2.36"; }
int __isinf(double x) { return isinf(x); }
int __isnan(double x) { return isnan(x); }
int __isnanf(float x) { return isnan(x); }
long __sysconf(int name) { return sysconf(name); }
int __res_init(void) { return 0; }
int malloc_trim(size_t left) { return 0; }

size_t __mbrlen(const char *text, size_t n, mbstate_t *state) { return mbrlen(text, n, state); }

void *__memcpy_chk(void *to, const void *from, size_t n, size_t room)
{
	return memcpy(to, from, n);
}

int __vfprintf_chk(FILE *file, int flag, const char *format, va_list args)
{
	return vfprintf(file, format, args);
}

int __vsnprintf_chk(char *to, size_t n, int flag, size_t room, const char *format, va_list args)
{
	return vsnprintf(to, n, format, args);
}

int backtrace(void **frames, int n) { return 0; }
char **backtrace_symbols(void *const *frames, int n) { return NULL; }
void backtrace_symbols_fd(void *const *frames, int n, int fd) { }

int statx(int folder, const char *path, int flags, unsigned mask, void *to)
{
	return syscall(SYS_statx, folder, path, flags, mask, to);
}

struct cmsghdr *__cmsg_nxthdr(struct msghdr *message, struct cmsghdr *control)
{
	return CMSG_NXTHDR(message, control);
}

/* Of memory protection keys there are none. */
int pkey_alloc(unsigned flags, unsigned rights) { errno = ENOSYS; return -1; }
int pkey_free(int key) { errno = ENOSYS; return -1; }
int pkey_get(int key) { errno = ENOSYS; return -1; }
int pkey_set(int key, unsigned rights) { errno = ENOSYS; return -1; }
int pkey_mprotect(void *at, size_t n, int how, int key) { errno = ENOSYS; return -1; }

int __register_atfork(void (*before)(void), void (*parent)(void), void (*child)(void), void *image)
{
	return pthread_atfork(before, parent, child);
}

int __pthread_key_create(pthread_key_t *key, void (*end)(void *))
{
	return pthread_key_create(key, end);
}

/* What is to be done at the end of a thread, the last first. */
struct last {
	void (*end)(void *);
	void *object;
	struct last *next;
};

static __thread struct last *lasts;
static pthread_key_t ending;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void end_all(void *unused)
{
	while (lasts) {
		struct last *last = lasts;
		lasts = last->next;
		last->end(last->object);
		free(last);
	}
}

static void make_key(void) { pthread_key_create(&ending, end_all); }

int __cxa_thread_atexit_impl(void (*end)(void *), void *object, void *image)
{
	struct last *last = malloc(sizeof *last);
	if (!last)
		return -1;
	pthread_once(&once, make_key);
	*last = (struct last){ end, object, lasts };
	lasts = last;
	return pthread_setspecific(ending, last);
}

/* What libgcc asks for: kinds of processors, and where a function's unwind table is. */
int __cpu_indicator_init(void) { return 0; }
struct { unsigned vendor, type, subtype, features[1]; } __cpu_model;

struct found {
	unsigned long long flags;
	char *start, *end;
	void *map, *unwind;
	unsigned long long reserved[7];
};

struct search {
	char *pc;
	struct found *found;
};

static int look_into(struct dl_phdr_info *image, size_t size, void *argument)
{
	struct search *search = argument;
	struct found found = { .start = (char *)-1 };
	int is_here = 0;
	for (int i = 0; i < image->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &image->dlpi_phdr[i];
		char *start = (char *)image->dlpi_addr + part->p_vaddr;
		char *end = start + part->p_memsz;
		if (part->p_type == PT_GNU_EH_FRAME)
			found.unwind = start;
		if (part->p_type != PT_LOAD)
			continue;
		is_here |= search->pc >= start && search->pc < end;
		found.start = start < found.start ? start : found.start;
		found.end = end > found.end ? end : found.end;
	}
	if (!is_here || !found.unwind)
		return 0;
	*search->found = found;
	return 1;
}

int _dl_find_object(void *pc, struct found *found)
{
	struct search search = { pc, found };
	return dl_iterate_phdr(look_into, &search) ? 0 : -1;
}
