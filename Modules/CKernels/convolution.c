// Convolutions: the sums as they stand, and the windows as rows of a matrix.
#include "internal.h"

#include <string.h>

// The taps first ..< end of a window at an output position that lie inside the input.
typedef struct tap_range {
  int64_t first, end;
} tap_range;

static int64_t max_int(int64_t a, int64_t b) { return a > b ? a : b; }
static int64_t min_int(int64_t a, int64_t b) { return a < b ? a : b; }

static tap_range taps_inside(const jn_convolution_dimension *d, int64_t position) {
  int64_t start = position * d->stride - d->low;  // where tap 0 lies
  int64_t first = start >= 0 ? 0 : (-start + d->dilation - 1) / d->dilation;
  int64_t end = start >= d->input ? 0 : (d->input - start + d->dilation - 1) / d->dilation;
  first = min_int(first, d->kernel);
  return (tap_range){first, max_int(first, min_int(end, d->kernel))};
}

// MARK: Positions in row-major order

// An example n and its output position p.
typedef struct place {
  int64_t n, p[JN_CONVOLUTION_RANK];
} place;

static int64_t position_count(const jn_convolution *c) {
  int64_t count = 1;
  for (size_t i = 0; i < c->rank; i++) count *= c->dimensions[i].output;
  return count;
}

static place place_number(const jn_convolution *c, int64_t number) {
  place at;
  for (size_t i = c->rank; i-- > 0; number /= c->dimensions[i].output) at.p[i] = number % c->dimensions[i].output;
  at.n = number;
  return at;
}

static void advance(const jn_convolution *c, place *at) {
  for (size_t i = c->rank; i-- > 0; at->p[i] = 0)
    if (++at->p[i] < c->dimensions[i].output) return;
  at->n++;
}

static int64_t out_offset(const jn_convolution *c, const place *at) {
  int64_t offset = at->n * c->out_batch;
  for (size_t i = 0; i < c->rank; i++) offset += at->p[i] * c->dimensions[i].output_step;
  return offset;
}

// MARK: The sums

typedef struct sum_job sum_job;

struct sum_job {
  const jn_convolution *c;
  size_t item_size;
  char *out;
  const char *lhs, *rhs;
  int64_t groups;  // that are treated apart; 1 if the innermost loop runs over them
  // Adds the taps of the last dimension, or the only one, to the sums at `out`.
  void (*add)(const sum_job *job, char *out, const char *lhs, const char *rhs, int64_t taps, int64_t lhs_step,
              int64_t rhs_step);
  jn_fma_kernel *fma;
};

#define SUM_OF_TAPS(NAME, T)                                                                                          \
  static void NAME(const sum_job *job, char *out, const char *lhs, const char *rhs, int64_t taps, int64_t lhs_step,   \
                   int64_t rhs_step) {                                                                                \
    const jn_convolution *c = job->c;                                                                                 \
    for (int64_t o = 0; o < c->out_features; o++) {                                                                   \
      T sum = 0;                                                                                                      \
      for (int64_t k = 0; k < taps; k++) {                                                                            \
        const T *x = (const T *)lhs + k * lhs_step, *y = (const T *)rhs + k * rhs_step + o * c->rhs_out;              \
        for (int64_t i = 0; i < c->in_features; i++) sum += (T)(x[i * c->lhs_feature] * y[i * c->rhs_in]);            \
      }                                                                                                               \
      ((T *)out)[o * c->out_feature] += sum;                                                                          \
    }                                                                                                                 \
  }

// Signed sums are made in the unsigned type, where overflow is defined.
SUM_OF_TAPS(sum_u8, uint8_t)
// Products of 16 bits are made in 32, since those of `unsigned short` would be products of `int`.
static void sum_u16(const sum_job *job, char *out, const char *lhs, const char *rhs, int64_t taps, int64_t lhs_step,
                    int64_t rhs_step) {
  const jn_convolution *c = job->c;
  for (int64_t o = 0; o < c->out_features; o++) {
    uint32_t sum = 0;
    for (int64_t k = 0; k < taps; k++) {
      const uint16_t *x = (const uint16_t *)lhs + k * lhs_step, *y = (const uint16_t *)rhs + k * rhs_step + o * c->rhs_out;
      for (int64_t i = 0; i < c->in_features; i++) sum += (uint32_t)x[i * c->lhs_feature] * y[i * c->rhs_in];
    }
    uint16_t *z = (uint16_t *)out + o * c->out_feature;
    *z = (uint16_t)(*z + sum);
  }
}
SUM_OF_TAPS(sum_u32, uint32_t)
SUM_OF_TAPS(sum_u64, uint64_t)
SUM_OF_TAPS(sum_f32, float)
SUM_OF_TAPS(sum_f64, double)

// One output for each group, and groups that are neighbours in memory: a vector of groups at once.
static void sum_groups(const sum_job *job, char *out, const char *lhs, const char *rhs, int64_t taps, int64_t lhs_step,
                       int64_t rhs_step) {
  const jn_convolution *c = job->c;
  int64_t size = (int64_t)job->item_size;
  for (int64_t k = 0; k < taps; k++)
    for (int64_t i = 0; i < c->in_features; i++)
      job->fma(out, lhs + (k * lhs_step + i * c->lhs_feature) * size, 1,
               rhs + (k * rhs_step + i * c->rhs_in) * size, 1, out, 1, (size_t)c->groups);
}

static void sum_dimensions(const sum_job *job, size_t i, const place *at, char *out, const char *lhs, const char *rhs) {
  const jn_convolution *c = job->c;
  int64_t size = (int64_t)job->item_size;
  if (c->rank == 0) {
    job->add(job, out, lhs, rhs, 1, 0, 0);
    return;
  }
  const jn_convolution_dimension *d = &c->dimensions[i];
  tap_range taps = taps_inside(d, at->p[i]);
  if (taps.first == taps.end) return;
  int64_t lhs_step = d->dilation * d->input_step;
  lhs += ((at->p[i] * d->stride - d->low) * d->input_step + taps.first * lhs_step) * size;
  rhs += taps.first * d->kernel_step * size;
  if (i + 1 == c->rank) {
    job->add(job, out, lhs, rhs, taps.end - taps.first, lhs_step, d->kernel_step);
    return;
  }
  for (int64_t k = taps.first; k < taps.end; k++, lhs += lhs_step * size, rhs += d->kernel_step * size)
    sum_dimensions(job, i + 1, at, out, lhs, rhs);
}

static void clear_features(const sum_job *job, char *out) {
  const jn_convolution *c = job->c;
  int64_t size = (int64_t)job->item_size;
  if (job->groups == 1 && c->groups > 1)
    memset(out, 0, (size_t)(c->groups * size));
  else
    for (int64_t o = 0; o < c->out_features; o++) memset(out + o * c->out_feature * size, 0, (size_t)size);
}

static void sum_positions(void *context, size_t begin, size_t end) {
  const sum_job *job = context;
  const jn_convolution *c = job->c;
  int64_t size = (int64_t)job->item_size, per_group = c->batch * position_count(c);
  int64_t group = (int64_t)begin / per_group;
  place at = place_number(c, (int64_t)begin % per_group);
  for (size_t number = begin; number < end; number++, advance(c, &at)) {
    if (at.n == c->batch) {
      at.n = 0;
      group++;
    }
    char *out = job->out + (group * c->out_group + out_offset(c, &at)) * size;
    clear_features(job, out);
    sum_dimensions(job, 0, &at, out, job->lhs + (group * c->lhs_group + at.n * c->lhs_batch) * size,
                   job->rhs + group * c->rhs_group * size);
  }
}

void jn_convolve(jn_dtype type, const jn_convolution *c, void *out, const void *lhs, const void *rhs) {
  sum_job job = {.c = c, .item_size = jn_size_of(type), .out = out, .lhs = lhs, .rhs = rhs, .groups = c->groups};
  switch (type) {
  case JN_FLOAT32: job.add = sum_f32; break;
  case JN_FLOAT64: job.add = sum_f64; break;
  default: job.add = job.item_size == 1 ? sum_u8 : job.item_size == 2 ? sum_u16 : job.item_size == 4 ? sum_u32 : sum_u64;
  }
  if (jn_is_float(type) && c->groups > 1 && c->out_features == 1 && c->lhs_group == 1 && c->rhs_group == 1 && c->out_group == 1) {
    job.groups = 1;
    job.add = sum_groups;
    job.fma = jn_active_kernels()->fma[type];
  }
  int64_t count = job.groups * c->batch * position_count(c);
  int64_t work = c->in_features * c->out_features * (c->groups / job.groups);
  for (size_t i = 0; i < c->rank; i++) work *= c->dimensions[i].kernel;
  jn_parallel_range((size_t)count, (size_t)max_int(work, 1), sum_positions, &job);
}

// MARK: Windows as rows

typedef struct row_writer {
  const jn_convolution *c;
  size_t item_size;
  char *out;  // where the next element goes
  int64_t taps_inside[JN_CONVOLUTION_RANK + 1];  // the taps of a dimension and those after it, in elements of a row
} row_writer;

static void write_zeros(row_writer *w, int64_t count) {
  memset(w->out, 0, (size_t)count * w->item_size);
  w->out += (size_t)count * w->item_size;
}

#define COPY_FEATURES(T)                                                             \
  do {                                                                               \
    T *y = (T *)w->out;                                                              \
    const T *x = (const T *)lhs;                                                     \
    for (int64_t i = 0; i < c->in_features; i++) y[i] = x[i * c->lhs_feature];       \
  } while (0)

static void write_features(row_writer *w, const char *lhs) {
  const jn_convolution *c = w->c;
  if (c->lhs_feature == 1)
    memcpy(w->out, lhs, (size_t)c->in_features * w->item_size);
  else if (w->item_size == 4)
    COPY_FEATURES(uint32_t);
  else
    COPY_FEATURES(uint64_t);
  w->out += (size_t)c->in_features * w->item_size;
}

static void write_window(row_writer *w, size_t i, const place *at, const char *lhs) {
  const jn_convolution *c = w->c;
  if (i == c->rank) {
    write_features(w, lhs);
    return;
  }
  const jn_convolution_dimension *d = &c->dimensions[i];
  tap_range taps = taps_inside(d, at->p[i]);
  int64_t step = d->dilation * d->input_step * (int64_t)w->item_size;
  lhs += (at->p[i] * d->stride - d->low) * d->input_step * (int64_t)w->item_size + taps.first * step;
  if (taps.first > 0) write_zeros(w, taps.first * w->taps_inside[i + 1]);
  if (i + 1 == c->rank && c->lhs_feature == 1 && step == c->in_features * (int64_t)w->item_size) {
    size_t bytes = (size_t)((taps.end - taps.first) * step);
    memcpy(w->out, lhs, bytes);
    w->out += bytes;
  } else {
    for (int64_t k = taps.first; k < taps.end; k++, lhs += step) write_window(w, i + 1, at, lhs);
  }
  if (taps.end < d->kernel) write_zeros(w, (d->kernel - taps.end) * w->taps_inside[i + 1]);
}

void jn_convolution_gather(size_t item_size, const jn_convolution *c, int64_t begin, int64_t end, void *rows, const void *lhs) {
  row_writer writer = {.c = c, .item_size = item_size, .out = rows};
  writer.taps_inside[c->rank] = c->in_features;
  for (size_t i = c->rank; i-- > 0;) writer.taps_inside[i] = writer.taps_inside[i + 1] * c->dimensions[i].kernel;
  place at = place_number(c, begin);
  for (int64_t number = begin; number < end; number++, advance(c, &at))
    write_window(&writer, 0, &at, (const char *)lhs + at.n * c->lhs_batch * (int64_t)item_size);
}

void jn_convolution_scatter(size_t item_size, const jn_convolution *c, int64_t begin, int64_t end, void *out, const void *rows) {
  place at = place_number(c, begin);
  const char *x = rows;
  size_t row_bytes = (size_t)c->out_features * item_size;
  for (int64_t number = begin; number < end; number++, advance(c, &at), x += row_bytes) {
    char *y = (char *)out + out_offset(c, &at) * (int64_t)item_size;
    if (c->out_feature == 1)
      memcpy(y, x, row_bytes);
    else
      for (int64_t o = 0; o < c->out_features; o++)
        memcpy(y + o * c->out_feature * (int64_t)item_size, x + o * (int64_t)item_size, item_size);
  }
}
