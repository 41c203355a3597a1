/*
 * Random doubles and long doubles through printf, strtod, strtold and scanf. Numbers are made of bits and compared as
 * bits, so that what is seen depends on the C library and the processor only, and not on how the compiler computes.
 *
 *   decimals COUNT [FIRST]
 *
 * Prints some lines as they are, and digests of all: decimal forms and parsed bits are equal in every C library that
 * rounds correctly; the form of %a is the library's own.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 8, PARTS = 4, LINE = 6000 };

static uint64_t state;

/* splitmix64 */
static uint64_t next(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15u;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static unsigned below(unsigned n) { return (next() >> 32) % n; }

struct digest { uint64_t value; };

static struct digest decimal = {0xcbf29ce484222325u}, hexadecimal = {0xcbf29ce484222325u}, parsed = {0xcbf29ce484222325u};

/* FNV-1a */
static void add(struct digest *d, const void *data, size_t length)
{
	const unsigned char *p = data;
	while (length--) d->value = (d->value ^ *p++) * 0x100000001b3u;
}

static void add_text(struct digest *d, const char *s) { add(d, s, strlen(s) + 1); }

/* All doubles that there are, or (more often) one with an exponent that people use. */
static double random_double(void)
{
	uint64_t bits = next();
	if (below(4)) bits = (bits & 0x800fffffffffffffu) | (uint64_t)(1023 - 70 + below(140)) << 52;
	/* No signalling NaN: moved through the x87 it becomes quiet, moved through SSE2 it does not. */
	if ((bits & 0x7ff0000000000000u) == 0x7ff0000000000000u) bits |= 0x0008000000000000u;
	double d;
	memcpy(&d, &bits, sizeof d);
	return d;
}

/* One in 512 has any exponent: the C libraries print 10^4000 digit by digit. No unnormal numbers: they are invalid. */
static long double random_long_double(void)
{
	uint64_t mantissa = next() | 0x8000000000000000u;
	unsigned kind = below(512), sign = below(2);
	unsigned exponent = kind == 0 ? below(0x7fff) : kind < 32 ? 16383 - 1100 + below(2200) : 16383 - 70 + below(140);
	if (kind == 0 && below(4) == 0) exponent = 0;
	if (kind & 1) mantissa &= ~0ull << below(40);
	if (exponent == 0) mantissa >>= 1 + below(40), mantissa &= 0x7fffffffffffffffu;
	long double d;
	memset(&d, 0, sizeof d);
	memcpy(&d, &mantissa, 8);
	uint16_t top = (uint16_t)(sign << 15 | exponent);
	memcpy((char *)&d + 8, &top, 2);
	return d;
}

static void add_parsed(double d, long double l)
{
	unsigned char bytes[18];
	memcpy(bytes, &d, 8);
	memcpy(bytes + 8, &l, 10);
	add(&parsed, bytes, sizeof bytes);
}

static void fail(const char *what, const char *text)
{
	printf("%s does not come back: %s\n", what, text);
	exit(1);
}

static void number(int tell)
{
	static char text[LINE], again[LINE];
	double d = random_double();
	long double l = random_long_double();
	int precision = below(21), width = below(30);
	static const char *const forms[] = {
		"%.*g %.*Lg", "%.*e %.*Le", "%+.*e %#.*Lg", "%.*G %.*LE",
	};
	snprintf(text, sizeof text, forms[below(4)], precision, d, precision, l);
	add_text(&decimal, text);
	snprintf(again, sizeof again, "%*.*f|%-*.*g|%0*.3e", width, precision % 9, d, width, precision, d, width, d);
	add_text(&decimal, again);
	if (tell) printf("%s|%s\n", text, again);

	/* Enough digits bring every bit back. */
	double d2;
	long double l2;
	snprintf(text, sizeof text, "%.17g %.21Lg", d, l);
	add_text(&decimal, text);
	char *end;
	d2 = strtod(text, &end);
	l2 = strtold(end, NULL);
	if (d == d && memcmp(&d, &d2, 8)) fail("the double", text);
	if (memcmp(&l, &l2, 10)) fail("the long double", text);
	d2 = 0, l2 = 0;
	if (sscanf(text, "%lf %Lf", &d2, &l2) != 2) fail("one of two", text);
	add_parsed(d == d ? d2 : 0, l2);

	snprintf(again, sizeof again, "%a %La %.*A", d, l, precision, d);
	add_text(&hexadecimal, again);
	if (tell) printf("%s|%s\n", text, again);
	d2 = strtod(again, &end);
	l2 = strtold(end, NULL);
	if (d == d && memcmp(&d, &d2, 8)) fail("the hexadecimal double", again);
	if (memcmp(&l, &l2, 10)) fail("the hexadecimal long double", again);
}

/* Digits and an exponent that are no printed number's: most lie between two doubles, some close to the middle. */
static void digits(int tell)
{
	char text[64];
	int length = 1 + below(28), at = 0, point = below(length);
	if (below(2)) text[at++] = '-';
	for (int i = 0; i < length; i++) {
		text[at++] = '0' + below(10);
		if (i == point) text[at++] = '.';
	}
	sprintf(text + at, "e%d", (int)below(below(8) ? 40 : 700) - (int)below(below(8) ? 40 : 700));
	double d = strtod(text, NULL);
	long double l = strtold(text, NULL);
	add_parsed(d, l);
	float f = strtof(text, NULL);
	add(&parsed, &f, sizeof f);
	if (tell) printf("%s = %.17g = %.21Lg = %.9g\n", text, d, l, f);
}

/* The middle between two doubles, exactly, and a digit more: rounds to even, and up. */
static void halfway(int tell)
{
	static char text[LINE];
	uint64_t mantissa = (next() >> 11 | 1ull << 52) * 2 + 1;
	int shift = below(140);
	long double middle = (long double)mantissa;
	uint16_t top;
	memcpy(&top, (char *)&middle + 8, 2);
	top = (uint16_t)(top - 100 + shift);
	memcpy((char *)&middle + 8, &top, 2);
	int length = snprintf(text, sizeof text, "%.120Lf", middle);
	double even = strtod(text, NULL);
	text[length] = '1', text[length + 1] = 0;
	double up = strtod(text, NULL);
	add_parsed(even, middle);
	add_parsed(up, middle);
	add_text(&decimal, text);
	if (tell) printf("%.21Lg: %.17g %.17g\n", middle, even, up);
}

int main(int argc, char **argv)
{
	unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 100;
	state = argc > 2 ? strtoull(argv[2], NULL, 10) * 0x2545f4914f6cdd1du : 0;
	unsigned long part = (count + PARTS - 1) / PARTS, sample = (count + SAMPLES - 1) / SAMPLES;
	for (unsigned long i = 1; i <= count; i++) {
		int tell = i % sample == 0;
		number(tell);
		digits(tell);
		if (i % 8 == 0) halfway(tell);
		if (i % part && i != count) continue;
		printf("%lu decimal %016llx parsed %016llx\n", i, (unsigned long long)decimal.value, (unsigned long long)parsed.value);
		printf("%lu hexadecimal %016llx\n", i, (unsigned long long)hexadecimal.value);
		fflush(stdout);
	}
	return 0;
}
