// Memory for intermediate results. Fresh pages cost more than most of the work done in them, so one block is kept, and
// one for each thread.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "internal.h"

enum { KEPT_BYTES = 64 << 20 };  // larger blocks are given back to the system

// A block begins with its size; what follows keeps the alignment.
typedef union scratch_block {
  size_t bytes;
  char alignment[64];
} scratch_block;

static scratch_block *_Atomic kept;

static scratch_block *new_block(size_t bytes) {
  if (bytes > SIZE_MAX - 2 * sizeof(scratch_block)) bytes = SIZE_MAX - 2 * sizeof(scratch_block);  // fails below
  size_t rounded = (bytes + 63) / 64 * 64 + sizeof(scratch_block);
  scratch_block *block = aligned_alloc(64, rounded);
  if (!block) {
    fprintf(stderr, "CKernels: no memory for %zu bytes of intermediate results\n", bytes);
    abort();
  }
  block->bytes = rounded - sizeof *block;
  return block;
}

void *jn_scratch_take(size_t bytes) {
  scratch_block *block = atomic_exchange(&kept, NULL);
  if (block && block->bytes >= bytes) return block + 1;
  free(block);
  return new_block(bytes) + 1;
}

void jn_scratch_give(void *memory) {
  scratch_block *block = (scratch_block *)memory - 1;
  if (block->bytes <= KEPT_BYTES) block = atomic_exchange(&kept, block);
  free(block);
}

// MARK: One for each thread

static _Thread_local scratch_block *of_thread;
static pthread_key_t thread_key;

// Its value is there for the destructor alone.
static void free_of_thread(void *block) {
  of_thread = NULL;
  free(block);
}

static void make_thread_key(void) { pthread_key_create(&thread_key, free_of_thread); }

static void *grow_thread_scratch(size_t bytes) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, make_thread_key);
  free(of_thread);
  of_thread = new_block(bytes < 64 << 10 ? 64 << 10 : bytes);
  pthread_setspecific(thread_key, of_thread);
  return of_thread + 1;
}

void *jn_thread_scratch(size_t bytes) {
  scratch_block *block = of_thread;
  return block && block->bytes >= bytes ? block + 1 : grow_thread_scratch(bytes);
}
