/* Arithmetic expansion: C's integer expressions on 64 bits, with variables and assignments. POSIX, 2.6.4 */
#include "lib/say.h"
#include "sh.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct parser {
  const char *at;
  int failed;
  int dry; /* inside a branch that is not taken: nothing is assigned, no division fails */
};

static long long expression(struct parser *p, int lowest);

static void skip_blanks(struct parser *p) { p->at += strspn(p->at, " \t\n"); }

/* Longer operators first where one begins another. 10 binds tightest. */
static const struct {
  const char *text;
  int level;
} operators[] = {
    {"||", 1}, {"&&", 2}, {"==", 6}, {"!=", 6}, {"<<", 8}, {">>", 8}, {"<=", 7}, {">=", 7}, {"|", 3},
    {"^", 4},  {"&", 5},  {"<", 7},  {">", 7},  {"+", 9},  {"-", 9},  {"*", 10}, {"/", 10}, {"%", 10},
};

static int find_operator(const char *at) {
  for (unsigned i = 0; i < sizeof operators / sizeof *operators; i++)
    if (!strncmp(at, operators[i].text, strlen(operators[i].text))) return (int)i;
  return -1;
}

static long long divide(struct parser *p, char op, long long a, long long b) {
  if (p->dry) return 0;
  if (b == 0) {
    p->failed = 1;
    return 0;
  }
  if (b == -1) return op == '/' ? (long long)-(unsigned long long)a : 0;
  return op == '/' ? a / b : a % b;
}

static long long apply(struct parser *p, const char *op, long long a, long long b) {
  unsigned long long x = (unsigned long long)a, y = (unsigned long long)b;
  switch (op[0] << 8 | op[1]) {
    case '=' << 8 | '=': return a == b;
    case '!' << 8 | '=': return a != b;
    case '<' << 8 | '=': return a <= b;
    case '>' << 8 | '=': return a >= b;
    case '<' << 8 | '<': return (long long)(x << (y & 63));
    case '>' << 8 | '>': return a >> (y & 63);
    case '|' << 8: return a | b;
    case '^' << 8: return a ^ b;
    case '&' << 8: return a & b;
    case '<' << 8: return a < b;
    case '>' << 8: return a > b;
    case '+' << 8: return (long long)(x + y);
    case '-' << 8: return (long long)(x - y);
    case '*' << 8: return (long long)(x * y);
    default: return divide(p, op[0], a, b);
  }
}

static long long value_of(const char *name) {
  const char *value = get_var(name);
  return value ? strtoll(value, 0, 0) : 0;
}

static void assign(const char *name, long long value) {
  char text[24];
  format(text, sizeof text, "%lld", value);
  set_var(name, text);
}

/* A variable, or an assignment to it: = or an operator and =. */
static long long variable(struct parser *p) {
  char name[64];
  unsigned len = 0;
  while (isalnum((unsigned char)*p->at) || *p->at == '_') {
    if (len < sizeof name - 1) name[len++] = *p->at;
    p->at++;
  }
  name[len] = 0;
  skip_blanks(p);
  if (*p->at == '=' && p->at[1] != '=') {
    p->at++;
    long long value = expression(p, 0);
    if (!p->dry) assign(name, value);
    return value;
  }
  int op = find_operator(p->at);
  const char *text = op >= 0 ? operators[op].text : "";
  int assigns = op >= 0 && (operators[op].level >= 8 || (operators[op].level >= 3 && operators[op].level <= 5));
  if (assigns && p->at[strlen(text)] == '=') {
    p->at += strlen(text) + 1;
    long long right = expression(p, 0), value = apply(p, text, value_of(name), right);
    if (!p->dry && !p->failed) assign(name, value);
    return value;
  }
  return value_of(name);
}

static long long operand(struct parser *p) {
  skip_blanks(p);
  char c = *p->at;
  if (isdigit((unsigned char)c)) {
    char *end;
    long long value = (long long)strtoull(p->at, &end, 0);
    p->at = end;
    return value;
  }
  if (isalpha((unsigned char)c) || c == '_') return variable(p);
  p->at++;
  if (c == '-') return (long long)-(unsigned long long)operand(p);
  if (c == '+') return operand(p);
  if (c == '!') return !operand(p);
  if (c == '~') return ~operand(p);
  if (c == '(') {
    long long value = expression(p, 0);
    skip_blanks(p);
    if (*p->at == ')') {
      p->at++;
      return value;
    }
  }
  p->failed = 1;
  return 0;
}

/* && and || leave their right operand alone when the left one decides. */
static long long logical(struct parser *p, int is_and, long long left) {
  int decided = is_and ? !left : left != 0;
  p->dry += decided;
  long long right = expression(p, is_and ? 3 : 2);
  p->dry -= decided;
  return decided ? !is_and : right != 0;
}

static long long conditional(struct parser *p, long long condition) {
  p->dry += !condition;
  long long yes = expression(p, 0);
  p->dry -= !condition;
  skip_blanks(p);
  if (*p->at++ != ':') {
    p->failed = 1;
    return 0;
  }
  p->dry += condition != 0;
  long long no = expression(p, 0);
  p->dry -= condition != 0;
  return condition ? yes : no;
}

/* Precedence climbing: takes operators that bind at least as tight as lowest; 0 also takes ?:. */
static long long expression(struct parser *p, int lowest) {
  long long left = operand(p);
  for (;;) {
    skip_blanks(p);
    if (p->failed) return 0;
    int op = find_operator(p->at);
    if (op < 0 || operators[op].level < lowest) break;
    const char *text = operators[op].text;
    int level = operators[op].level;
    p->at += strlen(text);
    left = level <= 2 ? logical(p, level == 2, left) : apply(p, text, left, expression(p, level + 1));
  }
  if (lowest == 0 && *p->at == '?') {
    p->at++;
    return conditional(p, left);
  }
  return left;
}

long long arithmetic(const char *text, int *failed) {
  struct parser p = {.at = text};
  skip_blanks(&p);
  long long value = *p.at ? expression(&p, 0) : 0;
  skip_blanks(&p);
  *failed = p.failed || *p.at;
  return value;
}
