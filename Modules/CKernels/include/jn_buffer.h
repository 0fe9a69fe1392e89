#pragma once
#include <stddef.h>

// Memory for elements. Fresh pages of the system cost more than most of the work that is done in them, so buffers that are given
// back are kept for the next of about their size.

/// A buffer of at least so many bytes, aligned to 64 if it is larger than 1 KiB, otherwise to 16. Stops the program if there is
/// no memory. Safe from several threads, as all of these.
void *jn_buffer_take(size_t bytes);
/// Gives back a buffer that was taken with this number of bytes.
void jn_buffer_give(void *buffer, size_t bytes);

/// Bytes that are kept at most, 256 MiB at first, and that are kept now. Setting a lower limit gives memory back to the system.
size_t jn_buffer_limit(void);
void jn_buffer_set_limit(size_t bytes);
size_t jn_buffer_kept(void);
