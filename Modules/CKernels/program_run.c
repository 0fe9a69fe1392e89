// Running a program: chunks over the thread pool, blocks and tiles within a chunk, steps within a tile.
#include <string.h>

#include "program_internal.h"

// Memory of a run that is larger than this is not kept by the thread.
enum { RUN_BYTES_KEPT = 256 << 10 };

// What all threads share.
typedef struct run {
  const jn_program *program;
  const void *const *inputs;
  void *const *outputs;
  char *memory;   // of the run
  char *blocks;   // by_phase: of the rows, each of program->block_bytes
  size_t phase;   // by_phase
} run;

// One thread at work on one chunk.
typedef struct worker {
  const run *run;
  const jn_program *program;
  char **at;                      // addresses by slot
  char **origin;                  // of each move, at the first column of the strip
  char *area[JN_AREA_COUNT];
  size_t row_chunk, row_begin, row_end;  // of the chunk
  size_t first_column, columns;   // of the strip
  size_t row, rows, block;        // of the block; its place in the chunk
  size_t column, tile_columns;    // of the tile
} worker;

// MARK: Addresses

// The index along each dimension of the rows.
typedef struct row_index { size_t i[JN_PROGRAM_RANK - 1]; } row_index;

static row_index index_of(const jn_program *p, size_t row) {
  row_index index;
  for (size_t d = JN_PROGRAM_RANK - 1; d-- > 0; row /= p->row_shape[d]) index.i[d] = row % p->row_shape[d];
  return index;
}

static int64_t row_offset(const jn_program *p, const jn_array *array, size_t row) {
  if (array->linear) return (int64_t)row * array->pitch;
  row_index index = index_of(p, row);
  int64_t offset = 0;
  for (size_t d = 0; d < JN_PROGRAM_RANK - 1; d++) offset += (int64_t)index.i[d] * array->row_stride[d];
  return offset;
}

// Rows that are equally far apart in every array, from `row` on.
static size_t run_length(const jn_program *p, size_t row, size_t rows) {
  size_t inner = p->row_shape[JN_PROGRAM_RANK - 2];
  return jn_min_size(rows, inner - row % inner);
}

static void set_addresses(worker *w) {
  const jn_program *p = w->program;
  for (size_t k = 0; k < p->move_count; k++) {
    const jn_move *m = &p->moves[k];
    char *origin;
    if (m->kind == JN_MOVE_SCRATCH) {
      origin = w->area[m->area] + m->offset + (int64_t)((w->row - w->row_begin) % m->period) * m->pitch;
    } else {
      bool input = m->kind == JN_MOVE_INPUT;
      const jn_array *array = input ? &p->inputs[m->index] : &p->outputs[m->index];
      origin = (input ? (char *)w->run->inputs[m->index] : (char *)w->run->outputs[m->index]) + row_offset(p, array, w->row);
      origin += w->first_column * m->size;
    }
    w->origin[k] = w->at[m->slot] = origin;
  }
}

static void move_to_column(worker *w, size_t column) {
  const jn_program *p = w->program;
  for (size_t k = 0; k < p->move_count; k++) w->at[p->moves[k].slot] = w->origin[k] + column * p->moves[k].size;
}

// MARK: Arrays that are gathered or scattered

static void load(worker *w, const jn_step *s) {
  const jn_program *p = w->program;
  const jn_array *array = &p->inputs[s->index];
  const char *in = w->run->inputs[s->index];
  char *out = w->at[s->out];
  if (s->level == JN_UNIFORM) {
    memcpy(out, in, s->size);
    return;
  }
  if (s->level == JN_BY_COLUMN) {
    in += (int64_t)w->first_column * array->column_stride;
    jn_gather_rows(s->size, out, 0, in, 0, array->column_stride, 1, w->columns, p->kernels);
    return;
  }
  size_t columns = s->level == JN_FULL ? w->tile_columns : 1, pitch = columns * s->size;
  if (s->level == JN_FULL) in += (int64_t)w->column * array->column_stride;
  for (size_t r = 0; r < w->rows;) {
    size_t rows = run_length(p, w->row + r, w->rows - r);
    jn_gather_rows(s->size, out + r * pitch, pitch, in + row_offset(p, array, w->row + r), array->row_stride[JN_PROGRAM_RANK - 2],
              array->column_stride, rows, columns, p->kernels);
    r += rows;
  }
}

// How many of `rows` equally spaced rows are written, where an output repeats: the first of each repetition.
static size_t written_rows(const jn_program *p, const jn_array *array, size_t row, size_t rows) {
  if (!array->repeats) return rows;
  row_index index = index_of(p, row);
  for (size_t d = 0; d < JN_PROGRAM_RANK - 2; d++)
    if (array->row_stride[d] == 0 && index.i[d] > 0) return 0;
  if (array->row_stride[JN_PROGRAM_RANK - 2] != 0 || p->row_shape[JN_PROGRAM_RANK - 2] == 1) return rows;
  return index.i[JN_PROGRAM_RANK - 2] == 0 ? 1 : 0;
}

static void store(worker *w, const jn_step *s) {
  const jn_program *p = w->program;
  const jn_array *array = &p->outputs[s->index];
  char *out = w->run->outputs[s->index];
  const char *in = w->at[s->in[0]];
  if (s->level == JN_BY_COLUMN) {
    if (w->row_chunk > 0) return;
    if (p->column_copy[s->index] != SIZE_MAX)
      memcpy(w->run->memory + p->column_copy[s->index] + w->first_column * s->size, in, w->columns * s->size);
    else
      jn_scatter_rows(s->size, out + (int64_t)w->first_column * array->column_stride, 0, array->column_stride, in, 0, 1, w->columns);
    return;
  }
  size_t columns = s->level == JN_FULL ? w->tile_columns : 1, pitch = columns * s->size;
  if (s->level == JN_FULL) {
    out += (int64_t)w->column * array->column_stride;
    if (array->column_stride == 0) columns = w->column == 0 ? jn_min_size(columns, 1) : 0;
  }
  for (size_t r = 0; r < w->rows;) {
    size_t rows = run_length(p, w->row + r, w->rows - r);
    size_t written = written_rows(p, array, w->row + r, rows);
    jn_scatter_rows(s->size, out + row_offset(p, array, w->row + r), array->row_stride[JN_PROGRAM_RANK - 2], array->column_stride,
               in + r * pitch, pitch, written, columns);
    r += rows;
  }
}

// Inputs that lie across the rows: the next JN_STAGE_ROWS of them.
static void fill_stages(worker *w) {
  const jn_program *p = w->program;
  if ((w->row - w->row_begin) % JN_STAGE_ROWS != 0) return;
  size_t total = jn_min_size(JN_STAGE_ROWS, w->row_end - w->row);
  for (size_t k = 0; k < p->stage_count; k++) {
    const jn_array *array = &p->inputs[p->stages[k].input];
    const jn_move *m = &p->moves[p->stages[k].move];
    const char *in = (const char *)w->run->inputs[p->stages[k].input] + (int64_t)w->first_column * array->column_stride;
    for (size_t r = 0; r < total;) {
      size_t rows = run_length(p, w->row + r, total - r);
      jn_gather_rows(array->size, w->area[m->area] + m->offset + r * (size_t)m->pitch, (size_t)m->pitch,
                in + row_offset(p, array, w->row + r), array->row_stride[JN_PROGRAM_RANK - 2], array->column_stride, rows,
                w->columns, p->kernels);
      r += rows;
    }
  }
}

// MARK: Counting

static void count_rows(const worker *w, const jn_step *s, char *out) {
  const jn_program *p = w->program;
  size_t inner = 1, size = p->row_shape[s->index];
  for (size_t d = s->index + 1u; d < JN_PROGRAM_RANK - 1; d++) inner *= p->row_shape[d];
  for (size_t r = 0; r < w->rows;) {
    size_t index = (w->row + r) / inner, n = inner - (w->row + r) % inner;
    if (inner == 1) n = size - index % size;
    n = jn_min_size(n, w->rows - r);
    jn_count_up(s->type, out, index % size, inner == 1 ? n : 1);
    if (inner > 1) jn_splat(s->size, out, out, n);
    out += n * s->size;
    r += n;
  }
}

static void count(const worker *w, const jn_step *s, size_t n) {
  char *out = w->at[s->out];
  if (s->level == JN_UNIFORM)
    jn_count_up(s->type, out, 0, 1);
  else if (s->index < JN_PROGRAM_RANK - 1)
    count_rows(w, s, out);
  else
    jn_count_up(s->type, out, s->level == JN_FULL ? w->column : w->first_column, n);
}

// MARK: Reductions

// Short rows lie side by side while they are reduced: a call for each would cost more.
static void reduce_short_rows(const worker *w, const jn_step *s, const jn_result *result, const char *in) {
  const jn_program *p = w->program;
  _Alignas(64) char side_by_side[JN_LEAF_BYTES * 2];
  size_t most = sizeof side_by_side / s->size / p->columns;
  for (size_t r = 0; r < w->rows; r += most) {
    size_t rows = jn_min_size(most, w->rows - r);
    p->kernels->transpose[jn_log2_of_size(s->size)](side_by_side, rows, in + r * p->columns * s->size, p->columns, rows, p->columns);
    result->rows(side_by_side, side_by_side + rows * s->size, p->columns - 1, rows, rows);
    memcpy(w->at[s->out] + r * s->size, side_by_side, rows * s->size);
  }
}

// The reduction of n elements from element `first` of a tile on.
static void reduce_elements(const worker *w, const jn_step *s, const jn_result *result, char *out, size_t first, size_t n) {
  const char *a = w->at[s->in[0]] + first * s->advance[0] * s->size;
  if (s->in_count == 1)
    result->row(out, a, n);
  else
    ((jn_row_of_two_kernel *)s->kernel)(out, a, s->advance[0], w->at[s->in[1]] + first * s->advance[1] * s->size, s->advance[1], n);
}

static void reduce_columns(const worker *w, const jn_step *s) {
  const jn_program *p = w->program;
  const jn_result *result = &p->results[s->index];
  char *out = w->at[s->out];
  if (p->columns == 0)
    jn_splat(s->size, out, &result->identity, w->rows);
  else if (p->tiles > 1)
    reduce_elements(w, s, result, out + w->column / p->tile * s->size, 0, w->tile_columns);
  else if (p->columns <= JN_SMALL_BLOCK && p->rows >= JN_MANY_BLOCKS)
    reduce_short_rows(w, s, result, w->at[s->in[0]]);
  else
    for (size_t r = 0; r < w->rows; r++) reduce_elements(w, s, result, out + r * s->size, r * p->columns, p->columns);
}

static void finish_columns(const worker *w, const jn_step *s) {
  const jn_program *p = w->program;
  const jn_result *result = &p->results[s->index];
  jn_reduce_leaves(result->row, result->rows, s->size, w->at[s->out], w->at[s->in[0]], p->tiles, JN_ROW_SEGMENT / p->tile);
}

// The rows of a tile, or the rows that have come together since eight were last added.
static void reduce_rows(const worker *w, const jn_step *s) {
  const jn_program *p = w->program;
  const jn_result *result = &p->results[s->index];
  char *sum = w->at[s->out];
  if (p->block_rows > 1) {
    size_t wide = p->group * p->columns, groups = w->rows / p->group, done = groups * p->group;
    const char *in = w->at[s->in[0]];
    result->rows(sum, in, groups, wide, wide);
    result->rows(sum, in + done * p->columns * s->size, w->rows - done, p->columns, p->columns);
    return;
  }
  size_t k = (w->row - w->row_begin) % 8;
  if (k < 7 && w->row + 1 < w->row_end) return;
  const jn_move *m = &p->moves[s->in[0]];
  int64_t pitch = m->kind == JN_MOVE_SCRATCH ? m->pitch : m->kind == JN_MOVE_INPUT ? p->inputs[m->index].pitch : p->outputs[m->index].pitch;
  result->rows(sum, w->origin[s->in[0]] - (int64_t)k * pitch, k + 1, (size_t)(pitch / s->size), w->columns);
}

static void reduce_all(const worker *w, const jn_step *s, size_t n) {
  const jn_program *p = w->program;
  const jn_result *result = &p->results[s->index];
  if (n == 0) return;
  size_t tile = (w->row_chunk * p->chunk_blocks + w->block) * p->tiles + w->column / p->tile;
  reduce_elements(w, s, result, w->run->memory + result->offset + tile * s->size, 0, n);
}

static void begin_sums(const worker *w) {
  const jn_program *p = w->program;
  for (size_t k = 0; k < p->result_count; k++) {
    const jn_result *result = &p->results[k];
    if (result->kind == JN_RESULT_ROWS && result->count > 0)
      jn_splat(result->size, w->at[result->in], &result->identity, p->group * w->columns);
  }
}

static void end_sums(const worker *w) {
  const jn_program *p = w->program;
  for (size_t k = 0; k < p->result_count; k++) {
    const jn_result *result = &p->results[k];
    if (result->kind != JN_RESULT_ROWS || result->count == 0) continue;
    char *sum = w->at[result->in];
    result->rows(sum, sum + w->columns * result->size, p->group - 1, w->columns, w->columns);
    memcpy(w->run->memory + result->offset + (w->row_chunk * p->columns + w->first_column) * result->size, sum, w->columns * result->size);
  }
}

// MARK: Steps

static void execute(worker *w, const jn_step *s, size_t n) {
  char **at = w->at;
  switch ((jn_step_code)s->code) {
  case JN_DO_NOTHING: break;
  case JN_DO_UNARY: ((jn_unary_kernel *)s->kernel)(at[s->out], at[s->in[0]], n); break;
  case JN_DO_BINARY:
    ((jn_binary_kernel *)s->kernel)(at[s->out], at[s->in[0]], s->advance[0], at[s->in[1]], s->advance[1], n);
    break;
  case JN_DO_TERNARY:
    ((jn_fma_kernel *)s->kernel)(at[s->out], at[s->in[0]], s->advance[0], at[s->in[1]], s->advance[1], at[s->in[2]],
                                 s->advance[2], n);
    break;
  case JN_DO_FUSED_4:
    ((jn_fused_4_kernel *)s->kernel)(at[s->out], at[s->in[0]], s->advance[0], at[s->in[1]], s->advance[1], at[s->in[2]],
                                     s->advance[2], at[s->in[3]], s->advance[3], n);
    break;
  case JN_DO_SELECT:
    ((jn_select_kernel *)s->kernel)(at[s->out], (uint8_t *)at[s->in[0]], s->advance[0], at[s->in[1]], s->advance[1],
                                    at[s->in[2]], s->advance[2], n);
    break;
  case JN_DO_THREEFRY:
    ((jn_threefry_kernel *)s->kernel)((uint32_t *)at[s->out], (uint32_t *)at[s->out2], (uint32_t *)at[s->in[0]],
                                      s->advance[0], (uint32_t *)at[s->in[1]], s->advance[1], (uint32_t *)at[s->in[2]],
                                      s->advance[2], (uint32_t *)at[s->in[3]], s->advance[3], n);
    break;
  case JN_DO_RANDOM_BITS:
    ((jn_threefry_bits_kernel *)s->kernel)((uint32_t *)at[s->out], (uint32_t *)at[s->in[0]], (uint32_t *)at[s->in[1]],
                                           (uint32_t *)at[s->in[2]], (uint32_t)w->column, n);
    break;
  case JN_DO_IOTA: count(w, s, n); break;
  case JN_DO_COPY: memcpy(at[s->out], at[s->in[0]], n * s->size); break;
  case JN_DO_FILL: jn_splat(s->size, at[s->out], at[s->in[0]], n); break;
  case JN_DO_SPLAT: jn_splat(s->size, at[s->out], at[s->in[0]], JN_VECTOR_BYTES_MAX / s->size); break;
  case JN_DO_REPEAT: ((jn_repeat_kernel *)s->kernel)(at[s->out], at[s->in[0]], w->rows, w->program->columns); break;
  case JN_DO_TILE:
    for (size_t r = 0; r < w->program->block_rows; r++)
      memcpy(at[s->out] + r * w->columns * s->size, at[s->in[0]], w->columns * s->size);
    break;
  case JN_DO_LOAD: load(w, s); break;
  case JN_DO_STORE: store(w, s); break;
  case JN_DO_REDUCE_COLUMNS: reduce_columns(w, s); break;
  case JN_DO_FINISH_COLUMNS: finish_columns(w, s); break;
  case JN_DO_REDUCE_ROWS: reduce_rows(w, s); break;
  case JN_DO_REDUCE_ALL: reduce_all(w, s, n); break;
  case JN_DO_KEEP_ROWS:
    memcpy(w->run->memory + w->program->results[s->index].offset + w->row * s->size, at[s->in[0]], w->rows * s->size);
    break;
  }
}

static void execute_section(worker *w, size_t section, size_t n) {
  const jn_program *p = w->program;
  const jn_step *end = p->steps + p->sections[section + 1];
  for (const jn_step *s = p->steps + p->sections[section]; s < end; s++) execute(w, s, s->copies ? s->copies : n);
}

static bool is_empty(const jn_program *p, size_t section) { return p->sections[section] == p->sections[section + 1]; }

// MARK: Blocks and chunks

static void run_tiles(worker *w, size_t phase) {
  const jn_program *p = w->program;
  size_t section = JN_SECTION_PHASES + 2 * phase + 1;
  if (is_empty(p, section)) return;
  if (p->block_rows > 1 || w->columns <= p->tile) {
    w->column = w->first_column;
    w->tile_columns = w->columns;
    execute_section(w, section, w->rows * w->columns);
    return;
  }
  for (size_t column = 0; column < w->columns; column += p->tile) {
    w->column = w->first_column + column;
    w->tile_columns = jn_min_size(p->tile, w->columns - column);
    move_to_column(w, column);
    execute_section(w, section, w->tile_columns);
  }
}

static void run_blocks(worker *w) {
  const jn_program *p = w->program;
  for (w->row = w->row_begin, w->block = 0; w->row < w->row_end; w->row += p->block_rows, w->block++) {
    w->rows = jn_min_size(p->block_rows, w->row_end - w->row);
    set_addresses(w);
    if (p->stage_count > 0) fill_stages(w);
    for (size_t phase = 0; phase < p->phases; phase++) {
      execute_section(w, JN_SECTION_PHASES + 2 * phase, w->rows);
      run_tiles(w, phase);
    }
    execute_section(w, JN_SECTION_PHASES + 2 * p->phases, w->rows);
  }
}

// The memory of a thread: addresses, then scratch. The run's, if it is short, comes first.
static size_t table_bytes(const jn_program *p) { return ((p->slot_count + p->move_count) * sizeof(char *) + 63) / 64 * 64; }
static size_t kept_run_bytes(const jn_program *p) { return p->run_bytes <= RUN_BYTES_KEPT ? p->run_bytes : 0; }
static size_t thread_bytes(const jn_program *p) { return kept_run_bytes(p) + table_bytes(p) + p->thread_bytes + p->block_bytes; }

static worker make_worker(const run *run) {
  const jn_program *p = run->program;
  char *memory = (char *)jn_thread_scratch(thread_bytes(p)) + kept_run_bytes(p);
  worker w = {.run = run, .program = p, .at = (char **)memory, .rows = 1};
  w.origin = w.at + p->slot_count;
  w.area[JN_OF_RUN] = run->memory;
  w.area[JN_OF_THREAD] = memory + table_bytes(p);
  w.area[JN_OF_BLOCK] = w.area[JN_OF_THREAD] + p->thread_bytes;
  return w;
}

static void set_fixed_addresses(worker *w) {
  const jn_program *p = w->program;
  for (size_t k = 0; k < p->slot_count; k++)
    if (p->slots[k].area != JN_AREA_COUNT) w->at[k] = w->area[p->slots[k].area] + p->slots[k].offset;
}

static void run_chunk(void *context, size_t index) {
  const run *run = context;
  const jn_program *p = run->program;
  worker w = make_worker(run);
  w.row_chunk = index / p->strips;
  w.row_begin = w.row = w.row_chunk * p->chunk_rows;
  w.row_end = jn_min_size(w.row_begin + p->chunk_rows, p->rows);
  w.first_column = index % p->strips * p->strip;
  w.columns = jn_min_size(p->strip, p->columns - w.first_column);
  set_fixed_addresses(&w);
  if (!is_empty(p, JN_SECTION_COLUMN)) {
    set_addresses(&w);
    execute_section(&w, JN_SECTION_COLUMN, w.columns);
  }
  begin_sums(&w);
  run_blocks(&w);
  end_sums(&w);
}

// MARK: Few long rows

static worker worker_of_row(const run *run, size_t row) {
  const jn_program *p = run->program;
  worker w = make_worker(run);
  w.area[JN_OF_BLOCK] = run->blocks + row * p->block_bytes;
  w.row_chunk = w.row_begin = w.row = row;
  w.row_end = row + 1;
  w.columns = p->columns;
  set_fixed_addresses(&w);
  return w;
}

static void run_strip_of_phase(void *context, size_t index) {
  const run *run = context;
  const jn_program *p = run->program;
  worker w = worker_of_row(run, index / p->strips);
  w.first_column = index % p->strips * p->strip;
  w.columns = jn_min_size(p->strip, p->columns - w.first_column);
  set_addresses(&w);
  // A row that is kept begins at its first column.
  for (size_t k = 0; k < p->move_count; k++)
    if (p->moves[k].kind == JN_MOVE_SCRATCH) w.at[p->moves[k].slot] = w.origin[k] += w.first_column * p->moves[k].size;
  run_tiles(&w, run->phase);
}

static void run_row_section(const run *run, size_t section) {
  if (is_empty(run->program, section)) return;
  for (size_t row = 0; row < run->program->rows; row++) {
    worker w = worker_of_row(run, row);
    set_addresses(&w);
    execute_section(&w, section, 1);
  }
}

static void run_by_phase(run *run) {
  const jn_program *p = run->program;
  run->blocks = jn_scratch_take(p->rows * p->block_bytes);
  for (run->phase = 0; run->phase < p->phases; run->phase++) {
    size_t section = JN_SECTION_PHASES + 2 * run->phase;
    run_row_section(run, section);
    if (!is_empty(p, section + 1)) jn_parallel(p->rows * p->strips, run_strip_of_phase, run);
  }
  run_row_section(run, JN_SECTION_PHASES + 2 * p->phases);
  jn_scratch_give(run->blocks);
}

// MARK: Before and after

static void run_uniform(const run *run) {
  const jn_program *p = run->program;
  if (is_empty(p, JN_SECTION_UNIFORM)) return;
  worker w = make_worker(run);
  set_fixed_addresses(&w);
  const jn_step *end = p->steps + p->sections[JN_SECTION_UNIFORM + 1];
  for (const jn_step *s = p->steps + p->sections[JN_SECTION_UNIFORM]; s < end; s++) {
    execute(&w, s, 1);
    jn_splat(s->size, w.at[s->out], w.at[s->out], JN_VECTOR_BYTES_MAX / s->size);
    if (s->out2 != JN_NONE) jn_splat(s->size, w.at[s->out2], w.at[s->out2], JN_VECTOR_BYTES_MAX / s->size);
  }
  for (size_t i = 0; i < p->output_count; i++)
    if (p->uniform_output[i] != JN_NONE) memcpy(run->outputs[i], w.at[p->uniform_output[i]], p->outputs[i].size);
}

// The accumulated value of each column, or the one.
static void combine(const run *run, const jn_result *result, char *sum) {
  const jn_program *p = run->program;
  char *values = run->memory + result->offset;
  switch ((jn_result_kind)result->kind) {
  case JN_RESULT_ROWS: jn_reduce(result->operation, result->type, sum, values, 1, p->row_chunks, p->columns); break;
  case JN_RESULT_OF_KEPT_ROWS: jn_reduce(result->operation, result->type, sum, values, 1, p->rows, 1); break;
  case JN_RESULT_ALL: {
    if (p->rows == 0 || p->columns == 0) {
      memcpy(sum, &result->identity, result->size);
      return;
    }
    size_t last_rows = p->rows - (p->row_chunks - 1) * p->chunk_rows;
    size_t missing = p->chunk_blocks - (last_rows + p->block_rows - 1) / p->block_rows;
    jn_reduce_leaves(result->row, result->rows, result->size, sum, values, result->count - missing * p->tiles, JN_ROW_SEGMENT / p->tile);
  }
  }
}

static void finish_result(const run *run, size_t output) {
  const jn_program *p = run->program;
  const jn_result *result = &p->results[p->output_result[output]];
  const jn_array *array = &p->outputs[output];
  jn_dtype type = p->output_type[output], sum_type = (jn_dtype)result->type;
  char *out = run->outputs[output];
  size_t n = result->kind == JN_RESULT_ROWS ? p->columns : 1, size = array->size;
  if (type == sum_type && (n == 1 || array->column_stride == (int64_t)size) && result->kind != JN_RESULT_OF_KEPT_ROWS) {
    combine(run, result, out);
    return;
  }
  char *sum = jn_scratch_take(2 * (n + 8) * sizeof(double)), *narrow = sum + (n + 8) * sizeof(double);
  combine(run, result, sum);
  jn_convert(type, narrow, sum_type, sum, n);
  // What was made of one element for each row is the same for every column.
  bool repeats = result->kind == JN_RESULT_OF_KEPT_ROWS && array->column_stride != 0;
  for (size_t k = 0; k < (repeats ? p->columns : 1); k++)
    jn_scatter_rows(size, out + (int64_t)k * array->column_stride, 0, array->column_stride, narrow, 0, 1, n);
  jn_scratch_give(sum);
}

// MARK: On a product

bool jn_program_is_linear(const jn_program *p) {
  if (p->rows != 1 || p->phases != 1 || p->by_phase || p->result_count > 0 || p->stage_count > 0) return false;
  for (size_t i = 0; i < p->input_count + p->output_count; i++) {
    const jn_array *array = i < p->input_count ? &p->inputs[i] : &p->outputs[i - p->input_count];
    bool is_output = i >= p->input_count;
    if (array->column_stride != array->size && (is_output || array->column_stride != 0)) return false;
  }
  for (size_t k = p->sections[0]; k < p->sections[JN_SECTION_PHASES + 2 * p->phases + 1]; k++)
    if (p->steps[k].code == JN_DO_IOTA || p->steps[k].code == JN_DO_RANDOM_BITS) return false;
  return true;
}

typedef struct product_run {
  const run *run;
  size_t input;
} product_run;

// A part of the product has been made: its elements from `first` on.
static void run_on_part(void *context, const float *part, size_t first, size_t count) {
  const product_run *whole = context;
  const jn_program *p = whole->run->program;
  const void *inputs[p->input_count];
  memcpy(inputs, whole->run->inputs, sizeof inputs);
  inputs[whole->input] = (const void *)((uintptr_t)part - first * sizeof *part);
  run run = *whole->run;
  run.inputs = inputs;
  worker w = make_worker(&run);
  w.row_end = 1;
  w.first_column = first;
  w.columns = count;
  set_fixed_addresses(&w);
  run_blocks(&w);
}

// The update of parameters that a program makes of what a product makes, if it is one.
static bool update_by_product(const jn_program *p, const void *const *inputs, void *const *outputs, size_t input, const jn_product *product) {
  const jn_program_update *u = &p->update;
  if (u->gradient != input) return false;
  jn_update update = {.parameters = inputs[u->parameters], .parameters_out = outputs[u->parameters_out], .rate = *(const float *)inputs[u->rate],
                      .row = product->n};
  if (u->velocity != JN_NONE) {
    update.velocity = inputs[u->velocity];
    update.velocity_out = outputs[u->velocity_out];
    update.decay = *(const float *)inputs[u->decay];
  }
  return jn_multiply_and_update(product, &update);
}

void jn_program_run_on_product(const jn_program *p, const void *const *inputs, void *const *outputs, size_t input, const jn_product *product) {
  if (update_by_product(p, inputs, outputs, input, product)) return;
  run run = {.program = p, .inputs = inputs, .outputs = outputs};
  run.memory = jn_scratch_take(p->run_bytes);
  run_uniform(&run);
  product_run whole = {&run, input};
  const float *arrays[p->input_count];
  size_t array_count = 0;
  for (size_t i = 0; i < p->input_count; i++)
    if (i != input && p->inputs[i].column_stride == sizeof(float) && p->inputs[i].size == sizeof(float)) arrays[array_count++] = inputs[i];
  jn_multiply_in_rows(product, run_on_part, &whole, arrays, array_count);
  jn_scratch_give(run.memory);
}

// MARK: All of it

void jn_program_run(const jn_program *p, const void *const *inputs, void *const *outputs) {
  run run = {.program = p, .inputs = inputs, .outputs = outputs};
  bool kept = p->run_bytes <= RUN_BYTES_KEPT;
  run.memory = kept ? jn_thread_scratch(thread_bytes(p)) : jn_scratch_take(p->run_bytes);
  run_uniform(&run);
  size_t chunks = p->row_chunks * p->strips;
  if (p->sections[JN_SECTION_COLUMN] == p->sections[JN_SECTION_PHASES + 2 * p->phases + 1]) {
    chunks = 0;
  } else if (p->by_phase) {
    run_by_phase(&run);
  } else if (p->parallel) {
    jn_parallel(chunks, run_chunk, &run);
  } else {
    for (size_t k = 0; k < chunks; k++) run_chunk(&run, k);
  }
  for (size_t i = 0; i < p->output_count; i++) {
    if (p->output_result[i] != JN_NONE) finish_result(&run, i);
    if (p->column_copy[i] != SIZE_MAX)
      jn_scatter_rows(p->outputs[i].size, outputs[i], 0, p->outputs[i].column_stride, run.memory + p->column_copy[i], 0, 1, p->columns);
  }
  if (!kept) jn_scratch_give(run.memory);
}
