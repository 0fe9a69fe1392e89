// The part of the PJRT C interface that is used here, in declarations of its own.
//
// A plugin's table of functions has its size first, so that what an older plugin lacks can be told. Every struct of arguments begins
// with its size and a pointer to extensions; a plugin refuses one that is smaller than it expects.

#ifndef CPJRT_ABI_H
#define CPJRT_ABI_H

#include "CPJRT.h"

// The versions that the positions and sizes below hold for: major version 0, by the interface's rules for all later minor ones.
enum { PJRT_MAJOR = 0, PJRT_OLDEST_MINOR = 57 };

typedef struct pjrt_version {
  size_t size;
  void *extension;
  int major, minor;
} pjrt_version;

struct jn_pjrt_api {
  size_t size;
  void *extension;
  pjrt_version version;
  void *functions[];
};

// Positions in the table of functions.
enum {
  ERROR_DESTROY = 0,
  ERROR_MESSAGE = 1,
  ERROR_GET_CODE = 2,
  PLUGIN_INITIALIZE = 3,
  EVENT_DESTROY = 5,
  EVENT_AWAIT = 8,
  CLIENT_CREATE = 10,
  CLIENT_DESTROY = 11,
  CLIENT_PLATFORM_NAME = 12,
  CLIENT_PLATFORM_VERSION = 14,
  CLIENT_ADDRESSABLE_DEVICES = 16,
  CLIENT_COMPILE = 20,
  CLIENT_BUFFER_FROM_HOST = 22,
  DESCRIPTION_ID = 23,
  DESCRIPTION_KIND = 26,
  DEVICE_GET_DESCRIPTION = 29,
  DEVICE_MEMORY_STATS = 34,
  EXECUTABLE_DESTROY = 40,
  EXECUTABLE_NUM_OUTPUTS = 44,
  EXECUTABLE_SERIALIZE = 49,
  LOADED_DESTROY = 50,
  LOADED_GET_EXECUTABLE = 51,
  LOADED_EXECUTE = 55,
  DESERIALIZE_AND_LOAD = 56,
  BUFFER_DESTROY = 58,
  BUFFER_ELEMENT_TYPE = 59,
  BUFFER_DIMENSIONS = 60,
  BUFFER_IS_DELETED = 68,
  BUFFER_COPY_TO_DEVICE = 69,
  BUFFER_TO_HOST = 70,
  BUFFER_READY_EVENT = 72,
  BUFFER_UNSAFE_POINTER = 73,
  FUNCTION_COUNT = 74,
};

typedef struct pjrt_error pjrt_error;
typedef struct pjrt_event pjrt_event;
typedef struct pjrt_description pjrt_description;
typedef struct pjrt_plain_executable pjrt_plain_executable;

// One object in, nothing out.
typedef struct object_args {
  size_t size;
  void *extension;
  const void *object;
} object_args;

// One object in, one word or object out.
typedef struct answer_args {
  size_t size;
  void *extension;
  const void *object;
  union {
    void *object;
    size_t count;
    int32_t number;
    bool flag;
    uintptr_t address;
  } answer;
} answer_args;

// One object in, a text or an array with its length out.
typedef struct list_args {
  size_t size;
  void *extension;
  const void *object;
  const void *items;
  size_t count;
} list_args;

typedef struct named_value {
  size_t size;
  void *extension;
  const char *name;
  size_t name_size;
  int32_t type;
  union {
    const char *string_value;
    int64_t int64_value;
    float float_value;
    bool bool_value;
  } value;
  size_t value_size;
} named_value;

typedef struct initialize_args {
  size_t size;
  void *extension;
} initialize_args;

typedef struct create_args {
  size_t size;
  void *extension;
  const named_value *options;
  size_t option_count;
  void *get_callback, *get_argument, *put_callback, *put_argument;
  jn_pjrt_client *client;
  void *try_get_callback, *try_get_argument;
} create_args;

typedef struct program {
  size_t size;
  void *extension;
  const char *code;
  size_t code_size;
  const char *format;
  size_t format_size;
} program;

typedef struct compile_args {
  size_t size;
  void *extension;
  jn_pjrt_client *client;
  const program *program;
  const void *options;
  size_t options_size;
  jn_pjrt_executable *executable;
} compile_args;

typedef struct serialize_args {
  size_t size;
  void *extension;
  const pjrt_plain_executable *executable;
  const char *bytes;
  size_t byte_count;
  void *owner;
  void (*free_owner)(void *);
} serialize_args;

typedef struct deserialize_args {
  size_t size;
  void *extension;
  jn_pjrt_client *client;
  const void *bytes;
  size_t byte_count;
  jn_pjrt_executable *executable;
  const void *options;
  size_t options_size;
} deserialize_args;

typedef struct execute_options {
  size_t size;
  void *extension;
  void *send_callbacks, *receive_callbacks;
  size_t send_count, receive_count;
  int launch;
  const int64_t *kept;
  size_t kept_count;
  void *context;
  const char *call_location;
  size_t task_count;
  void *task_ids, *incarnation_ids;
} execute_options;

typedef struct execute_args {
  size_t size;
  void *extension;
  jn_pjrt_executable *executable;
  execute_options *options;
  jn_pjrt_buffer *const *const *inputs;
  size_t device_count, input_count;
  jn_pjrt_buffer ***outputs;
  pjrt_event **complete;
  jn_pjrt_device *device;
} execute_args;

// A layout as an order of dimensions, or as distances; the order is what is used here.
typedef struct memory_layout {
  size_t size;
  void *extension;
  struct {
    size_t size;
    void *extension;
    const int64_t *minor_to_major;
    size_t rank;
    const int64_t *tile_dimensions;
    const size_t *tile_sizes;
    size_t tile_count;
  } tiled;
  int32_t kind;
} memory_layout;

typedef struct upload_args {
  size_t size;
  void *extension;
  jn_pjrt_client *client;
  const void *data;
  int32_t type;
  const int64_t *dimensions;
  size_t rank;
  const int64_t *strides;
  size_t stride_count;
  int32_t semantics;
  jn_pjrt_device *device;
  void *memory;
  memory_layout *layout;
  pjrt_event *done;
  jn_pjrt_buffer *buffer;
} upload_args;

typedef struct download_args {
  size_t size;
  void *extension;
  jn_pjrt_buffer *source;
  memory_layout *layout;
  void *destination;
  size_t byte_count;
  pjrt_event *event;
} download_args;

typedef struct copy_args {
  size_t size;
  void *extension;
  jn_pjrt_buffer *buffer;
  jn_pjrt_device *device;
  jn_pjrt_buffer *copy;
} copy_args;

typedef struct memory_args {
  size_t size;
  void *extension;
  jn_pjrt_device *device;
  int64_t in_use, peak;
  bool has_peak;
  int64_t allocation_count;
  bool has_allocation_count;
  int64_t largest;
  bool has_largest;
  int64_t limit;
  bool has_limit;
  // What newer versions tell beyond that.
  char rest[128];
} memory_args;

#endif
