#include "say.h"
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct sink {
  char *next;
  char *end; /* one before the last byte, which is for the NUL */
};

static void put(struct sink *s, char c) {
  if (s->next < s->end) *s->next++ = c;
}

struct spec {
  int width;
  char pad;
  int left;
  int wide; /* 'll' was given */
};

static void put_padded(struct sink *s, const struct spec *spec, const char *text, int len) {
  int fill = spec->width - len;
  if (!spec->left && spec->pad == '0' && len > 0 && *text == '-') {
    put(s, *text++);
    len--;
  }
  if (!spec->left)
    for (; fill > 0; fill--) put(s, spec->pad);
  for (int i = 0; i < len; i++) put(s, text[i]);
  for (; fill > 0; fill--) put(s, ' ');
}

static void put_number(struct sink *s, const struct spec *spec, unsigned long long value, unsigned base, int negative) {
  char digits[24];
  char *p = digits + sizeof digits;
  do {
    *--p = "0123456789abcdef"[value % base];
    value /= base;
  } while (value);
  if (negative) *--p = '-';
  put_padded(s, spec, p, (int)(digits + sizeof digits - p));
}

static void put_signed(struct sink *s, const struct spec *spec, long long value) {
  put_number(s, spec, value < 0 ? -(unsigned long long)value : (unsigned long long)value, 10, value < 0);
}

static const char *read_spec(const char *fmt, struct spec *spec, va_list *args) {
  *spec = (struct spec){.pad = ' '};
  for (;; fmt++) {
    if (*fmt == '-') spec->left = 1;
    else if (*fmt == '0') spec->pad = '0';
    else break;
  }
  if (*fmt == '*') {
    spec->width = va_arg(*args, int);
    fmt++;
  }
  while (*fmt >= '0' && *fmt <= '9') spec->width = spec->width * 10 + (*fmt++ - '0');
  while (*fmt == 'l') {
    spec->wide = fmt[1] == 'l' || spec->wide;
    fmt++;
  }
  return fmt;
}

static int vformat(char *dst, unsigned size, const char *fmt, va_list *args) {
  struct sink s = {dst, dst + size - 1};
  for (; *fmt; fmt++) {
    if (*fmt != '%') {
      put(&s, *fmt);
      continue;
    }
    struct spec spec;
    fmt = read_spec(fmt + 1, &spec, args);
    if (*fmt == 's') {
      const char *text = va_arg(*args, const char *);
      put_padded(&s, &spec, text, (int)strlen(text));
    } else if (*fmt == 'c') {
      char c = (char)va_arg(*args, int);
      put_padded(&s, &spec, &c, 1);
    } else if (*fmt == 'd') {
      put_signed(&s, &spec, spec.wide ? va_arg(*args, long long) : va_arg(*args, int));
    } else if (*fmt == 'u' || *fmt == 'x' || *fmt == 'o' || *fmt == 'p') {
      unsigned base = *fmt == 'u' ? 10 : *fmt == 'o' ? 8 : 16;
      put_number(&s, &spec, spec.wide ? va_arg(*args, unsigned long long) : va_arg(*args, unsigned), base, 0);
    } else {
      put(&s, *fmt);
    }
  }
  *s.next = 0;
  return (int)(s.next - dst);
}

int format(char *dst, unsigned size, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  int len = vformat(dst, size, fmt, &args);
  va_end(args);
  return len;
}

int write_all(int fd, const void *data, unsigned len) {
  const char *next = data;
  while (len) {
    ssize_t n = write(fd, next, len);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return -1;
    next += n;
    len -= (unsigned)n;
  }
  return 0;
}

void say(const char *fmt, ...) {
  char line[1024];
  va_list args;
  va_start(args, fmt);
  int len = vformat(line, sizeof line, fmt, &args);
  va_end(args);
  write_all(1, line, (unsigned)len);
}

void say_to(int fd, const char *fmt, ...) {
  char line[1024];
  va_list args;
  va_start(args, fmt);
  int len = vformat(line, sizeof line, fmt, &args);
  va_end(args);
  write_all(fd, line, (unsigned)len);
}

int fail(const char *program, const char *what) {
  say_to(2, "%s: %s: %s\n", program, what, strerror(errno));
  return 1;
}

long must(long result, const char *call) {
  if (result != -1) return result;
  say_to(2, "%s: %s\n", call, strerror(errno));
  _exit(99);
}
