// The thread pool. Workers wait for the next job by spinning briefly, then in the kernel. Each thread has a share of a job's indices, the
// same one in every job: what two jobs do at the same places of an array finds it in the caches of the thread's processor. Indices are
// claimed one by one, and those of others when one's own are done, so that a descheduled thread delays the others by one index at most.
#if defined(__linux__)
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#endif

#include "internal.h"

enum { MAX_THREADS = 1024, SPIN_NANOSECONDS = 30000 };

// MARK: Waiting for a word to change

#if defined(__linux__)
static void wait_while(_Atomic uint32_t *word, uint32_t value) {
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void wake(_Atomic uint32_t *word, size_t count) { syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, (int)count, NULL, NULL, 0); }
#else
static pthread_mutex_t wait_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wait_condition = PTHREAD_COND_INITIALIZER;

static void wait_while(_Atomic uint32_t *word, uint32_t value) {
  pthread_mutex_lock(&wait_mutex);
  while (atomic_load(word) == value) pthread_cond_wait(&wait_condition, &wait_mutex);
  pthread_mutex_unlock(&wait_mutex);
}

static void wake(_Atomic uint32_t *word, size_t count) {
  (void)word, (void)count;
  pthread_mutex_lock(&wait_mutex);
  pthread_cond_broadcast(&wait_condition);
  pthread_mutex_unlock(&wait_mutex);
}
#endif

static void pause_briefly(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static int64_t nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

// Spins until *word is not `value`; false if it took too long.
static bool spin_while(_Atomic uint32_t *word, uint32_t value) {
  int64_t end = 0;
  for (;;) {
    for (int i = 0; i < 32; i++) {
      if (atomic_load_explicit(word, memory_order_acquire) != value) return true;
      pause_briefly();
    }
    int64_t now = nanoseconds();
    if (end == 0) end = now + SPIN_NANOSECONDS;
    if (now >= end) return false;
  }
}

// MARK: The pool

static struct {
  // The job. Written by its owner while `open` is 0 and `active` is 0, read by workers inside it.
  void (*body)(void *context, size_t index);
  void *context;
  size_t shares;                       // as many as threads may take part, its owner among them
  _Alignas(64) atomic_uint joined;     // workers that asked to take part

  _Alignas(64) _Atomic uint32_t epoch;  // changes with each job
  _Atomic uint32_t sleepers;           // workers that wait in the kernel for `epoch`
  _Alignas(64) _Atomic uint32_t active;  // workers looking at the job
  _Atomic uint32_t open;               // whether the job may be looked at
  _Atomic uint32_t owner_waits;        // whether the owner waits in the kernel for `active`

  _Alignas(64) atomic_bool busy;       // one job at a time
  size_t workers;                      // threads started; changed by the holder of `busy`
} pool;

// Indices of the job that are still to be claimed: from the lower 32 bits to below the upper ones.
typedef struct share {
  _Alignas(64) _Atomic uint64_t rest;
} share;
static share shares[MAX_THREADS];

static atomic_size_t thread_count;    // 0: not known yet
static _Thread_local bool inside;     // this thread is in a body, or is a worker
static _Thread_local size_t own;      // its share: the owner's is the first one

static void divide_into_shares(size_t count, size_t parts) {
  pool.shares = parts;
  for (size_t k = 0; k < parts; k++) {
    uint64_t begin = k * count / parts, end = (k + 1) * count / parts;
    atomic_store_explicit(&shares[k].rest, end << 32 | begin, memory_order_relaxed);
  }
}

// The next index of a share, of another thread's the last one: SIZE_MAX if there are none left.
static size_t claim(share *from, bool is_own) {
  uint64_t rest = atomic_load_explicit(&from->rest, memory_order_relaxed);
  while ((uint32_t)rest < rest >> 32) {
    uint64_t left = is_own ? rest + 1 : rest - (1ull << 32);
    if (atomic_compare_exchange_weak_explicit(&from->rest, &rest, left, memory_order_relaxed, memory_order_relaxed))
      return is_own ? (uint32_t)rest : (rest >> 32) - 1;
  }
  return SIZE_MAX;
}

static void run_indices(void) {
  size_t count = pool.shares, first = own % count;
  for (size_t k = 0; k < count; k++) {
    share *from = &shares[(first + k) % count];
    for (size_t index; (index = claim(from, k == 0)) != SIZE_MAX;) pool.body(pool.context, index);
  }
}

// Announcing oneself before looking at `open` makes the owner, who closes before it looks at `active`, wait.
static void take_part(void) {
  atomic_fetch_add(&pool.active, 1);
  if (atomic_load(&pool.open) && atomic_fetch_add(&pool.joined, 1) + 1 < pool.shares) run_indices();
  if (atomic_fetch_sub(&pool.active, 1) == 1 && atomic_load(&pool.owner_waits)) wake(&pool.active, 1);
}

// Its argument is its number and the epoch it starts in.
static void *worker(void *argument) {
  inside = true;
  own = (uintptr_t)argument >> 32;
  uint32_t seen = (uint32_t)(uintptr_t)argument;
  for (;;) {
    if (!spin_while(&pool.epoch, seen)) {
      atomic_fetch_add(&pool.sleepers, 1);
      while (atomic_load(&pool.epoch) == seen) wait_while(&pool.epoch, seen);
      atomic_fetch_sub(&pool.sleepers, 1);
    }
    seen = atomic_load(&pool.epoch);
    take_part();
  }
  return NULL;
}

// A child of fork has the forking thread alone. What it does next starts workers of its own.
static void reset_in_child(void) {
  atomic_store(&pool.open, 0);
  atomic_store(&pool.active, 0);
  atomic_store(&pool.sleepers, 0);
  atomic_store(&pool.owner_waits, 0);
  pool.workers = 0;
  if (!inside) atomic_store(&pool.busy, false);
#if !defined(__linux__)
  pthread_mutex_init(&wait_mutex, NULL);
  pthread_cond_init(&wait_condition, NULL);
#endif
}

static void register_fork_handler(void) { pthread_atfork(NULL, NULL, reset_in_child); }

// Called by the holder of `busy`.
static void start_workers(size_t wanted) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, register_fork_handler);
  // Signals are for the threads of the program.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, 8 << 20);
  uintptr_t seen = atomic_load(&pool.epoch);
  while (pool.workers < wanted) {
    pthread_t thread;
    if (pthread_create(&thread, &attributes, worker, (void *)((uintptr_t)(pool.workers + 1) << 32 | seen)) != 0) break;
    pool.workers++;
  }
  pthread_attr_destroy(&attributes);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void run_alone(size_t count, void (*body)(void *context, size_t index), void *context) {
  for (size_t i = 0; i < count; i++) body(context, i);
}

void jn_parallel(size_t count, void (*body)(void *context, size_t index), void *context) {
  size_t threads = jn_thread_count();
  if (threads > count) threads = count;
  if (threads <= 1 || count > UINT32_MAX || inside || atomic_exchange_explicit(&pool.busy, true, memory_order_acquire)) {
    run_alone(count, body, context);
    return;
  }
  if (pool.workers < threads - 1) start_workers(threads - 1);
  pool.body = body;
  pool.context = context;
  divide_into_shares(count, threads);
  atomic_store_explicit(&pool.joined, 0, memory_order_relaxed);
  atomic_store(&pool.open, 1);
  atomic_fetch_add(&pool.epoch, 1);
  if (atomic_load(&pool.sleepers) > 0) wake(&pool.epoch, threads - 1);

  inside = true;
  run_indices();
  inside = false;

  atomic_store(&pool.open, 0);
  for (uint32_t active; (active = atomic_load(&pool.active)) != 0;) {
    if (spin_while(&pool.active, active)) continue;
    atomic_store(&pool.owner_waits, 1);
    if ((active = atomic_load(&pool.active)) != 0) wait_while(&pool.active, active);
    atomic_store(&pool.owner_waits, 0);
  }
  atomic_store_explicit(&pool.busy, false, memory_order_release);
}

// MARK: Splitting a range

typedef struct range_job {
  size_t n, chunk;
  void (*body)(void *context, size_t begin, size_t end);
  void *context;
} range_job;

static void run_range(void *context, size_t index) {
  const range_job *job = context;
  size_t begin = index * job->chunk;
  job->body(job->context, begin, jn_min_size(begin + job->chunk, job->n));
}

void jn_parallel_range(size_t n, size_t cost, void (*body)(void *context, size_t begin, size_t end), void *context) {
  if (n == 0) return;
  if (n < 2 || n <= JN_PARALLEL_WORK / cost) {
    body(context, 0, n);
    return;
  }
  size_t chunk = JN_CHUNK_WORK / cost;
  chunk = chunk < 64 ? (chunk == 0 ? 1 : chunk) : chunk / 64 * 64;  // whole cache lines
  range_job job = {n, chunk, body, context};
  jn_parallel((n + chunk - 1) / chunk, run_range, &job);
}

// MARK: The number of threads

#if defined(__linux__)
// The share of processors that the container may use, or SIZE_MAX.
static size_t quota(void) {
  FILE *file = fopen("/sys/fs/cgroup/cpu.max", "re");
  if (!file) return SIZE_MAX;
  long long share, period;
  int fields = fscanf(file, "%lld %lld", &share, &period);
  fclose(file);
  if (fields != 2 || share <= 0 || period <= 0) return SIZE_MAX;
  return (size_t)((share + period - 1) / period);
}
#endif

static size_t usable_processors(void) {
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return jn_min_size((size_t)CPU_COUNT(&set), quota());
#endif
  long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? (size_t)online : 1;
}

static size_t default_thread_count(void) {
  const char *text = getenv("JAXNET_NUM_THREADS");
  long wanted = text ? strtol(text, NULL, 10) : 0;
  return wanted > 0 ? (size_t)wanted : usable_processors();
}

static void store_thread_count(size_t count) {
  atomic_store_explicit(&thread_count, count < 1 ? 1 : jn_min_size(count, MAX_THREADS), memory_order_relaxed);
}

size_t jn_thread_count(void) {
  size_t count = atomic_load_explicit(&thread_count, memory_order_relaxed);
  if (count != 0) return count;
  store_thread_count(default_thread_count());
  return atomic_load_explicit(&thread_count, memory_order_relaxed);
}

void jn_set_thread_count(size_t count) { store_thread_count(count); }
