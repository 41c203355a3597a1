/*
 * Floating point: an n-body system and a Mandelbrot set in doubles, a product of matrices in `wide` numbers, conversions
 * and comparisons. Compiled for the x87 by kf.c, for SSE2 by kd.c.
 */
#include "kernel.h"

#define BODIES 5
#define STEPS 20000
static double position[BODIES][3];
static double velocity[BODIES][3];
static double mass[BODIES];

static void place(void) {
  for (int i = 0; i < BODIES; i++) {
    mass[i] = i == 0 ? 40.0 : 0.01 * i;
    for (int axis = 0; axis < 3; axis++) {
      position[i][axis] = i * (3.0 + axis) * (axis & 1 ? -1.1 : 0.9);
      velocity[i][axis] = i == 0 ? 0.0 : 2.5 / (i + axis) * ((i ^ axis) & 1 ? 1.0 : -1.0);
    }
  }
}

static void __attribute__((noinline)) advance(double dt) {
  for (int i = 0; i < BODIES; i++) {
    for (int j = i + 1; j < BODIES; j++) {
      double dx = position[i][0] - position[j][0];
      double dy = position[i][1] - position[j][1];
      double dz = position[i][2] - position[j][2];
      double square = dx * dx + dy * dy + dz * dz;
      double magnitude = dt / (square * __builtin_sqrt(square));
      double mi = mass[i] * magnitude;
      double mj = mass[j] * magnitude;
      velocity[i][0] -= dx * mj;
      velocity[i][1] -= dy * mj;
      velocity[i][2] -= dz * mj;
      velocity[j][0] += dx * mi;
      velocity[j][1] += dy * mi;
      velocity[j][2] += dz * mi;
    }
  }
  for (int i = 0; i < BODIES; i++)
    for (int axis = 0; axis < 3; axis++) position[i][axis] += dt * velocity[i][axis];
}

#define SIDE 96
#define ITERATIONS 256

static u32 __attribute__((noinline)) mandelbrot(void) {
  u32 inside = 0;
  for (int row = 0; row < SIDE; row++) {
    for (int column = 0; column < SIDE; column++) {
      double cr = column * (3.0 / SIDE) - 2.25;
      double ci = row * (2.5 / SIDE) - 1.25;
      double x = 0, y = 0;
      int n = 0;
      for (; n < ITERATIONS; n++) {
        double xx = x * x, yy = y * y;
        if (xx + yy > 4.0) break;
        y = 2.0 * x * y + ci;
        x = xx - yy + cr;
      }
      inside += n;
    }
  }
  return inside;
}

#define ORDER 64
static wide left[ORDER][ORDER];
static wide right[ORDER][ORDER];
static wide product[ORDER][ORDER];

static void __attribute__((noinline)) multiply(void) {
  for (int i = 0; i < ORDER; i++)
    for (int j = 0; j < ORDER; j++) {
      wide sum = 0;
      for (int k = 0; k < ORDER; k++) sum += left[i][k] * right[k][j];
      product[i][j] = sum;
    }
}

/* The bits of a number, as a double. */
static u32 fold(double number) {
  union {
    double number;
    u32 words[2];
  } bits = {number};
  return bits.words[0] ^ bits.words[1] * 31;
}

u32 run(void) {
  place();
  for (int step = 0; step < STEPS; step++) advance(0.001);
  u32 sum = mandelbrot();
  for (int i = 0; i < BODIES; i++)
    for (int axis = 0; axis < 3; axis++) sum = sum * 33 + fold(position[i][axis]);
  for (int i = 0; i < ORDER; i++)
    for (int j = 0; j < ORDER; j++) {
      left[i][j] = (wide)(i + 1) / (j + 3);
      right[i][j] = (wide)(i - j) / 7;
    }
  for (int round = 0; round < 4; round++) {
    multiply();
    for (int i = 0; i < ORDER; i++)
      for (int j = 0; j < ORDER; j++) {
        sum = sum * 33 + fold((double)product[i][j]);
        left[i][j] = product[i][j] / 4096;
        sum += (u32)(int)(left[i][j] * 16);
      }
  }
  return sum;
}
