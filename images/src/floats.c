/* Floating point as a static C library does it on the x87: printing, parsing, roots, series, conversions, rounding,
 * exceptions and the state of the unit across fork(2) and signals. */
#include <fenv.h>
#include <float.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile double one = 1, zero = 0, three = 3, tiny = 1e-320;

static void print_and_parse(void) {
  static const char *const texts[] = {"0.1", "1e22", "123456789.987654321", "4.9e-324", "1.7976931348623157e308", "-0", "0x1.8p3", "inf"};
  for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++) {
    double value = strtod(texts[i], 0);
    printf("%-24s %.17g %a %f\n", texts[i], value, value, value);
  }
  printf("long double %.20Lg %La\n", 1.0L / 3, 1.0L / 3);
}

static void series(void) {
  double e = 1, term = 1, pi = 0, logistic = 0.3;
  float single = 0;
  for (int i = 1; i < 25; i++) e += term /= i;
  for (int i = 0; i < 20000; i++) pi += (i % 2 ? -4.0 : 4.0) / (2 * i + 1);
  for (int i = 0; i < 100; i++) logistic = 3.9 * logistic * (1 - logistic);
  for (int i = 0; i < 1000; i++) single += 0.1f;
  printf("e %.15g, pi %.12g, logistic %.6g, float sum %.9g\n", e, pi, logistic, single);
}

static void library(void) {
  for (double x = 0.5; x < 20; x *= 2.5)
    printf("x %-8g sqrt %.12g sin %.12g cos %.12g tan %.10g exp %.10g log %.12g pow %.10g atan2 %.12g\n", x, sqrt(x), sin(x),
           cos(x), tan(x), exp(x), log(x), pow(x, 1.5), atan2(x, 2));
  printf("floor %g ceil %g fmod %.15g hypot %.15g ldexp %g cbrt %.12g\n", floor(-2.5), ceil(-2.5), fmod(10.3, 3.1),
         hypot(3, 4), ldexp(0.75, 10), cbrt(27.5));
}

static void conversions(void) {
  volatile double values[] = {2.5, -2.5, 3.5, 1e9, -1.99, 4294967295.0};
  for (unsigned i = 0; i < sizeof values / sizeof *values; i++)
    printf("%g: int %d rint %g lround %lld unsigned %u\n", values[i], values[i] < 2e9 ? (int)values[i] : 0, rint(values[i]),
           llround(values[i]), values[i] >= 0 ? (unsigned)values[i] : 0);
  long long big = 9007199254740993LL;
  printf("64-bit integers: %.17g %lld %.17g\n", (double)big, (long long)1e18, (double)(unsigned long long)-1);
}

static void rounding(void) {
  static const struct {
    int mode;
    const char *name;
  } modes[] = {{FE_TONEAREST, "nearest"}, {FE_UPWARD, "up"}, {FE_DOWNWARD, "down"}, {FE_TOWARDZERO, "zero"}};
  for (unsigned i = 0; i < sizeof modes / sizeof *modes; i++) {
    fesetround(modes[i].mode);
    volatile double third = one / three;
    printf("%-8s %a rint(2.5) %g rint(-2.5) %g\n", modes[i].name, third, rint(2.5), rint(-2.5));
  }
  fesetround(FE_TONEAREST);
}

static void exceptions(void) {
  volatile double result;
  feclearexcept(FE_ALL_EXCEPT);
  result = one / zero;
  printf("1/0 %g divbyzero %d", result, fetestexcept(FE_DIVBYZERO) != 0);
  feclearexcept(FE_ALL_EXCEPT);
  result = zero / zero;
  printf(", 0/0 is nan %d invalid %d", isnan(result), fetestexcept(FE_INVALID) != 0);
  feclearexcept(FE_ALL_EXCEPT);
  result = one / three;
  printf(", 1/3 inexact %d\n", fetestexcept(FE_INEXACT) != 0);
  printf("denormal %g, times 2 %g, classes %d %d %d\n", tiny, tiny * 2, fpclassify(tiny) == FP_SUBNORMAL,
         fpclassify(zero) == FP_ZERO, fpclassify(INFINITY) == FP_INFINITE);
  printf("nan comparisons %d %d %d\n", NAN < 1, NAN == NAN, NAN != NAN);
}

static void on_signal(int sig) {
  volatile double used = sig;
  fesetround(FE_UPWARD);
  for (int i = 0; i < 20; i++) used = sqrt(used + i);
}

/* The unit's registers and control word belong to the task: a signal handler and a child change their own only. */
static void state(void) {
  signal(SIGUSR1, on_signal);
  double sum = 0;
  for (int i = 1; i <= 10; i++) {
    sum += 1.0 / i;
    if (i == 5) raise(SIGUSR1);
  }
  volatile double third = one / three;
  printf("harmonic %.15g, third after the handler %a\n", sum, third);
  fesetround(FE_DOWNWARD);
  fflush(stdout);
  if (fork() == 0) {
    third = -one / three;
    printf("child's third %a\n", third);
    fesetround(FE_UPWARD);
    fflush(stdout);
    _exit(0);
  }
  wait(0);
  third = -one / three;
  printf("parent's third %a\n", third);
  fesetround(FE_TONEAREST);
}

int main(void) {
  print_and_parse();
  series();
  library();
  conversions();
  rounding();
  exceptions();
  state();
  return 0;
}
