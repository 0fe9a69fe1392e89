// Stable orders. An element becomes an unsigned integer that sorts alike. One of 32 bits shares a word with its place, so
// that sorting words is stable by itself; one of 64 bits is sorted in a pair with its place. Short rows are sorted by
// insertion and merging, long ones by radix.
#include "internal.h"

#include <string.h>

typedef struct sort_pair {
  uint64_t key, place;
} sort_pair;

// MARK: Keys

// Floats as their bits, the negative ones flipped; -0 as 0, nan above everything.
#define JN_FLOAT_KEY(NAME, U, BITS, INFINITY_BITS)                              \
  static inline U NAME(U bits) {                                                \
    U sign = (U)((U)1 << (BITS - 1)), magnitude = bits & (U)(sign - 1);         \
    U key = bits & sign ? (U)(sign - magnitude) : (U)(sign + magnitude);        \
    return magnitude > INFINITY_BITS ? (U)-1 : key;                             \
  }

JN_FLOAT_KEY(float16_key, uint16_t, 16, 0x7c00)
JN_FLOAT_KEY(bfloat16_key, uint16_t, 16, 0x7f80)
JN_FLOAT_KEY(float32_key, uint32_t, 32, 0x7f800000)
JN_FLOAT_KEY(float64_key, uint64_t, 64, 0x7ff0000000000000ull)

// One row (or column) of an array and the order found for it so far; null for the order it has.
typedef struct sort_line {
  const void *in;  // its first element
  size_t n, stride;
  jn_dtype type;
  uint64_t flip;  // all bits set to reverse
  const int64_t *order;
} sort_line;

// T x = each element in the order so far, i its place.
#define JN_EACH(T, STATEMENT)                                              \
  for (size_t i = 0; i < n; i++) {                                         \
    T x = ((const T *)line->in)[(line->order ? (size_t)line->order[i] : i) * line->stride]; \
    STATEMENT;                                                             \
  }                                                                        \
  break

static void make_words(uint64_t *words, const sort_line *line) {
  size_t n = line->n;
  uint32_t flip = (uint32_t)line->flip;
#define JN_WORD(KEY) words[i] = (uint64_t)((uint32_t)(KEY) ^ flip) << 32 | i
  switch (line->type) {
  case JN_BOOL: case JN_UINT8: JN_EACH(uint8_t, JN_WORD(x));
  case JN_UINT16: JN_EACH(uint16_t, JN_WORD(x));
  case JN_UINT32: JN_EACH(uint32_t, JN_WORD(x));
  case JN_INT8: JN_EACH(uint8_t, JN_WORD(x ^ 0x80));
  case JN_INT16: JN_EACH(uint16_t, JN_WORD(x ^ 0x8000));
  case JN_INT32: JN_EACH(uint32_t, JN_WORD(x ^ 0x80000000u));
  case JN_FLOAT16: JN_EACH(uint16_t, JN_WORD(float16_key(x)));
  case JN_BFLOAT16: JN_EACH(uint16_t, JN_WORD(bfloat16_key(x)));
  default: JN_EACH(uint32_t, JN_WORD(float32_key(x)));
  }
#undef JN_WORD
}

static void make_pairs(sort_pair *pairs, const sort_line *line) {
  size_t n = line->n;
#define JN_PAIR(KEY) pairs[i] = (sort_pair){(KEY) ^ line->flip, i}
  switch (line->type) {
  case JN_UINT64: JN_EACH(uint64_t, JN_PAIR(x));
  case JN_INT64: JN_EACH(uint64_t, JN_PAIR(x ^ 0x8000000000000000ull));
  default: JN_EACH(uint64_t, JN_PAIR(float64_key(x)));
  }
#undef JN_PAIR
}

// MARK: Sorting

enum { INSERTION_LENGTH = 16, RADIX_LENGTH = 512 };

#define JN_WORD_KEY(item) (item)
#define JN_PAIR_KEY(item) (item).key

// Sorts items by KEY, from bit FIRST_BIT up in the radix sort, where lower bits are in order already. `spare` has room for
// as many items.
#define JN_SORT(NAME, ITEM, KEY, FIRST_BIT)                                                    \
  static void NAME##_insertion(ITEM *items, size_t n) {                                        \
    for (size_t i = 1; i < n; i++) {                                                           \
      ITEM item = items[i];                                                                    \
      size_t k = i;                                                                            \
      for (; k > 0 && KEY(items[k - 1]) > KEY(item); k--) items[k] = items[k - 1];             \
      items[k] = item;                                                                         \
    }                                                                                          \
  }                                                                                            \
  static void NAME##_merge(ITEM *to, const ITEM *a, size_t a_count, const ITEM *b, size_t b_count) { \
    const ITEM *a_end = a + a_count, *b_end = b + b_count;                                     \
    while (a < a_end && b < b_end) {                                                           \
      bool take_b = KEY(*b) < KEY(*a);                                                         \
      *to++ = take_b ? *b : *a;                                                                \
      a += !take_b;                                                                            \
      b += take_b;                                                                             \
    }                                                                                          \
    memcpy(to, a, (size_t)(a_end - a) * sizeof *a);                                            \
    memcpy(to + (a_end - a), b, (size_t)(b_end - b) * sizeof *b);                              \
  }                                                                                            \
  static void NAME##_radix(ITEM *items, ITEM *spare, size_t n) {                               \
    enum { BYTES = (64 - FIRST_BIT) / 8 };                                                     \
    size_t count[BYTES][256];                                                                  \
    memset(count, 0, sizeof count);                                                            \
    for (size_t i = 0; i < n; i++)                                                             \
      for (int byte = 0; byte < BYTES; byte++) count[byte][KEY(items[i]) >> (FIRST_BIT + 8 * byte) & 255]++; \
    ITEM *from = items, *to = spare;                                                           \
    for (int byte = 0; byte < BYTES; byte++) {                                                 \
      int shift = FIRST_BIT + 8 * byte;                                                        \
      if (count[byte][KEY(from[0]) >> shift & 255] == n) continue; /* all alike */             \
      size_t place[256], sum = 0;                                                              \
      for (int digit = 0; digit < 256; digit++) {                                              \
        place[digit] = sum;                                                                    \
        sum += count[byte][digit];                                                             \
      }                                                                                        \
      for (size_t i = 0; i < n; i++) to[place[KEY(from[i]) >> shift & 255]++] = from[i];       \
      ITEM *swapped = from;                                                                    \
      from = to;                                                                               \
      to = swapped;                                                                            \
    }                                                                                          \
    if (from != items) memcpy(items, from, n * sizeof *items);                                 \
  }                                                                                            \
  static void NAME(ITEM *items, ITEM *spare, size_t n) {                                       \
    if (n >= RADIX_LENGTH) {                                                                   \
      NAME##_radix(items, spare, n);                                                           \
      return;                                                                                  \
    }                                                                                          \
    for (size_t i = 0; i < n; i += INSERTION_LENGTH)                                           \
      NAME##_insertion(items + i, jn_min_size(INSERTION_LENGTH, n - i));                       \
    ITEM *from = items, *to = spare;                                                           \
    for (size_t width = INSERTION_LENGTH; width < n; width *= 2) {                             \
      for (size_t i = 0; i < n; i += 2 * width) {                                              \
        size_t middle = jn_min_size(i + width, n), end = jn_min_size(i + 2 * width, n);        \
        NAME##_merge(to + i, from + i, middle - i, from + middle, end - middle);               \
      }                                                                                        \
      ITEM *swapped = from;                                                                    \
      from = to;                                                                               \
      to = swapped;                                                                            \
    }                                                                                          \
    if (from != items) memcpy(items, from, n * sizeof *items);                                 \
  }

JN_SORT(sort_words, uint64_t, JN_WORD_KEY, 32)
JN_SORT(sort_pairs, sort_pair, JN_PAIR_KEY, 0)

// order[i] = the place, in the order so far, of the i-th of the sorted elements. `order` also holds the words meanwhile.
static void sort_by_one_key(int64_t *order, void *scratch, const sort_line *line) {
  size_t n = line->n;
  if (jn_size_of(line->type) < 8 && n <= UINT32_MAX) {
    uint64_t *words = (uint64_t *)order;
    make_words(words, line);
    sort_words(words, scratch, n);
    for (size_t i = 0; i < n; i++) words[i] = (uint32_t)words[i];
    return;
  }
  sort_pair *pairs = scratch;
  make_pairs(pairs, line);
  sort_pairs(pairs, pairs + n, n);
  for (size_t i = 0; i < n; i++) order[i] = (int64_t)pairs[i].place;
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

// From the least significant key to the first, each sort keeping the order of the one before. `scratch` has room for a
// line of indices and what sort_by_one_key takes.
static void sort_by_all_keys(const sort_job *job, size_t begin, int64_t *order, int64_t *scratch) {
  size_t n = job->size;
  for (size_t k = job->key_count; k-- > 0;) {
    bool is_first = k + 1 == job->key_count;
    const char *in = (const char *)job->keys[k] + begin * jn_size_of(job->types[k]);
    sort_line line = {in, n, job->inner, job->types[k], job->descending ? UINT64_MAX : 0, is_first ? NULL : order};
    int64_t *place = is_first ? order : scratch;
    sort_by_one_key(place, scratch + n, &line);
    if (is_first) continue;
    for (size_t i = 0; i < n; i++) place[i] = order[place[i]];
    memcpy(order, place, n * sizeof *order);
  }
}

static size_t scratch_bytes(const sort_job *job) {
  size_t item = sizeof(uint64_t);
  for (size_t k = 0; k < job->key_count; k++)
    if (jn_size_of(job->types[k]) == 8 || job->size > UINT32_MAX) item = 2 * sizeof(sort_pair);
  return job->size * (2 * sizeof(int64_t) + item);
}

static void run_sort(void *context, size_t begin, size_t end) {
  const sort_job *job = context;
  size_t n = job->size;
  int64_t *scratch = jn_scratch_take(scratch_bytes(job));
  for (size_t line = begin; line < end; line++) {
    size_t first = line / job->inner * n * job->inner + line % job->inner;
    int64_t *out = job->out + first, *order = job->inner == 1 ? out : scratch;
    sort_by_all_keys(job, first, order, job->inner == 1 ? scratch : scratch + n);
    if (job->inner == 1) continue;
    for (size_t i = 0; i < n; i++) out[i * job->inner] = order[i];
  }
  jn_scratch_give(scratch);
}

static void run_all(sort_job *job, size_t outer) {
  if (outer == 0 || job->size == 0 || job->inner == 0) return;
  jn_parallel_range(outer * job->inner, job->size * job->key_count * 16, run_sort, job);
}

void jn_argsort(jn_dtype type, bool descending, int64_t *out, const void *in, size_t outer, size_t size, size_t inner) {
  sort_job job = {1, &type, &in, descending, out, size, inner};
  run_all(&job, outer);
}

void jn_argsort_by(size_t key_count, const jn_dtype *types, const void *const *keys, bool descending, int64_t *out,
                   size_t outer, size_t size, size_t inner) {
  sort_job job = {key_count, types, keys, descending, out, size, inner};
  run_all(&job, outer);
}

// MARK: The largest of a row

typedef struct top_job {
  jn_dtype type;
  char *values;
  int32_t *indices;
  const char *in;
  size_t size, k;
} top_job;

enum { INSERTED_AT_MOST = 32 };

// The k least items, sorted, come to the front. Few are kept in order while the others pass by.
#define JN_KEEP_LEAST(NAME, ITEM, KEY)                                          \
  static void NAME##_least(ITEM *items, ITEM *spare, size_t n, size_t k) {      \
    if (k > INSERTED_AT_MOST) {                                                 \
      NAME(items, spare, n);                                                    \
      return;                                                                   \
    }                                                                           \
    NAME##_insertion(items, k);                                                 \
    for (size_t i = k; i < n; i++) {                                            \
      if (KEY(items[i]) >= KEY(items[k - 1])) continue;                         \
      ITEM item = items[i];                                                     \
      size_t place = k - 1;                                                     \
      for (; place > 0 && KEY(item) < KEY(items[place - 1]); place--) items[place] = items[place - 1]; \
      items[place] = item;                                                      \
    }                                                                           \
  }

JN_KEEP_LEAST(sort_words, uint64_t, JN_WORD_KEY)
JN_KEEP_LEAST(sort_pairs, sort_pair, JN_PAIR_KEY)

static void run_top(void *context, size_t begin, size_t end) {
  const top_job *job = context;
  size_t n = job->size, item_size = jn_size_of(job->type);
  sort_pair *scratch = jn_scratch_take(2 * n * sizeof *scratch);
  for (size_t row = begin; row < end; row++) {
    sort_line line = {job->in + row * n * item_size, n, 1, job->type, UINT64_MAX, NULL};
    uint64_t *words = (uint64_t *)scratch;
    if (item_size < 8) {
      make_words(words, &line);
      sort_words_least(words, words + n, n, job->k);
    } else {
      make_pairs(scratch, &line);
      sort_pairs_least(scratch, scratch + n, n, job->k);
    }
    for (size_t i = 0; i < job->k; i++) {
      size_t place = item_size < 8 ? (uint32_t)words[i] : scratch[i].place, to = row * job->k + i;
      job->indices[to] = (int32_t)place;
      memcpy(job->values + to * item_size, (const char *)line.in + place * item_size, item_size);
    }
  }
  jn_scratch_give(scratch);
}

void jn_top_k(jn_dtype type, void *values, int32_t *indices, const void *in, size_t rows, size_t size, size_t k) {
  if (rows == 0 || k == 0) return;
  top_job job = {type, values, indices, in, size, k};
  jn_parallel_range(rows, size * (k > INSERTED_AT_MOST ? 16 : 4), run_top, &job);
}
