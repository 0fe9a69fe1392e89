// The vectorised inner loops of the library, and the threads that run them.
//
// Every function works on dense row-major arrays unless it takes strides, splits long work over the
// thread pool by itself, and gives results that do not depend on the number of threads.
#pragma once
#include "jn_dtype.h"
#include "jn_convolution.h"
#include "jn_buffer.h"
#include "jn_dot.h"
#include "jn_elementwise.h"
#include "jn_fma.h"
#include "jn_fourier.h"
#include "jn_gather.h"
#include "jn_matrix.h"
#include "jn_memory.h"
#include "jn_reduce.h"
#include "jn_product.h"
#include "jn_program.h"
#include "jn_random.h"
#include "jn_sort.h"
#include "jn_runtime.h"
#include "jn_sliding_window.h"
