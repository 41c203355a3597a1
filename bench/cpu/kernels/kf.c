/* Floating point by the x87: doubles in memory, extended precision in registers and in matrices. */
typedef long double wide;
#include "numeric.h"
