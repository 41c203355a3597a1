/* Floating point by SSE2. */
typedef double wide;
#include "numeric.h"
