// Stable orders. Elements become unsigned integers that sort alike, which are sorted together with their indices: short
// rows by insertion and merging, long ones by radix.
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct sort_item {
  uint64_t key;
  uint64_t index;
} sort_item;

// MARK: Keys

// Floats as their bits, the negative ones flipped; -0 as 0, nan above everything.
static uint64_t float_key(uint64_t bits, unsigned width, uint64_t infinity) {
  uint64_t sign = 1ull << (width - 1), magnitude = bits & (sign - 1);
  if (magnitude > infinity) return sign | (sign - 1);
  if (magnitude == 0) return sign;
  return bits & sign ? sign - magnitude : sign + magnitude;
}

static uint64_t sort_key(jn_dtype type, const void *in, size_t i) {
  switch (type) {
  case JN_BOOL: case JN_UINT8: return ((const uint8_t *)in)[i];
  case JN_UINT16: return ((const uint16_t *)in)[i];
  case JN_UINT32: return ((const uint32_t *)in)[i];
  case JN_UINT64: return ((const uint64_t *)in)[i];
  case JN_INT8: return (uint8_t)(((const uint8_t *)in)[i] ^ 0x80);
  case JN_INT16: return (uint16_t)(((const uint16_t *)in)[i] ^ 0x8000);
  case JN_INT32: return ((const uint32_t *)in)[i] ^ 0x80000000u;
  case JN_INT64: return ((const uint64_t *)in)[i] ^ 0x8000000000000000ull;
  case JN_FLOAT16: return float_key(((const uint16_t *)in)[i], 16, 0x7c00);
  case JN_BFLOAT16: return float_key(((const uint16_t *)in)[i], 16, 0x7f80);
  case JN_FLOAT32: return float_key(((const uint32_t *)in)[i], 32, 0x7f800000);
  default: return float_key(((const uint64_t *)in)[i], 64, 0x7ff0000000000000ull);
  }
}

// MARK: Sorting items

static void insertion_sort(sort_item *items, size_t n) {
  for (size_t i = 1; i < n; i++) {
    sort_item item = items[i];
    size_t k = i;
    for (; k > 0 && items[k - 1].key > item.key; k--) items[k] = items[k - 1];
    items[k] = item;
  }
}

// One pass over the byte at `shift`.
static void radix_pass(sort_item *to, const sort_item *from, size_t n, unsigned shift, const size_t count[256]) {
  size_t place[256], sum = 0;
  for (size_t i = 0; i < 256; i++) {
    place[i] = sum;
    sum += count[i];
  }
  for (size_t i = 0; i < n; i++) to[place[from[i].key >> shift & 255]++] = from[i];
}

// Bytes that all keys share need no pass. The result is in `items`.
static void radix_sort(sort_item *items, sort_item *spare, size_t n) {
  size_t count[8][256];
  memset(count, 0, sizeof count);
  for (size_t i = 0; i < n; i++)
    for (size_t byte = 0; byte < 8; byte++) count[byte][items[i].key >> (8 * byte) & 255]++;
  sort_item *from = items, *to = spare;
  for (unsigned byte = 0; byte < 8; byte++) {
    if (count[byte][items[0].key >> (8 * byte) & 255] == n) continue;
    radix_pass(to, from, n, 8 * byte, count[byte]);
    sort_item *swapped = from;
    from = to;
    to = swapped;
  }
  if (from != items) memcpy(items, from, n * sizeof *items);
}

static void merge(sort_item *to, const sort_item *a, size_t a_count, const sort_item *b, size_t b_count) {
  const sort_item *a_end = a + a_count, *b_end = b + b_count;
  while (a < a_end && b < b_end) *to++ = b->key < a->key ? *b++ : *a++;
  memcpy(to, a, (size_t)(a_end - a) * sizeof *a);
  to += a_end - a;
  memcpy(to, b, (size_t)(b_end - b) * sizeof *b);
}

enum { INSERTION_LENGTH = 16, RADIX_LENGTH = 1024 };

static void sort_items(sort_item *items, sort_item *spare, size_t n) {
  if (n >= RADIX_LENGTH) {
    radix_sort(items, spare, n);
    return;
  }
  for (size_t i = 0; i < n; i += INSERTION_LENGTH) insertion_sort(items + i, jn_min_size(INSERTION_LENGTH, n - i));
  sort_item *from = items, *to = spare;
  for (size_t width = INSERTION_LENGTH; width < n; width *= 2) {
    for (size_t i = 0; i < n; i += 2 * width) {
      size_t middle = jn_min_size(i + width, n), end = jn_min_size(i + 2 * width, n);
      merge(to + i, from + i, middle - i, from + middle, end - middle);
    }
    sort_item *swapped = from;
    from = to;
    to = swapped;
  }
  if (from != items) memcpy(items, from, n * sizeof *items);
}

// MARK: All of it

typedef struct sort_job {
  size_t key_count;
  const jn_dtype *types;
  const void *const *keys;
  bool descending;
  int64_t *out;
  size_t size, inner;
} sort_job;

// One line of the array: from the least significant key to the first, each sort keeping the order of the one before.
static void sort_line(const sort_job *job, size_t line, sort_item *items, sort_item *spare) {
  size_t n = job->size, base = line / job->inner * n * job->inner + line % job->inner;
  for (size_t i = 0; i < n; i++) items[i].index = i;
  for (size_t k = job->key_count; k-- > 0;) {
    uint64_t flip = job->descending ? UINT64_MAX : 0;
    for (size_t i = 0; i < n; i++)
      items[i].key = sort_key(job->types[k], job->keys[k], base + items[i].index * job->inner) ^ flip;
    sort_items(items, spare, n);
  }
  for (size_t i = 0; i < n; i++) job->out[base + i * job->inner] = (int64_t)items[i].index;
}

static void run_sort(void *context, size_t begin, size_t end) {
  const sort_job *job = context;
  sort_item *items = malloc(2 * job->size * sizeof *items);
  if (!items) {
    fprintf(stderr, "jn_argsort: no memory to sort %zu elements\n", job->size);
    abort();
  }
  for (size_t line = begin; line < end; line++) sort_line(job, line, items, items + job->size);
  free(items);
}

static void run_all(sort_job *job, size_t outer) {
  if (outer == 0 || job->size == 0 || job->inner == 0) return;
  jn_parallel_range(outer * job->inner, job->size * job->key_count * 16, run_sort, job);
}

void jn_argsort(jn_dtype type, bool descending, int64_t *out, const void *in, size_t outer, size_t size, size_t inner) {
  sort_job job = {1, &type, &in, descending, out, size, inner};
  run_all(&job, outer);
}

void jn_argsort_by(size_t key_count, const jn_dtype *types, const void *const *keys, int64_t *out, size_t outer,
                   size_t size, size_t inner) {
  sort_job job = {key_count, types, keys, false, out, size, inner};
  run_all(&job, outer);
}
