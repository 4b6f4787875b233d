/**
 * Sizes, offsets and numbers of Linux's calls for files, as they are on x86_64 and aarch64.
 * `tests/system/native/layout.c` prints the same from the system's own headers, and a test compares
 * all of them.
 */

const isArm = Deno.build.arch === "aarch64";

// numbers of system calls that not every C library has a function for
export const SYS_OPENAT2 = 437;
export const SYS_STATX = isArm ? 291 : 332;

// struct open_how: three numbers of 64 bits
export const SIZEOF_OPEN_HOW = 24;
export const AT_HOW_FLAGS = 0;
export const AT_HOW_MODE = 8;
export const AT_HOW_RESOLVE = 16;
export const O_RDONLY = 0;
export const O_NOCTTY = 0o400;
export const O_NONBLOCK = 0o4000;
export const O_DIRECTORY = isArm ? 0o40000 : 0o200000;
export const O_CLOEXEC = 0o2000000;
export const O_PATH = 0o10000000;
/** No links to open files of a process, as there are in /proc. */
export const RESOLVE_NO_MAGICLINKS = 0x02;
/** Never above the folder, not even for a moment, and no absolute links. */
export const RESOLVE_BENEATH = 0x08;
/** Means the current folder, where a path is relative to it. */
export const AT_FDCWD = -100;

// struct statx
export const SIZEOF_STATX = 256;
export const AT_STX_MODE = 28;
export const AT_STX_INO = 32;
export const AT_STX_SIZE = 40;
export const AT_STX_CTIME = 96;
export const AT_STX_MTIME = 112;
export const AT_STX_DEV_MAJOR = 136;
export const AT_STX_DEV_MINOR = 140;
/** Within a time of struct statx, which begins with seconds of 64 bits. */
export const AT_TV_NSEC = 8;
/** The path is empty: the file is the open descriptor. */
export const AT_EMPTY_PATH = 0x1000;
export const STATX_BASIC_STATS = 0x7ff;
export const S_IFMT = 0o170000;
export const S_IFREG = 0o100000;
export const S_IFDIR = 0o040000;

// mmap
export const PROT_READ = 1;
export const MAP_SHARED = 1;

// error numbers
export const EPERM = 1;
export const ENOENT = 2;
export const EINTR = 4;
export const EIO = 5;
export const ENXIO = 6;
export const EAGAIN = 11;
export const ENOMEM = 12;
export const EACCES = 13;
export const EXDEV = 18;
export const ENOTDIR = 20;
export const EINVAL = 22;
export const ENFILE = 23;
export const EMFILE = 24;
export const ENAMETOOLONG = 36;
export const ENOSYS = 38;
export const ELOOP = 40;
export const ESTALE = 116;
