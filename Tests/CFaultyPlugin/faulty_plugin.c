#include "CFaultyPlugin.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

// The table: its size, extensions, the version in three words, then the functions.
enum { HEAD_WORDS = 5, ERROR_DESTROY = 0, ERROR_MESSAGE = 1, ERROR_GET_CODE = 2, DEVICES = 16 };

typedef void *function_of_args(void *);
typedef struct error_args {
  size_t size;
  void *extension;
  const void *error;
  union {
    struct {
      const char *text;
      size_t size;
    } message;
    int32_t code;
  } answer;
} error_args;

static void **real_table;
static void **table;

// What is broken. The error is this object itself, which is nobody's to free.
static struct {
  int function;
  int32_t code;
  char message[256];
  int calls_left;
} fault = {.function = -1};
static bool devices_are_hidden;

static void *forward(int function, void *args) { return ((function_of_args *)real_table[HEAD_WORDS + function])(args); }

static void *fails_or_forwards(int function, void *args) {
  if (fault.function == function && fault.calls_left-- <= 0) return &fault;
  return forward(function, args);
}

#define FUNCTION(name, position) \
  static void *name(void *args) { return fails_or_forwards(position, args); }
FUNCTION(client_create, FAULTY_CLIENT_CREATE)
FUNCTION(compile, FAULTY_COMPILE)
FUNCTION(upload, FAULTY_UPLOAD)
FUNCTION(event_await, FAULTY_EVENT_AWAIT)
FUNCTION(execute, FAULTY_EXECUTE)
FUNCTION(download, FAULTY_DOWNLOAD)

static void *error_destroy(void *args) { return ((error_args *)args)->error == &fault ? NULL : forward(ERROR_DESTROY, args); }

static void *error_message(void *args) {
  error_args *error = args;
  if (error->error != &fault) return forward(ERROR_MESSAGE, args);
  error->answer.message.text = fault.message;
  error->answer.message.size = strlen(fault.message);
  return NULL;
}

static void *error_get_code(void *args) {
  error_args *error = args;
  if (error->error != &fault) return forward(ERROR_GET_CODE, args);
  error->answer.code = fault.code;
  return NULL;
}

static void *devices(void *args) {
  void *error = forward(DEVICES, args);
  // The number of devices is the last word of the arguments.
  if (devices_are_hidden) ((size_t *)args)[4] = 0;
  return error;
}

const void *faulty_plugin(const char *path) {
  if (table) return table;
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  void **(*get_api)(void) = library ? (void **(*)(void))dlsym(library, "GetPjrtApi") : NULL;
  if (!get_api) return NULL;
  real_table = get_api();
  size_t size = *(size_t *)real_table;
  table = malloc(size);
  memcpy(table, real_table, size);
  void **functions = table + HEAD_WORDS;
  functions[ERROR_DESTROY] = error_destroy;
  functions[ERROR_MESSAGE] = error_message;
  functions[ERROR_GET_CODE] = error_get_code;
  functions[DEVICES] = devices;
  functions[FAULTY_CLIENT_CREATE] = client_create;
  functions[FAULTY_COMPILE] = compile;
  functions[FAULTY_UPLOAD] = upload;
  functions[FAULTY_EVENT_AWAIT] = event_await;
  functions[FAULTY_EXECUTE] = execute;
  functions[FAULTY_DOWNLOAD] = download;
  return table;
}

void faulty_break(faulty_function function, int32_t code, const char *message, int count) {
  fault.code = code;
  strncpy(fault.message, message, sizeof fault.message - 1);
  fault.calls_left = count;
  fault.function = function;
}

void faulty_mend(void) { fault.function = -1; }

void faulty_hide_devices(bool hidden) { devices_are_hidden = hidden; }
