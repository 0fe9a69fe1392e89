#pragma once
// oneDNN 3 keeps its headers in a folder of its own; oneDNN 2 has them at the top.
#if __has_include(<oneapi/dnnl/dnnl.h>)
#include <oneapi/dnnl/dnnl.h>
#else
#include <dnnl.h>
#endif
#include "convolution.h"
