// Buffers that are kept for the next of their size class: four classes for each power of two, so that a buffer is at most a
// quarter larger than what was asked for. Small ones are left to malloc, which keeps them as well.
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "internal.h"
#include "jn_buffer.h"

enum {
  SMALL = 1024,  // bytes of the largest buffer that is left to malloc
  SMALL_LOG2 = 10,
  CLASSES = 4 * (48 - SMALL_LOG2),  // up to 2^48 bytes
};

// A kept buffer holds the address of the next one of its class.
typedef struct kept_buffer {
  struct kept_buffer *next;
} kept_buffer;

static struct {
  pthread_mutex_t mutex;
  size_t limit, bytes;
  kept_buffer *first[CLASSES];
} kept = {.mutex = PTHREAD_MUTEX_INITIALIZER, .limit = 256 << 20};

static void lock(void) { pthread_mutex_lock(&kept.mutex); }
static void unlock(void) { pthread_mutex_unlock(&kept.mutex); }

// A child of fork must not find the lock held by a thread that it does not have.
__attribute__((constructor)) static void register_fork_handlers(void) { pthread_atfork(lock, unlock, unlock); }

// Class c holds buffers of (4 + c % 4) * 2^(SMALL_LOG2 - 2 + c / 4) bytes.
static size_t size_of_class(size_t class) { return (4 + class % 4) << (SMALL_LOG2 - 2 + class / 4); }

static size_t class_of(size_t bytes) {
  size_t top = 63 - (size_t)__builtin_clzll((unsigned long long)(bytes - 1));  // 2^top < bytes <= 2^(top + 1)
  size_t quarter = (bytes - 1) >> (top - 2);                                   // 4 ... 7
  return 4 * (top - SMALL_LOG2) + quarter - 3;
}

static void *allocate(size_t bytes) {
  void *memory = bytes <= SMALL ? malloc(bytes ? bytes : 1) : aligned_alloc(64, bytes);
  if (!memory) {
    fprintf(stderr, "CKernels: no memory for %zu bytes\n", bytes);
    abort();
  }
  return memory;
}

void *jn_buffer_take(size_t bytes) {
  if (bytes <= SMALL) return allocate(bytes);
  size_t class = class_of(bytes);
  if (class >= CLASSES) return allocate(bytes > SIZE_MAX - 63 ? bytes : (bytes + 63) / 64 * 64);
  lock();
  kept_buffer *buffer = kept.first[class];
  if (buffer) {
    kept.first[class] = buffer->next;
    kept.bytes -= size_of_class(class);
  }
  unlock();
  return buffer ? buffer : allocate(size_of_class(class));
}

// Takes buffers out of the lists, the largest first, until at most `limit` bytes are kept. Called with the lock held.
static kept_buffer *take_out(size_t limit) {
  kept_buffer *out = NULL;
  for (size_t class = CLASSES; class-- > 0 && kept.bytes > limit;) {
    while (kept.first[class] && kept.bytes > limit) {
      kept_buffer *buffer = kept.first[class];
      kept.first[class] = buffer->next;
      kept.bytes -= size_of_class(class);
      buffer->next = out;
      out = buffer;
    }
  }
  return out;
}

static void free_all(kept_buffer *buffer) {
  while (buffer) {
    kept_buffer *next = buffer->next;
    free(buffer);
    buffer = next;
  }
}

void jn_buffer_give(void *memory, size_t bytes) {
  if (bytes <= SMALL || class_of(bytes) >= CLASSES) {
    free(memory);
    return;
  }
  size_t class = class_of(bytes), size = size_of_class(class);
  kept_buffer *buffer = memory, *surplus = buffer;
  lock();
  if (size <= kept.limit) {
    // What was not wanted for long makes room: what has just been in use is likelier to be wanted again.
    surplus = take_out(kept.limit - size);
    buffer->next = kept.first[class];
    kept.first[class] = buffer;
    kept.bytes += size;
  } else {
    buffer->next = NULL;
  }
  unlock();
  free_all(surplus);
}

size_t jn_buffer_limit(void) {
  lock();
  size_t limit = kept.limit;
  unlock();
  return limit;
}

void jn_buffer_set_limit(size_t bytes) {
  lock();
  kept.limit = bytes;
  kept_buffer *surplus = take_out(bytes);
  unlock();
  free_all(surplus);
}

size_t jn_buffer_kept(void) {
  lock();
  size_t bytes = kept.bytes;
  unlock();
  return bytes;
}
