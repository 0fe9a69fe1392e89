#include "call.h"

// Kinds of PJRT_HostBufferSemantics.
enum { IMMUTABLE_ONLY_DURING_CALL = 0 };

jn_pjrt_buffer *jn_pjrt_upload(const jn_pjrt_api *api, jn_pjrt_client *client, jn_pjrt_device *device, const void *data,
                               int32_t type, const int64_t *dimensions, size_t rank, jn_pjrt_status *status) {
  ARGS(upload_args, args, .client = client, .data = data, .type = type, .dimensions = dimensions, .rank = rank,
       .semantics = IMMUTABLE_ONLY_DURING_CALL, .device = device);
  if (!call(api, CLIENT_BUFFER_FROM_HOST, &args, status)) return NULL;
  if (args.done) destroy(api, EVENT_DESTROY, args.done);
  return args.buffer;
}

void jn_pjrt_download(const jn_pjrt_api *api, jn_pjrt_buffer *buffer, size_t rank, void *destination, size_t byte_count,
                      jn_pjrt_status *status) {
  // Without a layout the elements come in the order that the device has them in.
  int64_t minor_to_major[rank + 1];
  for (size_t i = 0; i < rank; i++) minor_to_major[i] = (int64_t)(rank - 1 - i);
  ARGS(memory_layout, layout);
  layout.tiled.size = sizeof layout.tiled;
  layout.tiled.minor_to_major = minor_to_major;
  layout.tiled.rank = rank;
  ARGS(download_args, args, .source = buffer, .layout = &layout, .destination = destination, .byte_count = byte_count);
  if (call(api, BUFFER_TO_HOST, &args, status) && args.event) await_event(api, args.event, status);
}

jn_pjrt_buffer *jn_pjrt_copy(const jn_pjrt_api *api, jn_pjrt_buffer *buffer, jn_pjrt_device *device, jn_pjrt_status *status) {
  ARGS(copy_args, args, .buffer = buffer, .device = device);
  return call(api, BUFFER_COPY_TO_DEVICE, &args, status) ? args.copy : NULL;
}

void jn_pjrt_await(const jn_pjrt_api *api, jn_pjrt_buffer *buffer, jn_pjrt_status *status) {
  ARGS(answer_args, args, .object = buffer);
  if (call(api, BUFFER_READY_EVENT, &args, status)) await_event(api, args.answer.object, status);
}

bool jn_pjrt_is_deleted(const jn_pjrt_api *api, jn_pjrt_buffer *buffer, jn_pjrt_status *status) {
  ARGS(answer_args, args, .object = buffer);
  return call(api, BUFFER_IS_DELETED, &args, status) && args.answer.flag;
}

int32_t jn_pjrt_buffer_type(const jn_pjrt_api *api, jn_pjrt_buffer *buffer, jn_pjrt_status *status) {
  ARGS(answer_args, args, .object = buffer);
  return call(api, BUFFER_ELEMENT_TYPE, &args, status) ? args.answer.number : 0;
}

size_t jn_pjrt_buffer_dimensions(const jn_pjrt_api *api, jn_pjrt_buffer *buffer, int64_t *dimensions, size_t capacity,
                                 jn_pjrt_status *status) {
  ARGS(list_args, args, .object = buffer);
  if (!call(api, BUFFER_DIMENSIONS, &args, status)) return 0;
  for (size_t i = 0; i < args.count && i < capacity; i++) dimensions[i] = ((const int64_t *)args.items)[i];
  return args.count;
}

uintptr_t jn_pjrt_buffer_address(const jn_pjrt_api *api, jn_pjrt_buffer *buffer) {
  ARGS(answer_args, args, .object = buffer);
  jn_pjrt_status ignored = {0};
  bool succeeded = call(api, BUFFER_UNSAFE_POINTER, &args, &ignored);
  jn_pjrt_free(ignored.message);
  return succeeded ? args.answer.address : 0;
}

void jn_pjrt_buffer_destroy(const jn_pjrt_api *api, jn_pjrt_buffer *buffer) { destroy(api, BUFFER_DESTROY, buffer); }
