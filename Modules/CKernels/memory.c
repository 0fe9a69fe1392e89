// Filling, counting and gathering.
#include "internal.h"

#include <string.h>

// MARK: Fill

#define JN_SPLAT(T)                                     \
  do {                                                  \
    T element;                                          \
    memcpy(&element, value, sizeof element);            \
    T *y = out;                                         \
    for (size_t i = 0; i < n; i++) y[i] = element;      \
  } while (0)

void jn_splat(size_t item_size, void *out, const void *value, size_t n) {
  switch (item_size) {
  case 1: memset(out, *(const uint8_t *)value, n); break;
  case 2: JN_SPLAT(uint16_t); break;
  case 4: JN_SPLAT(uint32_t); break;
  default: JN_SPLAT(uint64_t); break;
  }
}

typedef struct fill_job {
  size_t item_size;
  char *out;
  const void *value;
} fill_job;

static void run_fill(void *context, size_t begin, size_t end) {
  const fill_job *job = context;
  jn_splat(job->item_size, job->out + begin * job->item_size, job->value, end - begin);
}

void jn_fill(size_t item_size, void *out, const void *value, size_t n) {
  fill_job job = {item_size, out, value};
  jn_parallel_range(n, 1, run_fill, &job);
}

// MARK: Iota

typedef struct iota_job {
  jn_dtype type;
  char *out;
  size_t size, inner;
} iota_job;

// Counts that fit 31 bits convert to floats a vector at a time.
#define JN_COUNT_FLOAT(T)                                                    \
  do {                                                                       \
    T *y = out;                                                              \
    if (first + n <= INT32_MAX)                                              \
      for (int32_t i = 0; i < (int32_t)n; i++) y[i] = (T)((int32_t)first + i); \
    else                                                                     \
      for (size_t i = 0; i < n; i++) y[i] = (T)(first + i);                  \
  } while (0)

#define JN_COUNT(T)                                                          \
  do {                                                                       \
    T *y = out;                                                              \
    for (size_t i = 0; i < n; i++) y[i] = (T)(first + i);                    \
  } while (0)

void jn_count_up(jn_dtype type, void *out, size_t first, size_t n) {
  switch (type) {
  case JN_BOOL: {
    uint8_t *y = out;
    for (size_t i = 0; i < n; i++) y[i] = first + i != 0;
    break;
  }
  case JN_INT8: case JN_UINT8: JN_COUNT(uint8_t); break;
  case JN_INT16: case JN_UINT16: JN_COUNT(uint16_t); break;
  case JN_INT32: case JN_UINT32: JN_COUNT(uint32_t); break;
  case JN_INT64: case JN_UINT64: JN_COUNT(uint64_t); break;
  case JN_FLOAT32: JN_COUNT_FLOAT(float); break;
  case JN_FLOAT64: JN_COUNT_FLOAT(double); break;
  default: {
    uint64_t tile[JN_TILE];
    for (size_t begin = 0; begin < n; begin += JN_TILE) {
      size_t count = jn_min_size(JN_TILE, n - begin);
      for (size_t i = 0; i < count; i++) tile[i] = first + begin + i;
      jn_convert(type, (char *)out + begin * jn_size_of(type), JN_UINT64, tile, count);
    }
  }
  }
}

// Over the pairs (o, i), each a run of `inner` equal elements.
static void run_iota(void *context, size_t begin, size_t end) {
  const iota_job *job = context;
  size_t item_size = jn_size_of(job->type);
  if (job->inner == 1) {
    while (begin < end) {
      size_t first = begin % job->size, n = jn_min_size(job->size - first, end - begin);
      jn_count_up(job->type, job->out + begin * item_size, first, n);
      begin += n;
    }
    return;
  }
  for (size_t k = begin; k < end; k++) {
    char value[8];
    jn_count_up(job->type, value, k % job->size, 1);
    jn_splat(item_size, job->out + k * job->inner * item_size, value, job->inner);
  }
}

void jn_iota(jn_dtype type, void *out, size_t outer, size_t size, size_t inner) {
  if (outer == 0 || size == 0 || inner == 0) return;
  iota_job job = {type, out, size, inner};
  jn_parallel_range(outer * size, inner, run_iota, &job);
}

// MARK: Rows by index

typedef struct take_job {
  char *out;
  const char *in;
  const int64_t *index;
  size_t row_bytes;
} take_job;

#define JN_TAKE(T)                                                            \
  do {                                                                        \
    for (size_t i = begin; i < end; i++)                                      \
      memcpy(job->out + i * sizeof(T), job->in + (size_t)job->index[i] * sizeof(T), sizeof(T)); \
  } while (0)

static void run_take(void *context, size_t begin, size_t end) {
  const take_job *job = context;
  switch (job->row_bytes) {
  case 1: JN_TAKE(uint8_t); break;
  case 2: JN_TAKE(uint16_t); break;
  case 4: JN_TAKE(uint32_t); break;
  case 8: JN_TAKE(uint64_t); break;
  default:
    for (size_t i = begin; i < end; i++)
      memcpy(job->out + i * job->row_bytes, job->in + (size_t)job->index[i] * job->row_bytes, job->row_bytes);
  }
}

void jn_take_rows(void *out, const void *in, const int64_t *index, size_t n, size_t row_bytes) {
  if (row_bytes == 0) return;
  take_job job = {out, in, index, row_bytes};
  jn_parallel_range(n, 2 + row_bytes / 16, run_take, &job);
}

// MARK: Elements along an axis by index

typedef struct along_job {
  char *out;
  const char *in;
  const int64_t *index;
  size_t item_size, size, inner;
} along_job;

#define JN_ALONG(T)                                                                                  \
  do {                                                                                               \
    T *y = (T *)job->out + row * job->inner;                                                         \
    const T *x = (const T *)job->in + row / job->size * job->size * job->inner;                      \
    for (size_t i = 0; i < job->inner; i++) y[i] = x[(size_t)index[i] * job->inner + i];             \
  } while (0)

// Over the pairs (o, k).
static void run_along(void *context, size_t begin, size_t end) {
  const along_job *job = context;
  for (size_t row = begin; row < end; row++) {
    const int64_t *index = job->index + row * job->inner;
    switch (job->item_size) {
    case 1: JN_ALONG(uint8_t); break;
    case 2: JN_ALONG(uint16_t); break;
    case 4: JN_ALONG(uint32_t); break;
    default: JN_ALONG(uint64_t); break;
    }
  }
}

void jn_take_along(size_t item_size, void *out, const void *in, const int64_t *index, size_t outer, size_t size, size_t inner) {
  if (outer == 0 || size == 0 || inner == 0) return;
  along_job job = {out, in, index, item_size, size, inner};
  jn_parallel_range(outer * size, 2 * inner, run_along, &job);
}
