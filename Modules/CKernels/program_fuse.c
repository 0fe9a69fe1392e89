// Several cheap steps as one, where there is a kernel for them: every pass over a tile that is saved is a load and a store. What
// is computed stays the same to the last bit.
#include <stdlib.h>
#include <string.h>

#include "program_internal.h"

typedef struct fusion {
  jn_plan *plan;
  uint32_t *uses;      // of each value
  uint32_t *made;      // the step that makes each value, or NOBODY
} fusion;

enum { NOBODY = UINT32_MAX };

static void find_uses(fusion *f) {
  jn_plan *plan = f->plan;
  memset(f->uses, 0, plan->value_count * sizeof *f->uses);
  for (size_t v = 0; v < plan->value_count; v++) f->made[v] = NOBODY;
  for (size_t i = 0; i < plan->step_count; i++) {
    const jn_step *s = &plan->steps[i];
    if (s->code == JN_DO_NOTHING) continue;
    for (size_t k = 0; k < s->in_count; k++) f->uses[s->in[k]]++;
    if (s->out != JN_NONE) f->made[s->out] = (uint32_t)i;
    if (s->out2 != JN_NONE) f->made[s->out2] = (uint32_t)i;
  }
  for (size_t i = 0; i < plan->program->output_count; i++)
    if (plan->outputs[i] != JN_NONE) f->uses[plan->outputs[i]] += 2;
}

// The step that makes a value for this one step alone, which reads it `times` times, or null.
static jn_step *maker(const fusion *f, const jn_step *reader, uint16_t value, uint32_t times) {
  if (f->uses[value] != times || f->made[value] == NOBODY) return NULL;
  jn_step *s = &f->plan->steps[f->made[value]];
  return s->level == JN_FULL && reader->level == JN_FULL && s->phase == reader->phase ? s : NULL;
}

static void retire(fusion *f, jn_step *s) {
  s->code = JN_DO_NOTHING;
  s->in_count = 0;
  if (s->out != JN_NONE) f->made[s->out] = NOBODY;
}

static jn_fused_op swapped(jn_fused_op op) {
  switch (op) {
  case JN_FUSED_SUB: return JN_FUSED_RSUB;
  case JN_FUSED_DIV: return JN_FUSED_RDIV;
  default: return op;
  }
}

static bool is_plain(const jn_step *s) { return s->code == JN_DO_BINARY && s->fused_count == 1; }

// MARK: Chains: (x op y) op z

// s = t op x or x op t, where `from` makes t in one or two operations.
static bool extend_chain(fusion *f, jn_step *s, jn_step *from, bool on_the_left) {
  const jn_kernels *kernels = f->plan->kernels;
  jn_fused_op op = on_the_left ? (jn_fused_op)s->fused[0] : swapped((jn_fused_op)s->fused[0]);
  uint16_t other = s->in[on_the_left ? 1 : 0];
  jn_any_kernel *kernel = NULL;
  if (from->code == JN_DO_BINARY && from->fused_count == 1)
    kernel = (jn_any_kernel *)kernels->pair[from->fused[0]][op];
  else if (from->code == JN_DO_TERNARY && from->fused_count == 2 && from->fused[0] < JN_FUSED_TRIPLE_COUNT &&
           from->fused[1] < JN_FUSED_TRIPLE_COUNT && op < JN_FUSED_TRIPLE_COUNT)
    kernel = (jn_any_kernel *)kernels->triple[from->fused[0]][from->fused[1]][op];
  if (!kernel) return false;
  s->kernel = kernel;
  s->code = from->code == JN_DO_BINARY ? JN_DO_TERNARY : JN_DO_FUSED_4;
  memcpy(s->in, from->in, from->in_count * sizeof *s->in);
  s->in[from->in_count] = other;
  s->in_count = (uint8_t)(from->in_count + 1);
  memcpy(s->fused, from->fused, from->fused_count);
  s->fused[from->fused_count] = (uint8_t)op;
  s->fused_count = (uint8_t)(from->fused_count + 1);
  s->cost += from->cost;
  retire(f, from);
  return true;
}

static bool fuse_products(fusion *f, jn_step *s) {
  if (s->fused[0] != JN_FUSED_ADD && s->fused[0] != JN_FUSED_SUB) return false;
  jn_step *a = maker(f, s, s->in[0], 1), *b = maker(f, s, s->in[1], 1);
  if (!a || !b || !is_plain(a) || !is_plain(b) || a->fused[0] != JN_FUSED_MUL || b->fused[0] != JN_FUSED_MUL) return false;
  s->code = JN_DO_FUSED_4;
  s->kernel = (jn_any_kernel *)f->plan->kernels->products[s->fused[0] == JN_FUSED_SUB];
  s->in_count = 4;
  memcpy(s->in, (uint16_t[4]){a->in[0], a->in[1], b->in[0], b->in[1]}, sizeof s->in);
  s->fused_count = 0;
  s->cost += a->cost + b->cost;
  retire(f, a);
  retire(f, b);
  return true;
}

static bool fuse_root(fusion *f, jn_step *s);
static bool fuse_negation(fusion *f, jn_step *s);

static void fuse_binary(fusion *f, jn_step *s) {
  if (fuse_products(f, s) || fuse_root(f, s)) return;
  for (int attempt = 0; attempt < 2; attempt++) {
    bool left = attempt == 0;
    jn_step *from = maker(f, s, s->in[left ? 0 : 1], 1);
    if (from && extend_chain(f, s, from, left)) return;
  }
  fuse_negation(f, s);
}

// MARK: Others

static bool is_kernel(const jn_step *s, jn_unary_kernel *kernel) { return s->kernel == (jn_any_kernel *)kernel; }

static void fuse_unary(fusion *f, jn_step *s) {
  const jn_kernels *kernels = f->plan->kernels;
  jn_step *from = maker(f, s, s->in[0], 1);
  if (!from) return;
  if (!is_kernel(s, kernels->unary[JN_EXP][JN_FLOAT32]) || from->code != JN_DO_BINARY) return;
  jn_binary_kernel *kernel = from->kernel == (jn_any_kernel *)kernels->negative_product ? kernels->exp_product[1]
                             : is_plain(from) && from->fused[0] == JN_FUSED_MUL ? kernels->exp_product[0]
                             : is_plain(from) && from->fused[0] == JN_FUSED_SUB ? kernels->exp_difference
                                                                                : NULL;
  if (!kernel) return;
  s->code = JN_DO_BINARY;
  s->kernel = (jn_any_kernel *)kernel;
  s->in_count = 2;
  memcpy(s->in, from->in, 2 * sizeof *s->in);
  s->cost += from->cost;
  retire(f, from);
}

// (-x) y and x (-y).
static bool fuse_negation(fusion *f, jn_step *s) {
  if (s->fused[0] != JN_FUSED_MUL) return false;
  for (size_t k = 0; k < 2; k++) {
    jn_step *from = maker(f, s, s->in[k], 1);
    if (!from || from->code != JN_DO_UNARY || !is_kernel(from, f->plan->kernels->unary[JN_NEG][JN_FLOAT32])) continue;
    s->kernel = (jn_any_kernel *)f->plan->kernels->negative_product;
    s->in[k] = from->in[0];
    s->fused_count = 0;
    s->cost += from->cost;
    retire(f, from);
    return true;
  }
  return false;
}

// sqrt(x y) + z and sqrt(x / y) + z, as optimizers divide by.
static bool fuse_root(fusion *f, jn_step *s) {
  if (s->fused[0] != JN_FUSED_ADD) return false;
  for (size_t k = 0; k < 2; k++) {
    jn_step *root = maker(f, s, s->in[k], 1);
    if (!root || root->code != JN_DO_UNARY || !is_kernel(root, f->plan->kernels->unary[JN_SQRT][JN_FLOAT32])) continue;
    jn_step *from = maker(f, root, root->in[0], 1);
    if (!from || !is_plain(from) || (from->fused[0] != JN_FUSED_MUL && from->fused[0] != JN_FUSED_DIV)) continue;
    s->code = JN_DO_TERNARY;
    s->kernel = (jn_any_kernel *)f->plan->kernels->root_add[from->fused[0] == JN_FUSED_DIV];
    s->in[2] = s->in[1 - k];
    memcpy(s->in, from->in, 2 * sizeof *s->in);
    s->in_count = 3;
    s->fused_count = 0;
    s->cost += root->cost + from->cost;
    retire(f, root);
    retire(f, from);
    return true;
  }
  return false;
}

static void fuse_shift(fusion *f, jn_step *s) {
  const jn_kernels *kernels = f->plan->kernels;
  for (size_t k = 0; k < 2; k++) {
    jn_step *from = maker(f, s, s->in[k], 1);
    if (!from || from->code != JN_DO_BINARY) continue;
    if (from->kernel != (jn_any_kernel *)kernels->binary[JN_SHR_LOGICAL][JN_UINT32]) continue;
    s->code = JN_DO_TERNARY;
    s->kernel = (jn_any_kernel *)kernels->shift_or;
    s->in[2] = s->in[1 - k];
    memcpy(s->in, from->in, 2 * sizeof *s->in);
    s->in_count = 3;
    s->cost += from->cost;
    retire(f, from);
    return;
  }
}

static void fuse_select(fusion *f, jn_step *s) {
  const jn_kernels *kernels = f->plan->kernels;
  jn_step *from = maker(f, s, s->in[0], 1);
  if (!from || from->code != JN_DO_BINARY || s->kernel != (jn_any_kernel *)kernels->select[2]) return;
  for (size_t op = 0; op < JN_COMPARE_COUNT; op++) {
    if (from->kernel != (jn_any_kernel *)kernels->compare[op][JN_FLOAT32]) continue;
    s->code = JN_DO_FUSED_4;
    s->kernel = (jn_any_kernel *)kernels->choose[op];
    s->in_count = 4;
    memcpy(s->in, (uint16_t[4]){from->in[0], from->in[1], s->in[1], s->in[2]}, sizeof s->in);
    s->cost += from->cost;
    retire(f, from);
    return;
  }
}

// A square of a difference, whose parts a chain cannot take: its operand comes twice.
static void fuse_square(fusion *f, jn_step *s) {
  jn_step *from = maker(f, s, s->in[0], 2);
  if (s->in[0] != s->in[1] || s->fused[0] != JN_FUSED_MUL || !from || !is_plain(from) || from->fused[0] != JN_FUSED_SUB) return;
  memcpy(s->in, from->in, 2 * sizeof *s->in);
  s->kernel = (jn_any_kernel *)f->plan->kernels->square_of_difference;
  s->fused_count = 0;
  s->cost += from->cost;
  retire(f, from);
}

static void fuse_sum(fusion *f, jn_step *s) {
  const jn_kernels *kernels = f->plan->kernels;
  const jn_result *result = &f->plan->results[s->index];
  if (result->operation != JN_REDUCE_SUM || result->type != JN_FLOAT32) return;
  const jn_space *space = &f->plan->space;
  // Short rows are turned about before they are reduced.
  if (s->code == JN_DO_REDUCE_COLUMNS && space->columns <= JN_SMALL_BLOCK && space->rows >= JN_MANY_BLOCKS) return;
  jn_step *from = maker(f, s, s->in[0], 1);
  if (!from || from->code != JN_DO_BINARY) return;
  if (from->fused_count == 1 && from->fused[0] == JN_FUSED_MUL)
    s->kernel = (jn_any_kernel *)kernels->sum_of_products;
  else if (from->kernel == (jn_any_kernel *)kernels->square_of_difference)
    s->kernel = (jn_any_kernel *)kernels->sum_of_squares_of_differences;
  else
    return;
  memcpy(s->in, from->in, 2 * sizeof *s->in);
  s->in_count = 2;
  s->cost += from->cost;
  retire(f, from);
}

// Random bits: both words of the hash of a counter, combined.
static void fuse_bits(fusion *f, jn_step *s) {
  jn_plan *plan = f->plan;
  jn_step *hash = maker(f, s, s->in[0], 1);
  if (!hash || hash->code != JN_DO_THREEFRY || maker(f, s, s->in[1], 1) != hash || s->in[0] == s->in[1]) return;
  jn_step *counter = maker(f, hash, hash->in[3], 1);
  if (!counter || counter->code != JN_DO_IOTA || counter->type != JN_UINT32 || counter->index != JN_PROGRAM_RANK - 1) return;
  for (size_t k = 0; k < 3; k++)
    if (plan->values[hash->in[k]].level != JN_UNIFORM) return;
  s->code = JN_DO_RANDOM_BITS;
  s->kernel = (jn_any_kernel *)plan->kernels->threefry_bits;
  memcpy(s->in, hash->in, 3 * sizeof *s->in);
  s->in_count = 3;
  s->cost += hash->cost;
  retire(f, counter);
  retire(f, hash);
}

// MARK: Differences that several steps need

static bool is_cheap_to_repeat(const fusion *f, const jn_step *s) {
  if (!is_plain(s) || s->level != JN_FULL || s->cost > 1) return false;
  for (size_t k = 0; k < 2; k++) {
    const jn_value *v = &f->plan->values[s->in[k]];
    if (v->level == JN_FULL && v->input == JN_NONE) return false;
  }
  return true;
}

// Whether fusing will take the value into this step, whatever else becomes of the step.
static bool will_take(const fusion *f, const jn_step *reader, uint16_t value, const jn_step *from) {
  if (reader->level != JN_FULL) return false;
  if (is_plain(reader) && reader->in[0] != reader->in[1]) {
    jn_fused_op op = (jn_fused_op)reader->fused[0];
    return f->plan->kernels->pair[from->fused[0]][reader->in[0] == value ? op : swapped(op)] != NULL;
  }
  if (is_plain(reader)) return reader->fused[0] == JN_FUSED_MUL && from->fused[0] == JN_FUSED_SUB;
  return false;
}

// An operation on inputs whose result is read in several places costs less to make again in each of them, in one pass with what is
// done there, than to keep: above all in a later phase.
static void repeat_differences(fusion *f) {
  jn_plan *plan = f->plan;
  for (size_t i = 0; i < plan->step_count; i++) {
    jn_step from = plan->steps[i];
    if (!is_cheap_to_repeat(f, &from) || f->uses[from.out] < 2 || f->uses[from.out] > 4) continue;
    size_t readers = 0, uses = 0;
    bool all = true;
    for (size_t k = i + 1; k < plan->step_count && all; k++) {
      const jn_step *s = &plan->steps[k];
      size_t count = 0;
      for (size_t j = 0; j < s->in_count; j++) count += s->in[j] == from.out;
      if (count == 0) continue;
      uses += count;
      readers++;
      all = will_take(f, s, from.out, &from);
    }
    if (!all || readers < 2 || uses != f->uses[from.out]) continue;
    // Each reader but the first has a copy of its own, made in its phase.
    size_t seen = 0;
    for (size_t k = i + 1; k < plan->step_count; k++) {
      jn_step *s = &plan->steps[k];
      bool reads = false;
      for (size_t j = 0; j < s->in_count; j++) reads |= s->in[j] == from.out;
      if (!reads || seen++ == 0) continue;
      jn_step copy = from;
      copy.phase = s->phase;
      copy.out = jn_plan_value(plan, plan->values[from.out].size, JN_FULL, s->phase);
      for (size_t j = 0; j < s->in_count; j++)
        if (s->in[j] == from.out) s->in[j] = copy.out;
      jn_plan_step(plan);
      memmove(&plan->steps[k + 1], &plan->steps[k], (plan->step_count - 1 - k) * sizeof *plan->steps);
      plan->steps[k++] = copy;
    }
    f->uses = realloc(f->uses, plan->value_count * sizeof *f->uses);
    f->made = realloc(f->made, plan->value_count * sizeof *f->made);
    find_uses(f);
  }
}

// MARK: All of them

static void drop_retired(jn_plan *plan) {
  size_t kept = 0;
  for (size_t i = 0; i < plan->step_count; i++)
    if (plan->steps[i].code != JN_DO_NOTHING) plan->steps[kept++] = plan->steps[i];
  plan->step_count = kept;
}

void jn_plan_fuse(jn_plan *plan) {
  size_t bytes = (plan->value_count + 1) * sizeof(uint32_t);
  fusion f = {plan, malloc(bytes), malloc(bytes)};
  find_uses(&f);
  repeat_differences(&f);
  for (size_t i = 0; i < plan->step_count; i++) {
    jn_step *s = &plan->steps[i];
    if (s->level != JN_FULL) continue;
    switch (s->code) {
    case JN_DO_UNARY: fuse_unary(&f, s); break;
    case JN_DO_SELECT: fuse_select(&f, s); break;
    case JN_DO_REDUCE_COLUMNS: case JN_DO_REDUCE_ALL: fuse_sum(&f, s); break;
    case JN_DO_BINARY:
      if (s->kernel == (jn_any_kernel *)plan->kernels->binary[JN_XOR][JN_UINT32]) fuse_bits(&f, s);
      if (s->kernel == (jn_any_kernel *)plan->kernels->binary[JN_OR][JN_UINT32]) fuse_shift(&f, s);
      if (is_plain(s) && s->in[0] == s->in[1]) fuse_square(&f, s);
      else if (is_plain(s)) fuse_binary(&f, s);
      break;
    default: break;
    }
  }
  drop_retired(plan);
  jn_plan_drop_dead(plan);
  free(f.uses);
  free(f.made);
}
