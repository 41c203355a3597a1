/* Packed integers of SSE2: sums, blending of pixels, a search for bytes, random numbers in four lanes. */
#include <emmintrin.h>
#include "kernel.h"

#define BYTES (1 << 16)
#define VECTORS (BYTES / 16)
static __m128i one[VECTORS];
static __m128i two[VECTORS];
static __m128i blended[VECTORS];

/* Marsaglia's xorshift in every lane. */
static void __attribute__((noinline)) randomise(__m128i *to, __m128i state) {
  for (int i = 0; i < VECTORS; i++) {
    state = _mm_xor_si128(state, _mm_slli_epi32(state, 13));
    state = _mm_xor_si128(state, _mm_srli_epi32(state, 17));
    state = _mm_xor_si128(state, _mm_slli_epi32(state, 5));
    _mm_store_si128(to + i, state);
  }
}

/* (a * weight + b * (256 - weight)) / 256 of bytes. */
static void __attribute__((noinline)) blend(u16 weight) {
  const __m128i zero = _mm_setzero_si128();
  const __m128i wa = _mm_set1_epi16(weight);
  const __m128i wb = _mm_set1_epi16(256 - weight);
  for (int i = 0; i < VECTORS; i++) {
    __m128i a = _mm_load_si128(one + i);
    __m128i b = _mm_load_si128(two + i);
    __m128i low = _mm_add_epi16(_mm_mullo_epi16(_mm_unpacklo_epi8(a, zero), wa),
                                _mm_mullo_epi16(_mm_unpacklo_epi8(b, zero), wb));
    __m128i high = _mm_add_epi16(_mm_mullo_epi16(_mm_unpackhi_epi8(a, zero), wa),
                                 _mm_mullo_epi16(_mm_unpackhi_epi8(b, zero), wb));
    _mm_store_si128(blended + i, _mm_packus_epi16(_mm_srli_epi16(low, 8), _mm_srli_epi16(high, 8)));
  }
}

static u32 across(__m128i v) {
  v = _mm_add_epi32(v, _mm_shuffle_epi32(v, 0x4e));
  v = _mm_add_epi32(v, _mm_shuffle_epi32(v, 0xb1));
  return _mm_cvtsi128_si32(v);
}

static u32 __attribute__((noinline)) total(const __m128i *from) {
  __m128i sum = _mm_setzero_si128();
  __m128i mix = _mm_setzero_si128();
  for (int i = 0; i < VECTORS; i++) {
    __m128i v = _mm_load_si128(from + i);
    sum = _mm_add_epi32(sum, v);
    mix = _mm_xor_si128(_mm_add_epi32(mix, mix), v);
  }
  return across(sum) ^ across(mix);
}

/* How many bytes have a value, by words of 16. */
static u32 __attribute__((noinline)) count(const u8 *bytes, u8 value) {
  const __m128i wanted = _mm_set1_epi8(value);
  u32 n = 0;
  for (u32 at = 0; at < BYTES; at += 16) {
    __m128i equal = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(bytes + at)), wanted);
    u32 mask = _mm_movemask_epi8(equal);
    for (; mask != 0; mask &= mask - 1) n++;
  }
  return n;
}

/* Sum of absolute differences, and of products of words. */
static u32 __attribute__((noinline)) distance(void) {
  __m128i sum = _mm_setzero_si128();
  for (int i = 0; i < VECTORS; i++) {
    __m128i a = _mm_load_si128(one + i);
    __m128i b = _mm_load_si128(blended + i);
    sum = _mm_add_epi32(sum, _mm_sad_epu8(a, b));
    sum = _mm_add_epi32(sum, _mm_madd_epi16(a, b));
  }
  return across(sum);
}

u32 run(void) {
  u32 sum = 0;
  for (int round = 0; round < 64; round++) {
    randomise(one, _mm_set_epi32(1 + round, 22, 333, 4444));
    randomise(two, _mm_set_epi32(5, 66 + round, 777, 8888));
    blend(round * 4);
    sum = sum * 31 + total(blended);
    sum = sum * 31 + count((const u8 *)blended, round);
    sum = sum * 31 + count((const u8 *)one, round);
    sum = sum * 31 + distance();
  }
  return sum;
}
