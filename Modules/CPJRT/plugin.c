#define _GNU_SOURCE
#include "call.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void jn_pjrt_free(void *memory) { free(memory); }

void fail(jn_pjrt_status *status, int32_t code, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  status->code = code;
  if (vasprintf(&status->message, format, arguments) < 0) status->message = NULL;
  va_end(arguments);
}

// MARK: Calls

typedef pjrt_error *function_of_args(void *);
typedef void procedure_of_args(void *);

// Moves an error of the plugin to `status`.
static void take_error(const jn_pjrt_api *api, pjrt_error *error, jn_pjrt_status *status) {
  ARGS(list_args, message, .object = error);
  ((procedure_of_args *)api->functions[ERROR_MESSAGE])(&message);
  ARGS(answer_args, code, .object = error);
  pjrt_error *another = ((function_of_args *)api->functions[ERROR_GET_CODE])(&code);
  fail(status, another ? 2 : code.answer.number, "%.*s", (int)message.count, (const char *)message.items);
  for (pjrt_error *e = error; e; e = e == error ? another : NULL) {
    ARGS(object_args, args, .object = e);
    ((procedure_of_args *)api->functions[ERROR_DESTROY])(&args);
  }
}

bool call(const jn_pjrt_api *api, int function, void *args, jn_pjrt_status *status) {
  pjrt_error *error = ((function_of_args *)api->functions[function])(args);
  if (!error) return true;
  take_error(api, error, status);
  return false;
}

void destroy(const jn_pjrt_api *api, int function, void *object) {
  ARGS(object_args, args, .object = object);
  jn_pjrt_status ignored = {0};
  call(api, function, &args, &ignored);
  free(ignored.message);
}

bool await_event(const jn_pjrt_api *api, pjrt_event *event, jn_pjrt_status *status) {
  ARGS(object_args, args, .object = event);
  bool succeeded = call(api, EVENT_AWAIT, &args, status);
  destroy(api, EVENT_DESTROY, event);
  return succeeded;
}

// MARK: Loading

void jn_pjrt_version(const jn_pjrt_api *api, int *major, int *minor) {
  *major = api->version.major;
  *minor = api->version.minor;
}

void jn_pjrt_check(const void *candidate, jn_pjrt_status *status) {
  const jn_pjrt_api *api = candidate;
  if (!api) {
    fail(status, JN_PJRT_NOT_A_PLUGIN, "its function GetPjrtApi answers nothing");
    return;
  }
  // Without a version, nothing else in the table can be trusted.
  if (api->size < sizeof(jn_pjrt_api)) {
    fail(status, JN_PJRT_NOT_A_PLUGIN, "its table of functions has %zu bytes, too few for a version", api->size);
    return;
  }
  if (api->version.major != PJRT_MAJOR || api->version.minor < PJRT_OLDEST_MINOR) {
    fail(status, JN_PJRT_UNSUPPORTED_VERSION, "it has version %d.%d of the PJRT interface; needed is %d.%d or a later %d.x",
         api->version.major, api->version.minor, PJRT_MAJOR, PJRT_OLDEST_MINOR, PJRT_MAJOR);
    return;
  }
  static const int used[] = {
      ERROR_DESTROY,         ERROR_MESSAGE,          ERROR_GET_CODE,       PLUGIN_INITIALIZE,
      EVENT_DESTROY,         EVENT_AWAIT,            CLIENT_CREATE,        CLIENT_DESTROY,
      CLIENT_PLATFORM_NAME,  CLIENT_PLATFORM_VERSION, CLIENT_ADDRESSABLE_DEVICES, CLIENT_COMPILE,
      CLIENT_BUFFER_FROM_HOST, DESCRIPTION_ID,       DESCRIPTION_KIND,     DEVICE_GET_DESCRIPTION,
      DEVICE_MEMORY_STATS,   EXECUTABLE_DESTROY,     EXECUTABLE_NUM_OUTPUTS, EXECUTABLE_SERIALIZE,
      LOADED_DESTROY,        LOADED_GET_EXECUTABLE,  LOADED_EXECUTE,       DESERIALIZE_AND_LOAD,
      BUFFER_DESTROY,        BUFFER_ELEMENT_TYPE,    BUFFER_DIMENSIONS,    BUFFER_IS_DELETED,
      BUFFER_COPY_TO_DEVICE, BUFFER_TO_HOST,         BUFFER_READY_EVENT,   BUFFER_UNSAFE_POINTER,
  };
  for (size_t i = 0; i < sizeof used / sizeof *used; i++) {
    size_t end = offsetof(jn_pjrt_api, functions) + (size_t)(used[i] + 1) * sizeof(void *);
    if (api->size < end || !api->functions[used[i]]) {
      fail(status, JN_PJRT_UNSUPPORTED_VERSION, "function %d of the PJRT interface is missing in it", used[i]);
      return;
    }
  }
}

// Whether a plugin has been initialised before, which it may be but once.
static bool initialize_once(const jn_pjrt_api *api, jn_pjrt_status *status) {
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  static const jn_pjrt_api **known;
  static size_t count;
  pthread_mutex_lock(&lock);
  bool succeeded = false;
  for (size_t i = 0; i < count; i++) succeeded |= known[i] == api;
  if (!succeeded) {
    ARGS(initialize_args, args);
    succeeded = call(api, PLUGIN_INITIALIZE, &args, status);
    if (succeeded) {
      known = realloc(known, (count + 1) * sizeof *known);
      known[count++] = api;
    }
  }
  pthread_mutex_unlock(&lock);
  return succeeded;
}

const jn_pjrt_api *jn_pjrt_load(const char *path, jn_pjrt_status *status) {
  // It is never closed: plugins leave threads behind that run its code.
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    fail(status, JN_PJRT_NOT_LOADED, "%s", dlerror());
    return NULL;
  }
  const void *(*get_api)(void) = (const void *(*)(void))dlsym(library, "GetPjrtApi");
  if (!get_api) {
    fail(status, JN_PJRT_NOT_A_PLUGIN, "it has no function GetPjrtApi");
    return NULL;
  }
  return jn_pjrt_start(get_api(), status);
}

const jn_pjrt_api *jn_pjrt_start(const void *api, jn_pjrt_status *status) {
  jn_pjrt_check(api, status);
  return status->code == JN_PJRT_OK && initialize_once(api, status) ? api : NULL;
}
