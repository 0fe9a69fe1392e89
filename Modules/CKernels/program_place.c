// Where every value of a program lives, and its steps in the order of their sections.
#include <stdlib.h>
#include <string.h>

#include "program_internal.h"

enum {
  GAP = 64,      // between buffers, so that they do not all compete for the same places in the cache
  RING_ROWS = 8,  // that are added up at a time
};

static size_t aligned(size_t bytes) { return (bytes + 63) / 64 * 64; }

static size_t reserve(size_t *area, size_t bytes) {
  size_t offset = *area;
  *area += aligned(bytes) + GAP;
  return offset;
}

static uint16_t add_slot(jn_program *p, jn_area area, size_t offset) {
  p->slots = realloc(p->slots, (p->slot_count + 1) * sizeof *p->slots);
  p->slots[p->slot_count] = (jn_slot){(uint8_t)area, offset};
  return (uint16_t)p->slot_count++;
}

static void add_move(jn_program *p, jn_value *v, jn_move move) {
  v->move = (uint16_t)p->move_count;
  v->slot = move.slot = add_slot(p, JN_AREA_COUNT, 0);
  p->moves = realloc(p->moves, (p->move_count + 1) * sizeof *p->moves);
  p->moves[p->move_count++] = move;
}

static void add_scratch_move(jn_program *p, jn_value *v, jn_area area, size_t rows, size_t row_bytes) {
  size_t pitch = aligned(row_bytes) + GAP;
  size_t offset = reserve(area == JN_OF_BLOCK ? &p->block_bytes : &p->thread_bytes, rows * pitch);
  add_move(p, v, (jn_move){.kind = JN_MOVE_SCRATCH, .size = v->size, .area = (uint8_t)area, .period = (uint8_t)rows,
                           .offset = offset, .pitch = (int64_t)pitch});
}

// MARK: Live ranges

static void find_live_ranges(jn_plan *plan) {
  for (size_t i = 0; i < plan->step_count; i++) {
    const jn_step *s = &plan->steps[i];
    if (s->out != JN_NONE) plan->values[s->out].made = plan->values[s->out].last = (uint32_t)i;
    if (s->out2 != JN_NONE) plan->values[s->out2].made = plan->values[s->out2].last = (uint32_t)i;
    for (size_t k = 0; k < s->in_count; k++) plan->values[s->in[k]].last = (uint32_t)i;
  }
}

// MARK: Outputs where they belong

static bool reads_after(const jn_plan *plan, uint16_t input, size_t position) {
  for (size_t i = position + 1; i < plan->step_count; i++) {
    const jn_step *s = &plan->steps[i];
    if (s->code == JN_DO_LOAD && s->index == input) return true;
    for (size_t k = 0; k < s->in_count; k++)
      if (plan->values[s->in[k]].input == input) return true;
  }
  return false;
}

// A value made by a step is written straight to the output, if nobody needs what is there.
static void write_straight(jn_plan *plan) {
  const jn_program *p = plan->program;
  size_t kept = 0;
  for (size_t i = 0; i < plan->step_count; i++) {
    const jn_step *s = &plan->steps[i];
    plan->steps[kept++] = *s;
    if (s->code != JN_DO_STORE || s->level != JN_FULL) continue;
    jn_value *v = &plan->values[s->in[0]];
    const jn_array *array = &p->outputs[s->index];
    bool flat = array->column_stride == array->size && !array->repeats &&
                (p->block_rows == 1 || (array->linear && array->pitch == (int64_t)p->columns * array->size));
    bool free_to_move = v->place == JN_AT_TILE || (v->place == JN_AT_RING && array->linear);
    if (v->level != JN_FULL || v->input != JN_NONE || !free_to_move || !flat) continue;
    if (array->in_place_of != JN_NONE && reads_after(plan, array->in_place_of, v->made)) continue;
    v->place = JN_AT_OUTPUT;
    v->array = s->index;
    kept--;
  }
  plan->step_count = kept;
}

// MARK: Values

typedef struct tile_pool {
  size_t count;
  uint16_t slot[256];
  uint8_t size[256];
  bool busy[256];
} tile_pool;

static uint16_t take_tile(jn_program *p, tile_pool *pool, size_t size) {
  for (size_t i = 0; i < pool->count; i++)
    if (!pool->busy[i] && pool->size[i] == size) {
      pool->busy[i] = true;
      return pool->slot[i];
    }
  uint16_t slot = add_slot(p, JN_OF_THREAD, reserve(&p->thread_bytes, p->tile * size));
  if (pool->count < sizeof pool->slot / sizeof pool->slot[0]) {
    pool->slot[pool->count] = slot;
    pool->size[pool->count] = (uint8_t)size;
    pool->busy[pool->count++] = true;
  }
  return slot;
}

static void give_tile(tile_pool *pool, uint16_t slot) {
  for (size_t i = 0; i < pool->count; i++)
    if (pool->slot[i] == slot) pool->busy[i] = false;
}

static void place_full(jn_plan *plan, jn_value *v, tile_pool *pool) {
  jn_program *p = plan->program;
  bool crosses = p->tiles > 1 && plan->steps[v->last].phase > plan->steps[v->made].phase;
  if (v->place == JN_AT_OUTPUT)
    add_move(p, v, (jn_move){.kind = JN_MOVE_OUTPUT, .size = v->size, .index = v->array});
  else if (v->place == JN_AT_RING)
    add_scratch_move(p, v, JN_OF_THREAD, RING_ROWS, p->strip * v->size);
  else if (crosses)
    add_scratch_move(p, v, JN_OF_BLOCK, 1, p->columns * v->size);
  else
    v->slot = take_tile(p, pool, v->size);
}

static void place_stage(jn_program *p, jn_value *v) {
  add_scratch_move(p, v, JN_OF_THREAD, JN_STAGE_ROWS, p->strip * v->size);
  p->stages = realloc(p->stages, (p->stage_count + 1) * sizeof *p->stages);
  p->stages[p->stage_count++] = (jn_stage){v->input, v->move};
}

// A value that is made before the tiles, or is an input.
static void place_other(jn_plan *plan, jn_value *v) {
  jn_program *p = plan->program;
  if (v->place == JN_AT_STAGE)
    place_stage(p, v);
  else if (v->input != JN_NONE)
    add_move(p, v, (jn_move){.kind = JN_MOVE_INPUT, .size = v->level == JN_BY_ROW ? 0 : v->size, .index = v->input});
  else if (v->level == JN_UNIFORM)
    v->slot = add_slot(p, JN_OF_RUN, reserve(&p->run_bytes, JN_VECTOR_BYTES_MAX));
  else if (v->level == JN_BY_COLUMN && v->wide)
    v->slot = add_slot(p, JN_OF_THREAD, reserve(&p->thread_bytes, p->tile * v->size));
  else if (v->level == JN_BY_COLUMN)
    add_scratch_move(p, v, JN_OF_THREAD, 1, p->strip * v->size);
  else
    v->slot = add_slot(p, JN_OF_BLOCK, reserve(&p->block_bytes, v->splat ? JN_VECTOR_BYTES_MAX * v->size : v->partial ? p->tiles * v->size : p->block_rows * v->size));
}

static void place_values(jn_plan *plan) {
  tile_pool pool = {.count = 0};
  for (size_t i = 0; i < plan->step_count; i++) {
    const jn_step *s = &plan->steps[i];
    for (size_t k = 0; k < s->in_count; k++) {
      jn_value *v = &plan->values[s->in[k]];
      if (v->slot == JN_NONE) place_other(plan, v);
    }
    // An operand that is not needed again gives its tile to a result of the same size.
    for (size_t k = 0; k < s->in_count; k++) {
      jn_value *v = &plan->values[s->in[k]];
      bool same = s->out == JN_NONE || plan->values[s->out].size == v->size;
      if (v->level == JN_FULL && v->last == i && same) give_tile(&pool, v->slot);
    }
    const uint16_t outs[2] = {s->out, s->out2};
    for (size_t k = 0; k < 2; k++) {
      if (outs[k] == JN_NONE) continue;
      jn_value *v = &plan->values[outs[k]];
      if (v->level == JN_FULL)
        place_full(plan, v, &pool);
      else if (v->slot == JN_NONE)
        place_other(plan, v);
    }
    for (size_t k = 0; k < s->in_count; k++) {
      jn_value *v = &plan->values[s->in[k]];
      bool differs = s->out != JN_NONE && plan->values[s->out].size != v->size;
      if (v->level == JN_FULL && v->last == i && differs) give_tile(&pool, v->slot);
    }
    for (size_t k = 0; k < 2; k++)
      if (outs[k] != JN_NONE && plan->values[outs[k]].level == JN_FULL && plan->values[outs[k]].last == i)
        give_tile(&pool, plan->values[outs[k]].slot);
  }
}

// MARK: Results

static void place_result(jn_plan *plan, jn_step *step) {
  if (step->code != JN_DO_REDUCE_ROWS && step->code != JN_DO_REDUCE_ALL && step->code != JN_DO_KEEP_ROWS) return;
  jn_program *p = plan->program;
  jn_result *result = &plan->results[step->index];
  size_t count = p->rows;
  if (step->code == JN_DO_REDUCE_ROWS) {
    step->out = result->in = add_slot(p, JN_OF_THREAD, reserve(&p->thread_bytes, p->group * p->strip * result->size));
    count = p->row_chunks * p->columns;
  } else if (step->code == JN_DO_REDUCE_ALL) {
    count = p->row_chunks * p->chunk_blocks * p->tiles;
  }
  result->count = count;
  result->offset = reserve(&p->run_bytes, count * result->size);
}

static void place_column_copies(jn_plan *plan) {
  jn_program *p = plan->program;
  for (size_t i = 0; i < p->output_count; i++) p->column_copy[i] = SIZE_MAX;
  for (size_t i = 0; i < plan->step_count; i++) {
    const jn_step *s = &plan->steps[i];
    if (s->code == JN_DO_STORE && s->level == JN_BY_COLUMN && p->outputs[s->index].in_place_of != JN_NONE)
      p->column_copy[s->index] = reserve(&p->run_bytes, p->columns * s->size);
  }
}

// MARK: Sections

static size_t section_of(const jn_program *p, const jn_step *s) {
  if (s->level == JN_UNIFORM) return JN_SECTION_UNIFORM;
  if (s->level == JN_BY_COLUMN) return JN_SECTION_COLUMN;
  size_t end = JN_SECTION_PHASES + 2 * p->phases;
  if (s->code == JN_DO_KEEP_ROWS || (s->code == JN_DO_STORE && s->level == JN_BY_ROW)) return end;
  if (s->code == JN_DO_REDUCE_ROWS && p->block_rows == 1) return end;
  return JN_SECTION_PHASES + 2u * s->phase + (s->level == JN_FULL ? 1 : 0);
}

// Slots in place of values.
static jn_step finished(jn_plan *plan, jn_step s) {
  const jn_program *p = plan->program;
  for (size_t k = 0; k < s.in_count; k++) {
    const jn_value *v = &plan->values[s.in[k]];
    s.advance[k] = v->splat || v->level == JN_UNIFORM ? 0 : 1;
    s.in[k] = s.code == JN_DO_REDUCE_ROWS && p->block_rows == 1 ? v->move : v->slot;
  }
  bool is_result = s.code == JN_DO_REDUCE_ROWS;
  if (s.out != JN_NONE && !is_result) {
    s.size = plan->values[s.out].size;
    s.out = plan->values[s.out].slot;
  }
  if (s.out2 != JN_NONE) s.out2 = plan->values[s.out2].slot;
  return s;
}

static void order_steps(jn_plan *plan) {
  jn_program *p = plan->program;
  size_t sections = JN_SECTION_PHASES + 2 * p->phases + 1, count = 0;
  p->steps = malloc((plan->step_count + 1) * sizeof *p->steps);
  p->sections = calloc(sections + 1, sizeof *p->sections);
  for (size_t section = 0; section < sections; section++) {
    p->sections[section] = (uint32_t)count;
    for (size_t i = 0; i < plan->step_count; i++) {
      const jn_step *s = &plan->steps[i];
      if (section_of(p, s) != section) continue;
      if (s->code == JN_DO_STORE && s->level == JN_UNIFORM)
        p->uniform_output[s->index] = plan->values[s->in[0]].slot;
      else
        p->steps[count++] = finished(plan, *s);
    }
  }
  p->sections[sections] = (uint32_t)count;
}

void jn_plan_place(jn_plan *plan) {
  jn_program *p = plan->program;
  for (size_t i = 0; i < p->output_count; i++) p->uniform_output[i] = JN_NONE;
  find_live_ranges(plan);
  write_straight(plan);
  find_live_ranges(plan);
  place_values(plan);
  for (size_t i = 0; i < plan->step_count; i++) place_result(plan, &plan->steps[i]);
  place_column_copies(plan);
  order_steps(plan);
}
