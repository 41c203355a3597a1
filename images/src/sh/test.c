/* test and [: conditions. POSIX, test */
#include "lib/say.h"
#include "sh.h"
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct cursor {
  char **at;
  char **end;
  int wrong;
};

static int disjunction(struct cursor *c);

static int file_test(char op, const char *path) {
  struct stat st;
  if (op == 'h' || op == 'L') return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
  if (stat(path, &st) < 0) return 0;
  switch (op) {
    case 'e': return 1;
    case 'f': return S_ISREG(st.st_mode);
    case 'd': return S_ISDIR(st.st_mode);
    case 'p': return S_ISFIFO(st.st_mode);
    case 'c': return S_ISCHR(st.st_mode);
    case 's': return st.st_size > 0;
    case 'r': return access(path, R_OK) == 0;
    case 'w': return access(path, W_OK) == 0;
    default: return access(path, X_OK) == 0;
  }
}

static const char *const comparisons[] = {"-eq", "-ne", "-lt", "-le", "-gt", "-ge"};

static int binary(const char *left, const char *op, const char *right, int *known) {
  *known = 1;
  if (!strcmp(op, "=") || !strcmp(op, "==")) return !strcmp(left, right);
  if (!strcmp(op, "!=")) return strcmp(left, right) != 0;
  long long a = strtoll(left, 0, 10), b = strtoll(right, 0, 10);
  int results[] = {a == b, a != b, a < b, a <= b, a > b, a >= b};
  for (unsigned i = 0; i < sizeof comparisons / sizeof *comparisons; i++)
    if (!strcmp(op, comparisons[i])) return results[i];
  *known = 0;
  return 0;
}

static int primary(struct cursor *c) {
  long left = c->end - c->at;
  int known = 0, result = 0;
  if (left >= 3) result = binary(c->at[0], c->at[1], c->at[2], &known);
  if (known) {
    c->at += 3;
    return result;
  }
  if (left >= 2 && !strcmp(*c->at, "!")) {
    c->at++;
    return !primary(c);
  }
  if (left >= 3 && !strcmp(*c->at, "(")) {
    c->at++;
    result = disjunction(c);
    if (c->at == c->end || strcmp(*c->at, ")")) c->wrong = 1;
    else c->at++;
    return result;
  }
  if (left >= 2 && c->at[0][0] == '-' && c->at[0][1] && !c->at[0][2]) {
    char op = c->at[0][1];
    const char *operand = c->at[1];
    c->at += 2;
    if (op == 'n') return *operand != 0;
    if (op == 'z') return *operand == 0;
    if (op == 't') return isatty(atoi(operand));
    if (strchr("hLefdpcsrwx", op)) return file_test(op, operand);
    c->wrong = 1;
    return 0;
  }
  if (left >= 1) return *(*c->at++) != 0;
  c->wrong = 1;
  return 0;
}

static int conjunction(struct cursor *c) {
  int result = primary(c);
  while (c->at < c->end && !strcmp(*c->at, "-a")) {
    c->at++;
    result &= primary(c);
  }
  return result;
}

static int disjunction(struct cursor *c) {
  int result = conjunction(c);
  while (c->at < c->end && !strcmp(*c->at, "-o")) {
    c->at++;
    result |= conjunction(c);
  }
  return result;
}

int test_builtin(int argc, char **argv) {
  struct cursor c = {argv + 1, argv + argc, 0};
  if (!strcmp(argv[0], "[")) {
    if (strcmp(argv[argc - 1], "]")) {
      say_to(2, "sh: [ without ]\n");
      return 2;
    }
    c.end--;
  }
  if (c.at == c.end) return 1;
  int result = disjunction(&c);
  if (c.wrong || c.at != c.end) {
    say_to(2, "sh: test: bad expression\n");
    return 2;
  }
  return !result;
}
