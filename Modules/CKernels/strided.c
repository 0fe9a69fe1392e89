// Copies between memory layouts. The dimensions are brought into a normal form (no ones, the output's strides falling,
// neighbours merged), then the innermost one or two go to a loop for their kind of strides, in pieces.
#include "internal.h"

#include <string.h>

enum { LONG_ROW = 4096 };  // elements that are worth a call of their own

typedef struct dimension {
  int64_t size, out, in;  // strides in bytes
} dimension;

typedef struct copy_plan copy_plan;

struct copy_plan {
  size_t item_size, rank;
  dimension dimensions[JN_MAX_RANK + 1];  // outermost first
  char *out;
  const char *in;
  // The loop over the last two dimensions, of `columns` and n elements, or over the last one, with 1 column.
  void (*inner)(const copy_plan *plan, char *out, const char *in, size_t columns, size_t n);
  jn_transpose_kernel *transpose;
  size_t inner_rank;
  size_t cut;     // which of the innermost dimensions is cut in pieces
  size_t pieces;  // how many
  size_t piece;   // their length
};

// MARK: The innermost loops

// Short runs in a few moves that may overlap.
static inline void copy_run(char *out, const char *in, size_t bytes) {
#define JN_ENDS(SIZE)                                        \
  do {                                                       \
    memcpy(out, in, SIZE);                                   \
    memcpy(out + bytes - SIZE, in + bytes - SIZE, SIZE);     \
  } while (0)
  if (bytes > 64) {
    memcpy(out, in, bytes);
  } else if (bytes >= 32) {
    JN_ENDS(32);
  } else if (bytes >= 16) {
    JN_ENDS(16);
  } else if (bytes >= 8) {
    JN_ENDS(8);
  } else if (bytes >= 4) {
    JN_ENDS(4);
  } else if (bytes >= 2) {
    JN_ENDS(2);
  } else {
    *out = *in;
  }
#undef JN_ENDS
}

static void copy_contiguous(const copy_plan *plan, char *out, const char *in, size_t columns, size_t n) {
  dimension d = plan->dimensions[plan->rank - plan->inner_rank];
  for (size_t j = 0; j < columns; j++) copy_run(out + (int64_t)j * d.out, in + (int64_t)j * d.in, n * plan->item_size);
}

// For each item size, with T the type of an element.
#define JN_FOR_ITEM_SIZE(LOOP)         \
  switch (plan->item_size) {           \
  case 1: LOOP(uint8_t) break;         \
  case 2: LOOP(uint16_t) break;        \
  case 4: LOOP(uint32_t) break;        \
  default: LOOP(uint64_t) break;       \
  }

#define JN_ONE_ELEMENT_LOOP(T)                                                    \
  for (size_t j = 0; j < columns; j++) {                                          \
    T element = *(const T *)(in + (int64_t)j * d.in), *y = (T *)(out + (int64_t)j * d.out); \
    for (size_t i = 0; i < n; i++) y[i] = element;                                \
  }

static void copy_one_element(const copy_plan *plan, char *out, const char *in, size_t columns, size_t n) {
  dimension d = plan->dimensions[plan->rank - plan->inner_rank];
  JN_FOR_ITEM_SIZE(JN_ONE_ELEMENT_LOOP)
}

#define JN_STRIDED_LOOP(T)                                                                     \
  for (size_t j = 0; j < columns; j++) {                                                       \
    char *y = out + (int64_t)j * d.out;                                                        \
    const char *x = in + (int64_t)j * d.in;                                                    \
    for (int64_t i = 0; i < (int64_t)n; i++) *(T *)(y + i * last.out) = *(const T *)(x + i * last.in); \
  }

static void copy_elements(const copy_plan *plan, char *out, const char *in, size_t columns, size_t n) {
  dimension d = plan->dimensions[plan->rank - plan->inner_rank], last = plan->dimensions[plan->rank - 1];
  JN_FOR_ITEM_SIZE(JN_STRIDED_LOOP)
}

// The last dimension is contiguous in the output, the one before it in the input.
static void copy_transposed(const copy_plan *plan, char *out, const char *in, size_t columns, size_t n) {
  dimension before = plan->dimensions[plan->rank - 2], last = plan->dimensions[plan->rank - 1];
  plan->transpose(out, (size_t)before.out / plan->item_size, in, (size_t)last.in / plan->item_size, n, columns);
}

// MARK: The normal form

static int64_t magnitude(int64_t x) { return x < 0 ? -x : x; }

// Runs along each dimension upward in the output.
static void make_output_strides_positive(copy_plan *plan) {
  for (size_t i = 0; i < plan->rank; i++) {
    dimension *d = &plan->dimensions[i];
    if (d->out >= 0) continue;
    plan->out += (d->size - 1) * d->out;
    plan->in += (d->size - 1) * d->in;
    d->out = -d->out;
    d->in = -d->in;
  }
}

// By insertion: the largest strides of the output first, of the input among equals.
static void sort_dimensions(copy_plan *plan) {
  for (size_t i = 1; i < plan->rank; i++) {
    dimension d = plan->dimensions[i];
    size_t k = i;
    for (; k > 0; k--) {
      dimension before = plan->dimensions[k - 1];
      if (before.out > d.out || (before.out == d.out && magnitude(before.in) >= magnitude(d.in))) break;
      plan->dimensions[k] = before;
    }
    plan->dimensions[k] = d;
  }
}

// Joins neighbours that are one run in both layouts.
static void merge_dimensions(copy_plan *plan) {
  size_t rank = 0;
  for (size_t i = 0; i < plan->rank; i++) {
    dimension d = plan->dimensions[i];
    dimension *last = rank > 0 ? &plan->dimensions[rank - 1] : NULL;
    if (last && last->out == d.size * d.out && last->in == d.size * d.in)
      *last = (dimension){last->size * d.size, d.out, d.in};
    else
      plan->dimensions[rank++] = d;
  }
  plan->rank = rank;
}

// MARK: The plan

static void choose_inner(copy_plan *plan) {
  int64_t item = (int64_t)plan->item_size;
  size_t last = plan->rank - 1;
  dimension d = plan->dimensions[last];
  plan->inner_rank = plan->rank == 1 || d.size >= LONG_ROW ? 1 : 2;
  plan->inner = d.out != item ? copy_elements : d.in == item ? copy_contiguous : d.in == 0 ? copy_one_element : copy_elements;
  if (d.out != item || d.in < 0 || plan->inner != copy_elements) return;
  // The dimension that is contiguous in the input moves next to the last.
  for (size_t i = 0; i < last; i++) {
    dimension columns = plan->dimensions[i];
    if (columns.in != item) continue;
    memmove(&plan->dimensions[i], &plan->dimensions[i + 1], (last - 1 - i) * sizeof(dimension));
    plan->dimensions[last - 1] = columns;
    plan->inner_rank = 2;
    plan->inner = copy_transposed;
    plan->transpose = jn_active_kernels()->transpose[jn_log2_of_size(plan->item_size)];
    return;
  }
}

// Cuts an inner dimension into pieces of about JN_CHUNK_WORK elements for the threads to share: of a transposition the
// longer side, else the outermost.
static void cut_inner(copy_plan *plan) {
  size_t last = plan->rank - 1, other = 1, unit = 1;
  plan->cut = plan->rank - plan->inner_rank;
  if (plan->inner == copy_transposed) {
    if (plan->dimensions[last].size > plan->dimensions[last - 1].size) plan->cut = last;
    unit = 64;
  }
  if (plan->inner_rank == 2) other = (size_t)plan->dimensions[plan->cut == last ? last - 1 : last].size;
  size_t size = (size_t)plan->dimensions[plan->cut].size, piece = JN_CHUNK_WORK / other / unit * unit;
  plan->piece = jn_min_size(piece < unit ? unit : piece, size);
  plan->pieces = (size + plan->piece - 1) / plan->piece;
}

// Over the outer dimensions and the pieces in row-major order, from one position to another.
static void run_copy(void *context, size_t begin, size_t end) {
  const copy_plan *plan = context;
  size_t rank = plan->rank - plan->inner_rank, last = plan->rank - 1;
  dimension loops[JN_MAX_RANK + 1];
  memcpy(loops, plan->dimensions, rank * sizeof(dimension));
  dimension cut = plan->dimensions[plan->cut];
  loops[rank++] = (dimension){(int64_t)plan->pieces, cut.out * (int64_t)plan->piece, cut.in * (int64_t)plan->piece};

  int64_t position[JN_MAX_RANK + 1];
  char *out = plan->out;
  const char *in = plan->in;
  size_t rest = begin;
  for (size_t i = rank; i-- > 0; rest /= (size_t)loops[i].size) {
    position[i] = (int64_t)(rest % (size_t)loops[i].size);
    out += position[i] * loops[i].out;
    in += position[i] * loops[i].in;
  }
  for (size_t k = begin; k < end; k++) {
    size_t length = jn_min_size(plan->piece, (size_t)cut.size - (size_t)position[rank - 1] * plan->piece);
    size_t n = plan->cut == last ? length : (size_t)plan->dimensions[last].size;
    size_t columns = plan->inner_rank == 1 ? 1 : plan->cut == last ? (size_t)plan->dimensions[last - 1].size : length;
    plan->inner(plan, out, in, columns, n);
    for (size_t i = rank; i-- > 0;) {
      out += loops[i].out;
      in += loops[i].in;
      if (++position[i] < loops[i].size) break;
      position[i] = 0;
      out -= loops[i].size * loops[i].out;
      in -= loops[i].size * loops[i].in;
    }
  }
}

void jn_copy_strided(size_t item_size, size_t rank, const int64_t *shape, void *out, const int64_t *out_strides,
                     const void *in, const int64_t *in_strides) {
  copy_plan plan;
  plan.item_size = item_size;
  plan.rank = 0;
  plan.out = out;
  plan.in = in;
  int64_t item = (int64_t)item_size;
  size_t total = 1;
  for (size_t i = 0; i < rank; i++) {
    if (shape[i] == 0) return;
    if (shape[i] == 1) continue;
    total *= (size_t)shape[i];
    plan.dimensions[plan.rank++] = (dimension){shape[i], out_strides[i] * item, in_strides[i] * item};
  }
  if (plan.rank == 0) plan.dimensions[plan.rank++] = (dimension){1, item, item};
  make_output_strides_positive(&plan);
  sort_dimensions(&plan);
  merge_dimensions(&plan);
  choose_inner(&plan);
  cut_inner(&plan);
  size_t tasks = plan.pieces;
  for (size_t i = 0; i + plan.inner_rank < plan.rank; i++) tasks *= (size_t)plan.dimensions[i].size;
  jn_parallel_range(tasks, total / tasks + 4, run_copy, &plan);
}
