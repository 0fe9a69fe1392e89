// Memory for intermediate results. Fresh pages cost more than most of the work done in them, so one block is kept.
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

void *jn_scratch_take(size_t bytes) {
  scratch_block *block = atomic_exchange(&kept, NULL);
  if (block && block->bytes >= bytes) return block + 1;
  free(block);
  if (bytes > SIZE_MAX - 2 * sizeof *block) bytes = SIZE_MAX - 2 * sizeof *block;  // fails below
  size_t rounded = (bytes + 63) / 64 * 64 + sizeof *block;
  block = aligned_alloc(64, rounded);
  if (!block) {
    fprintf(stderr, "CKernels: no memory for %zu bytes of intermediate results\n", bytes);
    abort();
  }
  block->bytes = rounded - sizeof *block;
  return block + 1;
}

void jn_scratch_give(void *memory) {
  scratch_block *block = (scratch_block *)memory - 1;
  if (block->bytes <= KEPT_BYTES) block = atomic_exchange(&kept, block);
  free(block);
}
