/* A disk in trouble: put before a program with LD_PRELOAD, it counts the file calls below one folder and on demand
 * makes one of them fail, runs out of room, kills the process, or writes everything down. It knows nothing of SQLite.
 *
 * The folder is TROUBLE_FOLDER (a real path) or what `trouble_watch` is told. See trouble.py for the other side.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

enum { WRITE, SYNC, READ, TRUNCATE, KINDS };
enum { KILL_BEFORE = -1, KILL_HALFWAY = -2, KILL_AFTER = -3 };

static char folder[PATH_MAX];
static size_t folder_length;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static long counts[KINDS];
static long fired;
static int planned[KINDS]; /* which kinds the plan means */
static long nth = -1;      /* counted over the meant kinds together, from 1 */
static long meant;         /* calls of the meant kinds so far */
static int what;           /* an errno, or one of the KILL_… */
static int forever;
static long long room = -1; /* bytes that may still be added below the folder; -1: no limit */
static int log_to = -1;

#define REAL(name) real_##name
#define FIND(name) if (!REAL(name)) REAL(name) = dlsym(RTLD_NEXT, #name)

static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite64)(int, const void *, size_t, off64_t);
static ssize_t (*real_read)(int, void *, size_t);
static ssize_t (*real_pread64)(int, void *, size_t, off64_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_ftruncate64)(int, off64_t);
static int (*real_open64)(const char *, int, ...);
static int (*real_openat64)(int, const char *, int, ...);
static int (*real_unlink)(const char *);
static int (*real_unlinkat)(int, const char *, int);
static int (*real_rename)(const char *, const char *);
static ssize_t (*real_sendfile64)(int, int, off64_t *, size_t);
static ssize_t (*real_copy_file_range)(int, off64_t *, int, off64_t *, size_t, unsigned);

__attribute__((constructor)) static void find_all(void)
{
    FIND(write); FIND(pwrite64); FIND(read); FIND(pread64); FIND(fsync); FIND(fdatasync); FIND(ftruncate64);
    FIND(open64); FIND(openat64); FIND(unlink); FIND(unlinkat); FIND(rename); FIND(sendfile64);
    FIND(copy_file_range);
    const char *given = getenv("TROUBLE_FOLDER");
    if (given && !folder_length) {
        snprintf(folder, sizeof folder, "%s", given);
        folder_length = strlen(folder);
    }
}

static int below(const char *path)
{
    return folder_length && strncmp(path, folder, folder_length) == 0
        && (path[folder_length] == '/' || path[folder_length] == 0);
}

/* The path of a descriptor below the folder, or "" */
static const char *path_of(int fd, char *path)
{
    char link[64];
    path[0] = 0;
    if (!folder_length || fd < 3 || fd == log_to)
        return path;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    path[length > 0 ? length : 0] = 0;
    if (!below(path))
        path[0] = 0;
    return path;
}

static void note(char op, const char *path, uint64_t at, const void *data, uint64_t length)
{
    if (log_to < 0)
        return;
    struct __attribute__((packed)) { char op; uint32_t path_length; uint64_t at, length; } head
        = { op, (uint32_t)strlen(path), at, length };
    int saved = errno;
    real_write(log_to, &head, sizeof head);
    real_write(log_to, path, head.path_length);
    if (data)
        real_write(log_to, data, length);
    errno = saved;
}

static void die(void)
{
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

/* What happens to this call: 0 nothing, an errno, or KILL_HALFWAY / KILL_AFTER (the call goes on until then). */
static int verdict(int kind)
{
    counts[kind]++;
    if (nth < 0 || !planned[kind])
        return 0;
    meant++;
    if (meant < nth || (!forever && meant > nth))
        return 0;
    fired++;
    if (what == KILL_BEFORE)
        die();
    return what;
}

/* How many of `length` bytes there is room for. */
static size_t fits(int fd, off64_t at, size_t length)
{
    struct stat64 before;
    if (room < 0 || fstat64(fd, &before) != 0)
        return length;
    long long growth = at + (long long)length - before.st_size;
    if (growth <= 0)
        return length;
    if (growth > room) {
        size_t cut = (size_t)(growth - room);
        room = 0;
        return cut >= length ? 0 : length - cut;
    }
    room -= growth;
    return length;
}

static ssize_t write_some(int fd, const void *data, size_t length, off64_t at, int positioned)
{
    char path[PATH_MAX];
    if (!*path_of(fd, path))
        return positioned ? real_pwrite64(fd, data, length, at) : real_write(fd, data, length);
    pthread_mutex_lock(&lock);
    int error = verdict(WRITE);
    ssize_t done = -1;
    if (error > 0) {
        errno = error;
    } else {
        off64_t start = at;
        if (!positioned) {
            struct stat64 now;
            int flags = fcntl(fd, F_GETFL);
            start = (flags & O_APPEND) && fstat64(fd, &now) == 0 ? now.st_size : lseek64(fd, 0, SEEK_CUR);
        }
        size_t some = fits(fd, start, error == KILL_HALFWAY ? length / 2 : length);
        if (length && !some && error != KILL_HALFWAY) {
            errno = ENOSPC;
        } else {
            done = positioned ? real_pwrite64(fd, data, some, at) : real_write(fd, data, some);
            if (done > 0)
                note('W', path, (uint64_t)start, data, (uint64_t)done);
        }
        if (error < 0)
            die();
    }
    pthread_mutex_unlock(&lock);
    return done;
}

ssize_t write(int fd, const void *data, size_t length) { FIND(write); return write_some(fd, data, length, 0, 0); }
ssize_t pwrite64(int fd, const void *data, size_t length, off64_t at)
{
    FIND(pwrite64);
    return write_some(fd, data, length, at, 1);
}
ssize_t pwrite(int fd, const void *data, size_t length, off_t at) { return pwrite64(fd, data, length, at); }

static ssize_t read_some(int fd, void *data, size_t length, off64_t at, int positioned)
{
    char path[PATH_MAX];
    if (*path_of(fd, path)) {
        pthread_mutex_lock(&lock);
        int error = verdict(READ);
        pthread_mutex_unlock(&lock);
        if (error > 0) {
            errno = error;
            return -1;
        }
    }
    return positioned ? real_pread64(fd, data, length, at) : real_read(fd, data, length);
}

ssize_t read(int fd, void *data, size_t length) { FIND(read); return read_some(fd, data, length, 0, 0); }
ssize_t pread64(int fd, void *data, size_t length, off64_t at)
{
    FIND(pread64);
    return read_some(fd, data, length, at, 1);
}
ssize_t pread(int fd, void *data, size_t length, off_t at) { return pread64(fd, data, length, at); }

static int sync_one(int fd, int (*really)(int))
{
    char path[PATH_MAX];
    if (!*path_of(fd, path))
        return really(fd);
    pthread_mutex_lock(&lock);
    int error = verdict(SYNC), done = -1;
    if (error > 0) {
        errno = error;
    } else {
        if (error == KILL_HALFWAY)
            die();
        done = log_to < 0 ? really(fd) : 0; /* a recorded sync need not reach the disk of this machine */
        if (done == 0)
            note('S', path, 0, NULL, 0);
        if (error < 0)
            die();
    }
    pthread_mutex_unlock(&lock);
    return done;
}

int fsync(int fd) { FIND(fsync); return sync_one(fd, real_fsync); }
int fdatasync(int fd) { FIND(fdatasync); return sync_one(fd, real_fdatasync); }

int ftruncate64(int fd, off64_t length)
{
    char path[PATH_MAX];
    FIND(ftruncate64);
    if (!*path_of(fd, path))
        return real_ftruncate64(fd, length);
    pthread_mutex_lock(&lock);
    int error = verdict(TRUNCATE), done = -1;
    if (error > 0) {
        errno = error;
    } else {
        struct stat64 before = { 0 };
        fstat64(fd, &before);
        if (error == KILL_HALFWAY)
            die();
        done = real_ftruncate64(fd, length);
        if (done == 0) {
            if (room >= 0 && before.st_size > length)
                room += before.st_size - length;
            note('T', path, (uint64_t)length, NULL, 0);
        }
        if (error < 0)
            die();
    }
    pthread_mutex_unlock(&lock);
    return done;
}
int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

/* Files that come, go and change their names are only written down, and give their room back. */

static void opened(int fd, int was_there, int flags)
{
    char path[PATH_MAX];
    if (fd < 0 || log_to < 0 || !*path_of(fd, path))
        return;
    if (!was_there)
        note('C', path, 0, NULL, 0);
    else if (flags & O_TRUNC)
        note('T', path, 0, NULL, 0);
}

static int open_at(int at, const char *path, int flags, mode_t mode)
{
    int was_there = log_to < 0 || faccessat(at, path, F_OK, 0) == 0;
    int fd = at == AT_FDCWD ? real_open64(path, flags, mode) : real_openat64(at, path, flags, mode);
    opened(fd, was_there, flags);
    return fd;
}

#define MODE_OF(flags) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); }

int open64(const char *path, int flags, ...) { MODE_OF(flags) FIND(open64); return open_at(AT_FDCWD, path, flags, mode); }
int open(const char *path, int flags, ...) { MODE_OF(flags) FIND(open64); return open_at(AT_FDCWD, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...)
{
    MODE_OF(flags) FIND(openat64); FIND(open64);
    return open_at(at, path, flags, mode);
}
int openat(int at, const char *path, int flags, ...)
{
    MODE_OF(flags) FIND(openat64); FIND(open64);
    return open_at(at, path, flags, mode);
}

static long long size_at(const char *path)
{
    struct stat64 facts;
    return below(path) && stat64(path, &facts) == 0 && facts.st_nlink == 1 ? (long long)facts.st_size : 0;
}

int unlink(const char *path)
{
    FIND(unlink);
    long long size = size_at(path);
    int done = real_unlink(path);
    if (done == 0 && below(path)) {
        pthread_mutex_lock(&lock);
        if (room >= 0)
            room += size;
        note('U', path, 0, NULL, 0);
        pthread_mutex_unlock(&lock);
    }
    return done;
}

int rename(const char *from, const char *to)
{
    FIND(rename);
    long long size = size_at(to);
    int done = real_rename(from, to);
    if (done == 0 && below(to)) {
        pthread_mutex_lock(&lock);
        if (room >= 0)
            room += size;
        note('R', from, 0, to, strlen(to));
        pthread_mutex_unlock(&lock);
    }
    return done;
}

/* Fast copies would pass us by: refused, so that the program reads and writes instead. */
ssize_t sendfile64(int to, int from, off64_t *at, size_t length)
{
    char path[PATH_MAX];
    FIND(sendfile64);
    if (*path_of(to, path) || *path_of(from, path)) { errno = EINVAL; return -1; }
    return real_sendfile64(to, from, at, length);
}
ssize_t sendfile(int to, int from, off_t *at, size_t length) { return sendfile64(to, from, at, length); }
ssize_t copy_file_range(int from, off64_t *at, int to, off64_t *start, size_t length, unsigned flags)
{
    char path[PATH_MAX];
    FIND(copy_file_range);
    if (*path_of(to, path) || *path_of(from, path)) { errno = EINVAL; return -1; }
    return real_copy_file_range(from, at, to, start, length, flags);
}

/* What trouble.py calls. */

void trouble_watch(const char *path)
{
    snprintf(folder, sizeof folder, "%s", path);
    folder_length = strlen(folder);
}

void trouble_plan(unsigned kinds, long number, int outcome, int for_ever)
{
    pthread_mutex_lock(&lock);
    for (int kind = 0; kind < KINDS; kind++) {
        planned[kind] = (kinds >> kind) & 1;
        counts[kind] = 0;
    }
    nth = number;
    what = outcome;
    forever = for_ever;
    meant = fired = 0;
    pthread_mutex_unlock(&lock);
}

long trouble_count(int kind) { return counts[kind]; }
long trouble_fired(void) { return fired; }
void trouble_room(long long bytes) { room = bytes; }
void trouble_mark(const char *words) { pthread_mutex_lock(&lock); note('M', words, 0, NULL, 0); pthread_mutex_unlock(&lock); }

int trouble_log(const char *path)
{
    int fd = real_open64(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    log_to = fcntl(fd, F_DUPFD_CLOEXEC, 900); /* out of the way of the program's own */
    close(fd);
    return log_to;
}
