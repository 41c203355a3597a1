/* Recursive fib, quicksort, insertion sort and a string hash table: calls, branches, the stack. */
#include "kernel.h"

#define COUNT 200000
static u32 numbers[COUNT];
static u32 buckets[1 << 16];

static u32 __attribute__((noinline)) fib(u32 n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

static void __attribute__((noinline)) quicksort(u32 *a, int left, int right) {
  while (right - left > 16) {
    u32 pivot = a[(left + right) / 2];
    int i = left, j = right;
    while (i <= j) {
      while (a[i] < pivot) i++;
      while (a[j] > pivot) j--;
      if (i <= j) {
        u32 t = a[i];
        a[i++] = a[j];
        a[j--] = t;
      }
    }
    quicksort(a, left, j);
    left = i;
  }
  for (int i = left + 1; i <= right; i++) {
    u32 v = a[i];
    int j = i - 1;
    for (; j >= left && a[j] > v; j--) a[j + 1] = a[j];
    a[j + 1] = v;
  }
}

static u32 __attribute__((noinline)) hash(const u8 *bytes, u32 n) {
  u32 h = 2166136261u;
  for (u32 i = 0; i < n; i++) h = (h ^ bytes[i]) * 16777619u;
  return h;
}

u32 run(void) {
  u32 sum = fib(27);
  u32 seed = 1;
  for (int i = 0; i < COUNT; i++) numbers[i] = seed = seed * 1664525 + 1013904223;
  quicksort(numbers, 0, COUNT - 1);
  for (int round = 0; round < 4; round++)
    for (int i = 0; i < COUNT; i++) buckets[hash((const u8 *)&numbers[i], 4) >> 16]++;
  for (int i = 0; i < 1 << 16; i++) sum = sum * 31 + buckets[i];
  return sum + numbers[COUNT / 2];
}
