// Programs that are the update of parameters by their gradient, as products can make it themselves.
#include "program_internal.h"

// The operand number `k` of a step, if it is an input at this level, else JN_NONE.
static uint16_t input_of(const jn_plan *plan, const jn_step *s, size_t k, jn_level level) {
  const jn_value *value = &plan->values[s->in[k]];
  return value->level == level ? value->input : JN_NONE;
}

static bool is_pair(const jn_step *s, jn_fused_op first, jn_fused_op second) {
  return s->code == JN_DO_TERNARY && s->level == JN_FULL && s->fused_count == 2 && s->fused[0] == first && s->fused[1] == second;
}

// Which of the two factors of a pair is the same everywhere: an input, whose number `scalar` becomes. 2 if none is.
static size_t find_scalar(const jn_plan *plan, const jn_step *s, uint16_t *scalar) {
  for (size_t k = 0; k < 2; k++)
    if ((*scalar = input_of(plan, s, k, JN_UNIFORM)) != JN_NONE) return k;
  return 2;
}

static uint16_t output_of(const jn_plan *plan, uint16_t value) {
  for (size_t i = 0; i < plan->program->output_count; i++)
    if (plan->outputs[i] == value) return (uint16_t)i;
  return JN_NONE;
}

// The step that takes what goes into it, times the rate, from the parameters: their value is `step`.
static bool is_descent(const jn_plan *plan, const jn_step *s, jn_program_update *update, uint16_t *step) {
  if (!is_pair(s, JN_FUSED_MUL, JN_FUSED_RSUB)) return false;
  size_t scalar = find_scalar(plan, s, &update->rate);
  if (scalar == 2) return false;
  *step = s->in[1 - scalar];
  update->parameters = input_of(plan, s, 2, JN_FULL);
  update->parameters_out = output_of(plan, s->out);
  return update->parameters != JN_NONE && update->parameters_out != JN_NONE;
}

static bool is_momentum(const jn_plan *plan, const jn_step *s, jn_program_update *update) {
  if (!is_pair(s, JN_FUSED_MUL, JN_FUSED_ADD)) return false;
  size_t scalar = find_scalar(plan, s, &update->decay);
  if (scalar == 2) return false;
  update->velocity = input_of(plan, s, 1 - scalar, JN_FULL);
  update->gradient = input_of(plan, s, 2, JN_FULL);
  update->velocity_out = output_of(plan, s->out);
  return update->velocity != JN_NONE && update->gradient != JN_NONE && update->velocity_out != JN_NONE;
}

void jn_plan_find_update(jn_plan *plan) {
  jn_program_update update = {.gradient = JN_NONE, .velocity = JN_NONE};
  plan->program->update = update;
  size_t count = plan->step_count;
  uint16_t step;
  if (count == 0 || count > 2 || plan->program->output_count != count) return;
  if (!is_descent(plan, &plan->steps[count - 1], &update, &step)) return;
  if (count == 1) update.gradient = plan->values[step].level == JN_FULL ? plan->values[step].input : JN_NONE;
  else if (!is_momentum(plan, &plan->steps[0], &update) || step != plan->steps[0].out) return;
  if (update.gradient == update.parameters || update.gradient == update.velocity) return;
  plan->program->update = update;
}
