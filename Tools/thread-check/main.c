// Uses the thread pool in all ways that are allowed, for ThreadSanitizer to watch: Tools/check-threads builds and runs it.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "CKernels.h"

enum { COUNT = 500, ROUNDS = 200, CALLERS = 4 };

static void require(bool condition, const char *what) {
  if (condition) return;
  fprintf(stderr, "check-threads: %s\n", what);
  exit(1);
}

// MARK: Loops

// Plain memory: whatever the pool does not order is a race.
typedef struct table { int visits[COUNT]; } table;

static void visit(void *context, size_t index) { ((table *)context)->visits[index]++; }

static void run_loops(int rounds) {
  table *table = calloc(1, sizeof *table);
  for (int round = 0; round < rounds; round++) jn_parallel(COUNT, visit, table);
  for (size_t i = 0; i < COUNT; i++) require(table->visits[i] == rounds, "an index was not visited once a round");
  free(table);
}

static void visit_inside(void *context, size_t index) {
  (void)context, (void)index;
  run_loops(1);
}

// MARK: Products

static void run_products(void) {
  enum { SIZE = 96 };
  float *a = malloc(SIZE * SIZE * sizeof *a), *b = malloc(SIZE * SIZE * sizeof *b), *c = malloc(SIZE * SIZE * sizeof *c);
  for (size_t i = 0; i < SIZE * SIZE; i++) a[i] = (float)(i % 5), b[i] = (float)(i % 3);
  jn_product product = {SIZE, SIZE, SIZE, a, SIZE, 1, b, SIZE, 1, c, SIZE, false};
  for (int round = 0; round < 5; round++) jn_multiply(&product);
  for (size_t i = 0; i < SIZE; i++)
    for (size_t j = 0; j < SIZE; j++) {
      float sum = 0;
      for (size_t p = 0; p < SIZE; p++) sum += a[i * SIZE + p] * b[p * SIZE + j];
      require(c[i * SIZE + j] == sum, "a product is wrong");
    }
  free(a), free(b), free(c);
}

// MARK: Callers

static void *call(void *unused) {
  run_loops(ROUNDS);
  run_products();
  return unused;
}

static void call_from_several_threads(void) {
  pthread_t threads[CALLERS];
  for (size_t i = 0; i < CALLERS; i++) require(pthread_create(&threads[i], NULL, call, NULL) == 0, "no thread");
  for (size_t i = 0; i < CALLERS; i++) pthread_join(threads[i], NULL);
}

// A child that starts workers of its own, while another thread of the parent uses the pool.
static void fork_while_busy(void) {
  pthread_t thread;
  require(pthread_create(&thread, NULL, call, NULL) == 0, "no thread");
  for (int round = 0; round < 5; round++) {
    pid_t child = fork();
    require(child >= 0, "no child");
    if (child == 0) {
      run_loops(20);
      _exit(0);
    }
    int status;
    require(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0, "a child failed");
    run_loops(5);
  }
  pthread_join(thread, NULL);
}

int main(void) {
  for (size_t threads = 1; threads <= 4; threads++) {
    jn_set_thread_count(threads);
    run_loops(ROUNDS);
    run_products();
    jn_parallel(8, visit_inside, NULL);
    usleep(2000);  // workers fall asleep
    run_loops(3);
    call_from_several_threads();
  }
  fork_while_busy();
  puts("check-threads: no race found");
  return 0;
}
