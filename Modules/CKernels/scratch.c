// Memory for intermediate results: buffers that begin with their size, and one that each thread keeps.
#include <pthread.h>

#include "internal.h"
#include "jn_buffer.h"

// What follows the size keeps the alignment.
typedef union scratch_block {
  size_t bytes;  // with this
  char alignment[64];
} scratch_block;

static scratch_block *take(size_t bytes) {
  // Smaller buffers are not aligned. A sum that overflows is more than there is.
  size_t total = bytes < 2048 ? 2048 : bytes;
  if (__builtin_add_overflow(total, sizeof(scratch_block), &total)) total = SIZE_MAX;
  scratch_block *block = jn_buffer_take(total);
  block->bytes = total;
  return block;
}

static void give(scratch_block *block) { jn_buffer_give(block, block->bytes); }

void *jn_scratch_take(size_t bytes) { return take(bytes) + 1; }

void jn_scratch_give(void *memory) { give((scratch_block *)memory - 1); }

// MARK: One for each thread

static _Thread_local scratch_block *of_thread;
static pthread_key_t thread_key;

// Its value is there for the destructor alone.
static void give_of_thread(void *block) {
  of_thread = NULL;
  give(block);
}

static void make_thread_key(void) { pthread_key_create(&thread_key, give_of_thread); }

static void *grow_thread_scratch(size_t bytes) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, make_thread_key);
  if (of_thread) give(of_thread);
  of_thread = take(bytes < 64 << 10 ? 64 << 10 : bytes);
  pthread_setspecific(thread_key, of_thread);
  return of_thread + 1;
}

void *jn_thread_scratch(size_t bytes) {
  scratch_block *block = of_thread;
  return block && block->bytes - sizeof *block >= bytes ? block + 1 : grow_thread_scratch(bytes);
}
