/* Formatted output without stdio: keeps a guest at a few KiB, and makes each line exactly one write(2). */
#ifndef SAY_H
#define SAY_H

/* Formats into dst, never past size bytes, always NUL-terminated; returns the length kept.
 * Conversions: %s %c %d %u %x %o %p %%, with '-', '0' and a width (a number or '*'), and 'll' before d, u, x, o. */
int format(char *dst, unsigned size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Formats to standard output (at most 1023 bytes) with one write(2). */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Formats to a descriptor with one write(2). */
void say_to(int fd, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Says "PROGRAM: message: strerror(errno)" on standard error; returns 1, an exit status. */
int fail(const char *program, const char *what);

/* For calls that a guest cannot do without: prints the call's name and errno and exits with 99 when it returned -1. */
long must(long result, const char *call);

/* Writes all of len bytes, going on after short writes and EINTR; returns 0, or -1 with errno. */
int write_all(int fd, const void *data, unsigned len);

#endif
