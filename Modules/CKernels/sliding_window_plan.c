// The geometry of sliding windows.
#include "sliding_window.h"

static bool has_no_window(const jn_sliding_dimension *d) {
  return d->window == 1 && d->stride == 1 && d->low == 0 && d->base_dilation == 1 && d->output == d->input;
}

static int64_t gcd(int64_t a, int64_t b) {
  while (b != 0) {
    int64_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

void jn_sliding_plan_make(sliding_plan *plan, size_t rank, const jn_sliding_dimension *dimensions) {
  size_t begin = 0;
  plan->outer = plan->inner = plan->positions = plan->elements = 1;
  for (; begin < rank && has_no_window(&dimensions[begin]); begin++) plan->outer *= (size_t)dimensions[begin].input;
  for (; rank > begin && has_no_window(&dimensions[rank - 1]); rank--) plan->inner *= (size_t)dimensions[rank - 1].input;
  plan->rank = rank - begin;
  int64_t step = (int64_t)plan->inner;
  for (size_t i = plan->rank; i-- > 0;) {
    jn_sliding_dimension d = dimensions[begin + i];
    int64_t common = gcd(d.base_dilation, d.dilation);
    plan->dimensions[i] = d;
    plan->input_steps[i] = step;
    plan->tap_strides[i] = d.base_dilation / common;
    plan->tap_steps[i] = d.dilation / common * step;
    plan->positions *= (size_t)d.output;
    plan->elements *= (size_t)d.input;
    step *= d.input;
  }
}

tap_run jn_sliding_taps(const sliding_plan *plan, size_t i, int64_t position) {
  const jn_sliding_dimension *d = &plan->dimensions[i];
  int64_t stride = plan->tap_strides[i], start = position * d->stride - d->low;  // of tap 0, in the dilated input
  // The first tap that is inside on the left and falls on an element, among the first `stride` of these.
  int64_t tap = start >= 0 ? 0 : (-start + d->dilation - 1) / d->dilation;
  int64_t tries = 0;
  while (tries < stride && (start + tap * d->dilation) % d->base_dilation != 0) tap++, tries++;
  int64_t last = (d->input - 1) * d->base_dilation;
  if (tries == stride || tap >= d->window || d->input == 0 || start + tap * d->dilation > last) return (tap_run){0, 0, 0};
  int64_t inside = (last - (start + tap * d->dilation)) / d->dilation, in_window = d->window - 1 - tap;
  int64_t further = (inside < in_window ? inside : in_window) / stride;
  return (tap_run){tap, further + 1, (start + tap * d->dilation) / d->base_dilation};
}

void jn_sliding_position(const sliding_plan *plan, size_t number, int64_t *position) {
  for (size_t i = plan->rank; i-- > 0;) {
    size_t size = (size_t)plan->dimensions[i].output;
    position[i] = (int64_t)(number % size);
    number /= size;
  }
}

void jn_sliding_advance(const sliding_plan *plan, int64_t *position) {
  for (size_t i = plan->rank; i-- > 0; position[i] = 0)
    if (++position[i] < plan->dimensions[i].output) return;
}

size_t jn_sliding_tap_count(const sliding_plan *plan) {
  size_t count = 1;
  for (size_t i = 0; i < plan->rank; i++) count *= (size_t)plan->dimensions[i].window;
  return count;
}

static size_t add_places(const sliding_plan *plan, const int64_t *position, size_t i, int64_t offset, int64_t *places) {
  if (i == plan->rank) {
    *places = offset;
    return 1;
  }
  tap_run taps = jn_sliding_taps(plan, i, position[i]);
  size_t count = 0;
  offset += taps.start * plan->input_steps[i];
  for (int64_t k = 0; k < taps.count; k++, offset += plan->tap_steps[i])
    count += add_places(plan, position, i + 1, offset, places + count);
  return count;
}

size_t jn_sliding_places(const sliding_plan *plan, const int64_t *position, int64_t *places) {
  return add_places(plan, position, 0, 0, places);
}
