// Sizes of tiles and chunks, and the steps that bring values to the level and the place where others need them.
#include <stdlib.h>
#include <string.h>

#include "program_internal.h"

// MARK: Geometry

enum {
  TILE_BYTES = 8192,     // of the widest elements
  TILE_UNIT = 64,        // elements: whole cache lines
  SHORT_ROW = 512,       // rows no longer than this are taken several to a tile
  STAGE_STRIP = 1024,    // columns of inputs that lie across the rows
  LONGEST_STAGE = 8192,  // columns that such inputs are gathered for together
  REDUCED_STRIP = 512,   // columns that are reduced together where there are many
  MANY_CHUNKS = 16,
  LARGE_CHUNK_WORK = 4 * JN_CHUNK_WORK,
};

static size_t round_up(size_t n, size_t unit) { return (n + unit - 1) / unit * unit; }
static size_t max_size(size_t a, size_t b) { return a > b ? a : b; }

// The work of one element of the space.
static size_t cost_of(const jn_plan *plan) {
  size_t cost = 0;
  for (size_t i = 0; i < plan->step_count; i++)
    if (plan->steps[i].level == JN_FULL) cost += plan->steps[i].cost;
  return cost + 1;
}

static bool is_across(const jn_array *array, const jn_space *space) {
  return array->column_stride != array->size && array->row_stride[JN_PROGRAM_RANK - 2] == array->size &&
         space->row_shape[JN_PROGRAM_RANK - 2] >= JN_STAGE_ROWS / 2;
}

static bool any_across(const jn_plan *plan) {
  for (size_t i = 0; i < plan->program->input_count; i++)
    if (is_across(&plan->program->inputs[i], &plan->space)) return true;
  return false;
}

static bool any_by_column(const jn_plan *plan) {
  for (size_t i = 0; i < plan->step_count; i++)
    if (plan->steps[i].level == JN_BY_COLUMN) return true;
  return false;
}

static void choose_tile(jn_plan *plan) {
  jn_program *p = plan->program;
  size_t widest = 1, columns = max_size(p->columns, 1);
  for (size_t i = 0; i < plan->value_count; i++)
    if (plan->values[i].level == JN_FULL && plan->values[i].size > widest) widest = plan->values[i].size;
  p->tile = TILE_BYTES / max_size(widest, 4);
  // Few elements with much work are for two threads.
  size_t count = p->rows * columns;
  if (count <= p->tile && count > JN_PARALLEL_WORK / cost_of(plan) && !plan->space.reduces_rows)
    p->tile = round_up(max_size(count / 2, columns <= SHORT_ROW ? columns : 1), TILE_UNIT);
  p->group = plan->space.reduces_rows ? jn_reduce_group(columns) : 1;
  size_t unit = plan->space.reduces_rows ? 8 * p->group : 1;
  p->block_rows = columns <= SHORT_ROW ? p->tile / columns / unit * unit : 0;
  p->block_rows = max_size(1, jn_min_size(p->block_rows, p->rows));
}

static void choose_chunk(jn_plan *plan) {
  jn_program *p = plan->program;
  const jn_space *space = &plan->space;
  // Chunks of a few microseconds, unless there would be few of them.
  size_t work = p->rows * p->columns * cost_of(plan) / MANY_CHUNKS;
  work = jn_min_size(max_size(work, JN_CHUNK_WORK), LARGE_CHUNK_WORK);
  size_t target = max_size(work / cost_of(plan), 512), columns = max_size(p->columns, 1);
  size_t rows = max_size(1, target / columns / p->block_rows) * p->block_rows;
  p->strip = columns;
  p->chunk_rows = rows;
  if (p->by_phase) {
    p->strip = max_size(1, target / p->tile) * p->tile;
    p->chunk_rows = 1;
  } else if (space->reduces_rows) {
    p->chunk_rows = jn_reduce_segment(columns);
    if (!space->reduces_columns && p->block_rows == 1 && columns > REDUCED_STRIP) p->strip = REDUCED_STRIP;
  } else if (!space->reduces_columns && p->block_rows == 1) {
    bool across = any_across(plan);
    size_t unit = across ? JN_STAGE_ROWS : any_by_column(plan) ? 8 : 1;
    p->strip = max_size(p->tile, target / p->tile * p->tile);
    if (unit > 1) p->strip = across ? STAGE_STRIP : p->tile;
    if (p->strip > columns) p->strip = columns;
    p->chunk_rows = round_up(max_size(1, target / p->strip), unit);
  }
  p->chunk_rows = max_size(1, jn_min_size(p->chunk_rows, p->rows));
  p->row_chunks = (p->rows + p->chunk_rows - 1) / p->chunk_rows;
  p->chunk_blocks = (p->chunk_rows + p->block_rows - 1) / p->block_rows;
  p->strips = (columns + p->strip - 1) / p->strip;
  // A strip that ends inside a tile is the last one.
  if (p->tile > p->strip && p->block_rows == 1 && p->strips > 1) p->tile = p->strip;
  p->tiles = p->block_rows > 1 ? 1 : max_size(1, (p->columns + p->tile - 1) / p->tile);
  p->parallel = p->rows * p->columns > JN_PARALLEL_WORK / cost_of(plan) && p->strips * p->row_chunks > 1;
}

void jn_plan_geometry(jn_plan *plan) {
  choose_tile(plan);
  choose_chunk(plan);
}

// MARK: Dead steps

static bool result_is_needed(const jn_plan *plan, size_t result) {
  for (size_t i = 0; i < plan->program->output_count; i++)
    if (plan->output_result[i] == result) return true;
  return false;
}

void jn_plan_drop_dead(jn_plan *plan) {
  for (size_t i = 0; i < plan->program->output_count; i++)
    if (plan->outputs[i] != JN_NONE) plan->values[plan->outputs[i]].needed = true;
  size_t kept = plan->step_count;
  for (size_t i = plan->step_count; i-- > 0;) {
    const jn_step *s = &plan->steps[i];
    bool needed = s->out == JN_NONE ? result_is_needed(plan, s->index)
                                    : plan->values[s->out].needed || (s->out2 != JN_NONE && plan->values[s->out2].needed);
    if (!needed) continue;
    for (size_t k = 0; k < s->in_count; k++) plan->values[s->in[k]].needed = true;
    plan->steps[--kept] = *s;
  }
  plan->step_count -= kept;
  if (plan->step_count > 0) memmove(plan->steps, plan->steps + kept, plan->step_count * sizeof *plan->steps);
}

// Phase after phase; within one in the order they have.
static void sort_by_phase(jn_plan *plan) {
  jn_step *sorted = malloc((plan->step_count + 1) * sizeof *sorted);
  size_t count = 0, phases = 1;
  for (size_t phase = 0; count < plan->step_count; phase++)
    for (size_t i = 0; i < plan->step_count; i++)
      if (plan->steps[i].phase == phase) sorted[count++] = plan->steps[i];
  for (size_t i = 0; i < plan->value_count; i++)
    if (plan->values[i].needed) phases = max_size(phases, plan->values[i].phase + 1u);
  if (count > 0) memcpy(plan->steps, sorted, count * sizeof *sorted);
  free(sorted);
  plan->program->phases = phases;
}

// MARK: Forms of values

// An input whose elements for a step lie side by side.
static bool is_direct(const jn_plan *plan, const jn_value *v) {
  const jn_program *p = plan->program;
  const jn_array *array = &p->inputs[v->input];
  switch (v->level) {
  case JN_UNIFORM: return false;
  case JN_BY_COLUMN: return array->column_stride == array->size;
  case JN_BY_ROW: return p->block_rows == 1 || (array->linear && array->pitch == array->size);
  default:
    return (p->columns == 1 || array->column_stride == array->size) &&
           (p->block_rows == 1 || (array->linear && array->pitch == (int64_t)p->columns * array->size));
  }
}

static uint16_t add(jn_plan *plan, jn_step step, size_t level, size_t phase, size_t size) {
  step.level = (uint8_t)level;
  step.phase = (uint8_t)phase;
  step.size = (uint8_t)size;
  step.out = jn_plan_value(plan, size, level, phase);
  step.out2 = JN_NONE;
  *jn_plan_step(plan) = step;
  return step.out;
}

// A block of one row: values by row are vectors of copies, which steps on full vectors take as they are.
static uint16_t splat(jn_plan *plan, uint16_t value) {
  jn_value v = plan->values[value];
  if (v.splat) return value;
  if (v.vector_form == JN_NONE) {
    v.vector_form = add(plan, (jn_step){.code = JN_DO_SPLAT, .in_count = 1, .in = {value}}, JN_BY_ROW, v.phase, v.size);
    plan->values[v.vector_form].splat = true;
    plan->values[value].vector_form = v.vector_form;
  }
  return v.vector_form;
}

// The value, where a step of its level can read it.
static uint16_t readable(jn_plan *plan, uint16_t value, size_t phase) {
  jn_value v = plan->values[value];
  if (v.input == JN_NONE || v.copy_form != JN_NONE) return v.copy_form != JN_NONE ? v.copy_form : value;
  if (is_direct(plan, &v)) {
    plan->values[value].place = JN_AT_INPUT;
    return value;
  }
  jn_program *p = plan->program;
  if (v.level == JN_FULL && p->block_rows == 1 && !p->by_phase && p->strip <= LONGEST_STAGE && is_across(&p->inputs[v.input], &plan->space)) {
    plan->values[value].place = JN_AT_STAGE;
    return value;
  }
  jn_step load = {.code = JN_DO_LOAD, .index = v.input};
  uint16_t form = add(plan, load, v.level, v.level == JN_FULL ? phase : 0, v.size);
  plan->values[value].copy_form = form;
  return form;
}

// What a step on full vectors takes in place of a value: a vector of elements, or of copies of one.
static uint16_t operand(jn_plan *plan, uint16_t value, size_t phase) {
  value = readable(plan, value, phase);
  jn_value v = plan->values[value];
  if (v.level == JN_FULL || v.level == JN_UNIFORM) return value;
  if (plan->program->block_rows == 1) {
    return v.level == JN_BY_COLUMN ? value : splat(plan, value);
  } else if (v.vector_form == JN_NONE) {
    jn_step step = {.code = v.level == JN_BY_ROW ? JN_DO_REPEAT : JN_DO_TILE, .in_count = 1, .in = {value}};
    step.kernel = (jn_any_kernel *)plan->kernels->repeat[jn_log2_of_size(v.size)];
    v.vector_form = add(plan, step, v.level == JN_BY_ROW ? JN_FULL : JN_BY_COLUMN, v.level == JN_BY_ROW ? phase : 0, v.size);
    if (v.level == JN_BY_COLUMN) plan->values[v.vector_form].wide = true;
  }
  plan->values[value].vector_form = v.vector_form;
  return v.vector_form;
}

// A full value of its own.
static uint16_t materialized(jn_plan *plan, uint16_t value, size_t phase) {
  uint16_t in = operand(plan, value, phase);
  jn_value v = plan->values[in];
  bool copies = v.splat || v.level == JN_UNIFORM;
  if (v.level == JN_FULL) phase = max_size(phase, v.phase);
  return add(plan, (jn_step){.code = copies ? JN_DO_FILL : JN_DO_COPY, .in_count = 1, .in = {in}}, JN_FULL, phase, v.size);
}

// A vector of n elements.
static uint16_t elements(jn_plan *plan, uint16_t value, size_t phase) {
  uint16_t in = operand(plan, value, phase);
  const jn_value *v = &plan->values[in];
  return v->splat || v->level == JN_UNIFORM ? materialized(plan, value, phase) : in;
}

static bool is_overwritten(const jn_plan *plan, uint16_t input) {
  for (size_t i = 0; i < plan->program->output_count; i++)
    if (plan->program->outputs[i].in_place_of == input) return true;
  return false;
}

// A value that is still where it is when eight rows are done.
static uint16_t lasting(jn_plan *plan, uint16_t value, size_t phase) {
  uint16_t in = elements(plan, value, phase);
  const jn_value *v = &plan->values[in];
  if (plan->program->block_rows > 1) return in;
  bool own = v->level == JN_FULL && v->place == JN_AT_TILE;
  bool input = v->place == JN_AT_INPUT && v->level == JN_FULL && plan->program->inputs[v->input].linear && !is_overwritten(plan, v->input);
  if (own) plan->values[in].place = JN_AT_RING;
  if (own || input || v->place == JN_AT_RING || v->place == JN_AT_STAGE) return in;
  in = materialized(plan, value, phase);
  plan->values[in].place = JN_AT_RING;
  return in;
}

static uint16_t by_row(jn_plan *plan, uint16_t value) {
  uint16_t in = readable(plan, value, 0);
  jn_value v = plan->values[in];
  if (v.level != JN_UNIFORM) return in;
  return add(plan, (jn_step){.code = JN_DO_FILL, .in_count = 1, .in = {in}}, JN_BY_ROW, 0, v.size);
}

// MARK: Steps

// A step on one row makes as many copies of its value as a vector has, if that costs no more than one.
static void copy_row_values(jn_plan *plan, jn_step *step) {
  bool kernel = step->code >= JN_DO_UNARY && step->code <= JN_DO_THREEFRY;
  if (!kernel || step->cost > 8) return;
  // Steps of one operand read as many elements as they write.
  if (step->code == JN_DO_UNARY && plan->values[step->in[0]].size != plan->values[step->out].size) return;
  size_t smallest = plan->values[step->out].size;
  for (size_t k = 0; k < step->in_count; k++) smallest = jn_min_size(smallest, plan->values[step->in[k]].size);
  step->copies = (uint8_t)(JN_VECTOR_BYTES_MAX / smallest);
  plan->values[step->out].splat = true;
  if (step->out2 != JN_NONE) plan->values[step->out2].splat = true;
}

static void adapt_step(jn_plan *plan, jn_step step) {
  for (size_t i = 0; i < step.in_count; i++) {
    uint16_t value = step.in[i];
    switch (step.code) {
    case JN_DO_REDUCE_COLUMNS: case JN_DO_REDUCE_ALL:
      value = step.in_count == 1 ? elements(plan, value, step.phase) : operand(plan, value, step.phase);
      break;
    case JN_DO_REDUCE_ROWS: value = lasting(plan, value, step.phase); break;
    case JN_DO_KEEP_ROWS: value = by_row(plan, value); break;
    default:
      value = step.level == JN_FULL ? operand(plan, value, step.phase) : readable(plan, value, step.phase);
      if (plan->program->block_rows == 1 && step.level == JN_BY_ROW && plan->values[value].level == JN_BY_ROW) value = splat(plan, value);
      break;
    }
    step.in[i] = value;
  }
  if (plan->program->block_rows == 1 && step.level == JN_BY_ROW) copy_row_values(plan, &step);
  bool in_tiles = step.code == JN_DO_REDUCE_COLUMNS && plan->program->tiles > 1;
  if (!in_tiles) {
    *jn_plan_step(plan) = step;
    return;
  }
  // A long row: first each tile, then what the tiles gave.
  uint16_t out = step.out;
  step.out = jn_plan_value(plan, step.size, JN_BY_ROW, step.phase);
  plan->values[step.out].partial = true;
  *jn_plan_step(plan) = step;
  step.code = JN_DO_FINISH_COLUMNS;
  step.level = JN_BY_ROW;
  step.phase++;
  step.in_count = 1;
  step.in[0] = step.out;
  step.out = out;
  *jn_plan_step(plan) = step;
}

// MARK: Outputs

static bool rows_vary(const jn_array *array) {
  for (size_t k = 0; k < JN_PROGRAM_RANK - 1; k++)
    if (array->row_stride[k] != 0) return true;
  return false;
}

// Stores at the end of a phase: everything that the memory held before has been read then.
static size_t phase_of_store(const jn_plan *plan, const jn_array *array, size_t phase) {
  if (array->in_place_of == JN_NONE) return phase;
  for (size_t i = 0; i < plan->step_count; i++) {
    const jn_step *s = &plan->steps[i];
    for (size_t k = 0; k < s->in_count; k++)
      if (plan->values[s->in[k]].input == array->in_place_of && s->phase > phase) phase = s->phase;
    if (s->code == JN_DO_LOAD && s->index == array->in_place_of && s->phase > phase) phase = s->phase;
  }
  return phase;
}

// Inputs that are given back: nothing is left to do if that is where they were, and they are copied if another output takes
// their memory.
static void keep_returned_inputs(jn_plan *plan) {
  for (size_t i = 0; i < plan->program->output_count; i++) {
    uint16_t value = plan->outputs[i];
    if (value == JN_NONE) continue;
    jn_value v = plan->values[value];
    if (v.input == JN_NONE) continue;
    if (v.input == plan->program->outputs[i].in_place_of)
      plan->outputs[i] = JN_NONE;
    else if (v.level == JN_FULL && is_overwritten(plan, v.input))
      plan->outputs[i] = materialized(plan, value, 0);
    else if (v.level == JN_BY_ROW && is_overwritten(plan, v.input))
      plan->outputs[i] = add(plan, (jn_step){.code = JN_DO_COPY, .in_count = 1, .in = {readable(plan, value, 0)}}, JN_BY_ROW, 0, v.size);
  }
}

static void adapt_output(jn_plan *plan, uint16_t output) {
  if (plan->outputs[output] == JN_NONE) return;
  const jn_array *array = &plan->program->outputs[output];
  uint16_t value = plan->outputs[output];
  jn_value v = plan->values[value];
  bool by_columns = array->column_stride != 0, by_rows = rows_vary(array);
  size_t level = v.level, phase = phase_of_store(plan, array, v.phase);
  jn_step store = {.code = JN_DO_STORE, .index = output, .in_count = 1, .size = v.size, .out = JN_NONE, .out2 = JN_NONE};
  if (level == JN_UNIFORM && !by_columns && !by_rows) {
    value = readable(plan, value, 0);
  } else if (level == JN_BY_COLUMN && !by_rows) {
    value = readable(plan, value, 0);
    store.level = JN_BY_COLUMN;
  } else if ((level == JN_BY_ROW || level == JN_UNIFORM) && !by_columns) {
    value = by_row(plan, value);
    store.level = JN_BY_ROW;
  } else {
    value = level == JN_FULL ? readable(plan, value, v.phase) : materialized(plan, value, v.phase);
    store.level = JN_FULL;
  }
  plan->outputs[output] = value;
  store.phase = (uint8_t)max_size(phase, plan->values[value].phase);
  store.in[0] = value;
  *jn_plan_step(plan) = store;
}

void jn_plan_adapt(jn_plan *plan) {
  sort_by_phase(plan);
  size_t count = plan->step_count;
  jn_step *steps = plan->steps;
  plan->steps = NULL;
  plan->step_count = plan->step_capacity = 0;
  for (size_t i = 0; i < count; i++) adapt_step(plan, steps[i]);
  free(steps);
  keep_returned_inputs(plan);
  for (size_t i = 0; i < plan->program->output_count; i++) adapt_output(plan, (uint16_t)i);
  sort_by_phase(plan);
}
