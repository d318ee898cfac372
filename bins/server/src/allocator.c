/* How the GNU C library's allocator works in this process: see mallopt(3).
 *
 * By default each thread gets an arena of its own, and every arena keeps what has ever passed through it; and a block that
 * was mapped teaches the allocator, when it is freed, to take later ones of its size from an arena. Trees of large wikis are
 * such blocks, made and freed by the hundred each second by whatever thread comes next, and so the process would keep
 * several times the memory that it uses. */
#include <malloc.h>

/* Threads share this many arenas. */
enum { ARENAS = 2 };
/* Blocks of this size and more are mapped, and unmapped when they are freed, bytes. */
enum { MAPPED = 256 * 1024 };
/* Free memory at the end of an arena beyond this goes back to the system, bytes. */
enum { SPARE = 1024 * 1024 };

__attribute__((constructor)) static void set_up_allocator(void) {
    mallopt(M_ARENA_MAX, ARENAS);
    mallopt(M_MMAP_THRESHOLD, MAPPED);
    mallopt(M_TRIM_THRESHOLD, SPARE);
}
