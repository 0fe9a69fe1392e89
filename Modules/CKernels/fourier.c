// Discrete Fourier transforms. A block of lines is transformed at a time, with the lines' elements of one index side by side.
#include "internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_STAGES = 64, MAX_LANES = 16, BLOCK_ELEMENTS = 8192 };

// MARK: Plans

typedef struct stage {
  size_t radix, m;
  void *roots;
} stage;

// Complex transforms of one length, computed in one type.
typedef struct transform {
  jn_dtype type;
  size_t n;
  size_t stage_count;
  stage stages[MAX_STAGES];
  // For a length with other factors than 2, 3 and 5 (Bluestein): with b[j] = exp(πi j² / n), the transform is conj(b) times the convolution of
  // x conj(b) with b.
  struct transform *convolution;  // of a length that has those factors alone
  double *chirp, *spectrum;       // conj(b), and the transform of b divided by the length: pairs
} transform;

struct jn_fourier {
  jn_dtype type;
  bool real;
  size_t n;
  transform *transform;  // of half the length for real lines of an even one
  double *roots;         // exp(-2πi k / n) for these, k ≤ n / 2: pairs
};

// exp(-2πi k / n), from an angle in the first eighth of the circle, where sine and cosine are accurate.
static void root(uint64_t k, uint64_t n, double out[2]) {
  uint64_t eight = 8 * (k % n), octant = eight / n, rest = eight % n;
  bool odd = octant & 1;
  double angle = (odd ? (double)(n - rest) : (double)rest) * (M_PI / 4) / (double)n;
  double c = cos(angle), s = sin(angle);
  // In an odd octant the angle is counted from its end.
  double x[8] = {c, s, -s, -c, -c, -s, s, c}, y[8] = {s, c, c, s, -s, -c, -c, -s};
  out[0] = x[octant], out[1] = -y[octant];
}

static void *allocate(size_t bytes) { return jn_scratch_take(bytes); }

static void store_root(jn_dtype type, void *roots, size_t index, const double value[2]) {
  if (type == JN_FLOAT32)
    ((float *)roots)[2 * index] = (float)value[0], ((float *)roots)[2 * index + 1] = (float)value[1];
  else
    ((double *)roots)[2 * index] = value[0], ((double *)roots)[2 * index + 1] = value[1];
}

// Whether a length has no prime factors but 2, 3 and 5.
static bool is_smooth(size_t n) {
  for (size_t radix = 2; radix <= 5; radix++)
    while (n % radix == 0) n /= radix;
  return n == 1;
}

static void run(const transform *t, size_t lanes, void *data[2], void *spare[2]);

static void add_stages(transform *t) {
  static const size_t radices[] = {4, 2, 3, 5};
  size_t left = t->n;
  for (size_t i = 0; i < 4; i++) {
    for (; left % radices[i] == 0; left /= radices[i]) {
      size_t radix = radices[i], m = left / radix;
      stage *s = &t->stages[t->stage_count++];
      *s = (stage){radix, m, allocate(2 * (radix - 1) * m * jn_size_of(t->type))};
      for (size_t p = 0; p < m; p++)
        for (size_t j = 1; j < radix; j++) {
          double value[2];
          root(j * p, left, value);
          store_root(t->type, s->roots, p * (radix - 1) + j - 1, value);
        }
    }
  }
}

static transform *make_transform(jn_dtype type, size_t n) {
  transform *t = calloc(1, sizeof *t);
  bool smooth = is_smooth(n);
  t->type = smooth ? type : JN_FLOAT64;
  t->n = n;
  if (smooth) {
    add_stages(t);
    return t;
  }
  size_t size = 2 * n - 1;
  while (!is_smooth(size)) size++;
  t->convolution = make_transform(JN_FLOAT64, size);
  t->chirp = allocate(2 * n * sizeof(double));
  t->spectrum = allocate(2 * size * sizeof(double));
  double *buffers = allocate(4 * size * sizeof(double));
  memset(buffers, 0, 2 * size * sizeof(double));
  void *data[2] = {buffers, buffers + size}, *spare[2] = {buffers + 2 * size, buffers + 3 * size};
  // j² grows by the odd numbers; exp(πi j² / n) repeats after 2n.
  for (size_t j = 0, square = 0; j < n; square = (square + 2 * j + 1) % (2 * n), j++) {
    double value[2];
    root(square, 2 * n, value);
    t->chirp[2 * j] = value[0], t->chirp[2 * j + 1] = value[1];
    size_t places[2] = {j, j == 0 ? 0 : size - j};
    for (size_t i = 0; i < 2; i++) ((double *)data[0])[places[i]] = value[0], ((double *)data[1])[places[i]] = -value[1];
  }
  run(t->convolution, 1, data, spare);
  for (size_t k = 0; k < size; k++) {
    t->spectrum[2 * k] = ((double *)data[0])[k] / (double)size;
    t->spectrum[2 * k + 1] = ((double *)data[1])[k] / (double)size;
  }
  jn_scratch_give(buffers);
  return t;
}

static void free_transform(transform *t) {
  if (!t) return;
  for (size_t i = 0; i < t->stage_count; i++) jn_scratch_give(t->stages[i].roots);
  if (t->chirp) jn_scratch_give(t->chirp);
  if (t->spectrum) jn_scratch_give(t->spectrum);
  free_transform(t->convolution);
  free(t);
}

jn_fourier *jn_fourier_make(jn_dtype type, bool real, size_t n) {
  jn_fourier *f = calloc(1, sizeof *f);
  *f = (jn_fourier){.type = type, .real = real, .n = n};
  bool halved = real && n % 2 == 0;
  f->transform = make_transform(type, halved ? n / 2 : n);
  if (halved) {
    f->roots = allocate(2 * (n / 2 + 1) * sizeof(double));
    for (size_t k = 0; k <= n / 2; k++) root(k, n, f->roots + 2 * k);
  }
  return f;
}

void jn_fourier_free(jn_fourier *f) {
  free_transform(f->transform);
  if (f->roots) jn_scratch_give(f->roots);
  free(f);
}

// MARK: Transforms of a block

// The elements of a transform of the whole, with `lanes` lines.
static size_t room(const transform *t, size_t lanes) { return (t->convolution ? t->convolution->n : t->n) * lanes; }

static void convolve(const transform *t, size_t lanes, void *data[2], void *spare[2]) {
  size_t size = t->convolution->n;
  double *re = data[0], *im = data[1];
  for (size_t j = 0; j < t->n; j++) {
    double cr = t->chirp[2 * j], ci = t->chirp[2 * j + 1];
    for (size_t l = j * lanes; l < (j + 1) * lanes; l++) {
      double x = re[l], y = im[l];
      re[l] = x * cr - y * ci, im[l] = x * ci + y * cr;
    }
  }
  memset(re + t->n * lanes, 0, (size - t->n) * lanes * sizeof(double));
  memset(im + t->n * lanes, 0, (size - t->n) * lanes * sizeof(double));
  run(t->convolution, lanes, data, spare);
  re = data[0], im = data[1];
  // With real and imaginary parts exchanged on the way in and out, the transform is the inverse one.
  for (size_t k = 0; k < size; k++) {
    double sr = t->spectrum[2 * k], si = t->spectrum[2 * k + 1];
    for (size_t l = k * lanes; l < (k + 1) * lanes; l++) {
      double x = re[l], y = im[l];
      re[l] = x * si + y * sr, im[l] = x * sr - y * si;
    }
  }
  run(t->convolution, lanes, data, spare);
  re = data[1], im = data[0];
  for (size_t j = 0; j < t->n; j++) {
    double cr = t->chirp[2 * j], ci = t->chirp[2 * j + 1];
    for (size_t l = j * lanes; l < (j + 1) * lanes; l++) {
      double x = re[l], y = im[l];
      re[l] = x * cr - y * ci, im[l] = x * ci + y * cr;
    }
  }
  void *exchanged = data[0];
  data[0] = data[1];
  data[1] = exchanged;
}

// Transforms `data`, real and imaginary parts; the result is there, and what was there may be in `spare`.
static void run(const transform *t, size_t lanes, void *data[2], void *spare[2]) {
  if (t->convolution) {
    convolve(t, lanes, data, spare);
    return;
  }
  jn_fourier_stage_kernel *kernel = jn_active_kernels()->fourier_stage[t->type == JN_FLOAT64];
  size_t s = lanes;
  for (size_t i = 0; i < t->stage_count; i++) {
    const stage *stage = &t->stages[i];
    kernel(stage->radix, stage->m, s, spare[0], spare[1], data[0], data[1], stage->roots);
    for (size_t part = 0; part < 2; part++) {
      void *written = spare[part];
      spare[part] = data[part];
      data[part] = written;
    }
    s *= stage->radix;
  }
}

// MARK: Lines in and out

// block[j * lanes + l] = lines[l * length + j * step + offset], and back; j < count.
#define MOVES(FROM, TO, NAME)                                                                                                     \
  static void load_##NAME(TO *block, const FROM *lines, size_t lanes, size_t length, size_t offset, size_t step, size_t count) {  \
    for (size_t l = 0; l < lanes; l++)                                                                                            \
      for (size_t j = 0; j < count; j++) block[j * lanes + l] = (TO)lines[l * length + j * step + offset];                        \
  }                                                                                                                               \
  static void store_##NAME(FROM *lines, const TO *block, size_t lanes, size_t length, size_t offset, size_t step, size_t count) { \
    for (size_t l = 0; l < lanes; l++)                                                                                            \
      for (size_t j = 0; j < count; j++) lines[l * length + j * step + offset] = (FROM)block[j * lanes + l];                      \
  }
MOVES(float, float, f32_f32)
MOVES(float, double, f32_f64)
MOVES(double, double, f64_f64)

static void load(const jn_fourier *f, void *block, const void *lines, size_t lanes, size_t length, size_t offset, size_t step, size_t count) {
  if (f->type == JN_FLOAT64)
    load_f64_f64(block, lines, lanes, length, offset, step, count);
  else if (f->transform->type == JN_FLOAT64)
    load_f32_f64(block, lines, lanes, length, offset, step, count);
  else
    load_f32_f32(block, lines, lanes, length, offset, step, count);
}

static void store(const jn_fourier *f, void *lines, const void *block, size_t lanes, size_t length, size_t offset, size_t step, size_t count) {
  if (f->type == JN_FLOAT64)
    store_f64_f64(lines, block, lanes, length, offset, step, count);
  else if (f->transform->type == JN_FLOAT64)
    store_f32_f64(lines, block, lanes, length, offset, step, count);
  else
    store_f32_f32(lines, block, lanes, length, offset, step, count);
}

// Between the spectrum X of h + 1 elements and that of the h complex numbers z[j] = x[2j] + i x[2j+1]: with the even and the odd elements'
// spectra E and O, X[k] = E[k] + w O[k] and conj X[h - k] = E[k] - w O[k] for w = exp(-2πi k / 2h), and Z = E + i O.
#define HALVES(T, NAME)                                                                                                           \
  static void split_##NAME(const jn_fourier *f, size_t lanes, T *out[2], T *const in[2]) {                                        \
    size_t h = f->transform->n;                                                                                                   \
    for (size_t k = 0; k <= h; k++) {                                                                                             \
      size_t a = (k % h) * lanes, b = ((h - k) % h) * lanes, o = k * lanes;                                                       \
      T wr = (T)f->roots[2 * k], wi = (T)f->roots[2 * k + 1], half = (T)0.5;                                                      \
      for (size_t l = 0; l < lanes; l++) {                                                                                        \
        T er = half * (in[0][a + l] + in[0][b + l]), ei = half * (in[1][a + l] - in[1][b + l]);                                   \
        T or = half * (in[1][a + l] + in[1][b + l]), oi = half * (in[0][b + l] - in[0][a + l]);                                   \
        out[0][o + l] = er + (or * wr - oi * wi), out[1][o + l] = ei + (or * wi + oi * wr);                                       \
      }                                                                                                                           \
    }                                                                                                                             \
    for (size_t l = 0; l < lanes; l++) out[1][l] = out[1][h * lanes + l] = 0;                                                     \
  }                                                                                                                               \
  static void join_##NAME(const jn_fourier *f, size_t lanes, T *out[2], T *const in[2]) {                                         \
    size_t h = f->transform->n;                                                                                                   \
    for (size_t l = 0; l < lanes; l++) in[1][l] = in[1][h * lanes + l] = 0;                                                       \
    for (size_t k = 0; k < h; k++) {                                                                                              \
      size_t a = k * lanes, b = (h - k) * lanes;                                                                                  \
      T wr = (T)f->roots[2 * k], wi = -(T)f->roots[2 * k + 1];                                                                    \
      for (size_t l = 0; l < lanes; l++) {                                                                                        \
        T er = in[0][a + l] + in[0][b + l], ei = in[1][a + l] - in[1][b + l];                                                     \
        T dr = in[0][a + l] - in[0][b + l], di = in[1][a + l] + in[1][b + l];                                                     \
        out[0][a + l] = er - (dr * wi + di * wr), out[1][a + l] = ei + (dr * wr - di * wi);                                       \
      }                                                                                                                           \
    }                                                                                                                             \
  }
HALVES(float, f32)
HALVES(double, f64)

static void split(const jn_fourier *f, size_t lanes, void *out[2], void *in[2]) {
  if (f->transform->type == JN_FLOAT64)
    split_f64(f, lanes, (double **)out, (double **)in);
  else
    split_f32(f, lanes, (float **)out, (float **)in);
}

static void join(const jn_fourier *f, size_t lanes, void *out[2], void *in[2]) {
  if (f->transform->type == JN_FLOAT64)
    join_f64(f, lanes, (double **)out, (double **)in);
  else
    join_f32(f, lanes, (float **)out, (float **)in);
}

// MARK: Jobs

typedef struct job {
  const jn_fourier *f;
  bool inverse;
  size_t lanes;  // of a block
  void *out[2];
  const void *in[2];
  void (*block)(const struct job *job, size_t first, size_t lanes, void *data[2], void *spare[2]);
} job;

static const void *line_in(const job *job, size_t part, size_t line, size_t length) {
  return (const char *)job->in[part] + line * length * jn_size_of(job->f->type);
}

static void *line_out(const job *job, size_t part, size_t line, size_t length) {
  return (char *)job->out[part] + line * length * jn_size_of(job->f->type);
}

static void block_complex(const job *job, size_t first, size_t lanes, void *data[2], void *spare[2]) {
  size_t n = job->f->n;
  // With real and imaginary parts exchanged on the way in and out, the transform is the inverse one.
  for (size_t part = 0; part < 2; part++)
    load(job->f, data[part ^ job->inverse], line_in(job, part, first, n), lanes, n, 0, 1, n);
  run(job->f->transform, lanes, data, spare);
  for (size_t part = 0; part < 2; part++)
    store(job->f, line_out(job, part, first, n), data[part ^ job->inverse], lanes, n, 0, 1, n);
}

static void block_to_half(const job *job, size_t first, size_t lanes, void *data[2], void *spare[2]) {
  const jn_fourier *f = job->f;
  size_t n = f->n, half = n / 2 + 1;
  const void *in = line_in(job, 0, first, n);
  if (f->roots) {
    for (size_t part = 0; part < 2; part++) load(f, data[part], in, lanes, n, part, 2, n / 2);
    run(f->transform, lanes, data, spare);
    split(f, lanes, spare, data);
    for (size_t part = 0; part < 2; part++) store(f, line_out(job, part, first, half), spare[part], lanes, half, 0, 1, half);
    return;
  }
  load(f, data[0], in, lanes, n, 0, 1, n);
  memset(data[1], 0, n * lanes * jn_size_of(f->transform->type));
  run(f->transform, lanes, data, spare);
  for (size_t part = 0; part < 2; part++) store(f, line_out(job, part, first, half), data[part], lanes, half, 0, 1, half);
}

// in[n - k] = conj in[k] for k = 1 ... n / 2, where n is odd.
#define MIRROR(T)                                                                                             \
  do {                                                                                                        \
    T *re = data[0], *im = data[1];                                                                           \
    for (size_t l = 0; l < lanes; l++) im[l] = 0;                                                             \
    for (size_t k = 1; k <= n / 2; k++)                                                                       \
      for (size_t l = 0; l < lanes; l++)                                                                      \
        re[(n - k) * lanes + l] = re[k * lanes + l], im[(n - k) * lanes + l] = -im[k * lanes + l];            \
  } while (0)

static void block_from_half(const job *job, size_t first, size_t lanes, void *data[2], void *spare[2]) {
  const jn_fourier *f = job->f;
  size_t n = f->n, half = n / 2 + 1;
  void *out = line_out(job, 0, first, n);
  for (size_t part = 0; part < 2; part++) load(f, data[part], line_in(job, part, first, half), lanes, half, 0, 1, half);
  if (f->roots) {
    join(f, lanes, spare, data);
    // Exchanged on the way in and out, for the inverse transform.
    void *exchanged[2] = {spare[1], spare[0]}, *other[2] = {data[0], data[1]};
    run(f->transform, lanes, exchanged, other);
    for (size_t part = 0; part < 2; part++) store(f, out, exchanged[part ^ 1], lanes, n, part, 2, n / 2);
    return;
  }
  if (f->transform->type == JN_FLOAT64)
    MIRROR(double);
  else
    MIRROR(float);
  void *exchanged[2] = {data[1], data[0]};
  run(f->transform, lanes, exchanged, spare);
  store(f, out, exchanged[1], lanes, n, 0, 1, n);
}

static void run_blocks(void *context, size_t begin, size_t end) {
  const job *job = context;
  // Half a spectrum has one element more than the transform.
  size_t bytes = (room(job->f->transform, job->lanes) + job->lanes) * jn_size_of(job->f->transform->type);
  bytes = (bytes + 63) / 64 * 64;
  char *memory = jn_scratch_take(4 * bytes);
  for (size_t line = begin; line < end; line += job->lanes) {
    void *data[2] = {memory, memory + bytes}, *spare[2] = {memory + 2 * bytes, memory + 3 * bytes};
    job->block(job, line, jn_min_size(job->lanes, end - line), data, spare);
  }
  jn_scratch_give(memory);
}

static void run_job(job *job, size_t lines) {
  size_t n = room(job->f->transform, 1), lanes = BLOCK_ELEMENTS / n;
  job->lanes = lanes < 1 ? 1 : jn_min_size(lanes, MAX_LANES);
  size_t levels = 2;
  while ((n >> levels) > 0) levels++;
  jn_parallel_range(lines, n * levels, run_blocks, job);
}

void jn_fourier_complex(const jn_fourier *f, bool inverse, size_t lines, void *out_re, void *out_im, const void *in_re, const void *in_im) {
  job job = {f, inverse, 0, {out_re, out_im}, {in_re, in_im}, block_complex};
  run_job(&job, lines);
}

void jn_fourier_to_half(const jn_fourier *f, size_t lines, void *out_re, void *out_im, const void *in) {
  job job = {f, false, 0, {out_re, out_im}, {in, NULL}, block_to_half};
  run_job(&job, lines);
}

void jn_fourier_from_half(const jn_fourier *f, size_t lines, void *out, const void *in_re, const void *in_im) {
  job job = {f, true, 0, {out, NULL}, {in_re, in_im}, block_from_half};
  run_job(&job, lines);
}
