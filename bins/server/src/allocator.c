#define _GNU_SOURCE
/* How the GNU C library's allocator works in this process: see mallopt(3).
 *
 * By default each thread gets an arena of its own, and every arena keeps what has ever passed through it; and a block that
 * was mapped teaches the allocator, when it is freed, to take later ones of its size from an arena. Trees of large wikis are
 * such blocks, made and freed by the hundred each second by whatever thread comes next, and so the process would keep
 * several times the memory that it uses.
 *
 * What is freed in the midst of an arena stays with it: after some thousand writes that was half of the process's memory. So a
 * thread of this file's own gives it back now and then, see malloc_trim(3). */
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <time.h>

/* Threads share this many arenas. */
enum { ARENAS = 2 };
/* Blocks of this size and more are mapped, and unmapped when they are freed, bytes. */
enum { MAPPED = 1024 * 1024 };
/* Free memory at the end of an arena beyond this goes back to the system, bytes. */
enum { SPARE = 1024 * 1024 };
/* How long the thread waits between two looks, nanoseconds. */
enum { PAUSE = 300 * 1000 * 1000 };
/* Pages that came into memory since the last time before it is worth to give any back. A process at rest is left at rest. */
enum { PAGES = 512 };
/* The thread's stack, bytes. */
enum { STACK = 64 * 1024 };

static void *give_back(void *unused) {
    const struct timespec pause = {.tv_nsec = PAUSE};
    struct rusage usage;
    long seen = 0;
    for (;;) {
        nanosleep(&pause, NULL);
        if (getrusage(RUSAGE_SELF, &usage) == 0 && usage.ru_minflt - seen >= PAGES) {
            malloc_trim(0);
            getrusage(RUSAGE_SELF, &usage);
            seen = usage.ru_minflt;
        }
    }
    return unused;
}

/* Without the thread the process uses more memory, and nothing else changes: a failure is no reason not to start. */
static void start_giving_back(void) {
    sigset_t all, before;
    pthread_attr_t attributes;
    pthread_t thread;
    sigfillset(&all);
    /* The process's signals are for its other threads. */
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0) {
        return;
    }
    if (pthread_attr_init(&attributes) == 0) {
        pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
        pthread_attr_setstacksize(&attributes, STACK);
        if (pthread_create(&thread, &attributes, give_back, NULL) == 0) {
            pthread_setname_np(thread, "memory");
        }
        pthread_attr_destroy(&attributes);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

__attribute__((constructor)) static void set_up_allocator(void) {
    mallopt(M_ARENA_MAX, ARENAS);
    mallopt(M_MMAP_THRESHOLD, MAPPED);
    mallopt(M_TRIM_THRESHOLD, SPARE);
    start_giving_back();
}
