/* Words to arguments. POSIX, 2.6: tilde, parameters, command substitution and arithmetic, then field splitting, path
 * names and quote removal. While a word is worked on, quoted characters stand behind a backslash, so that patterns and
 * splitting see the difference. */
#include "expand.h"
#include "lib/say.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* How a stretch of text is to be taken. */
enum quoting {
  BARE,     /* a word outside of quotes */
  QUOTED,   /* inside double quotes: nothing is split, no patterns */
  DEFAULT,  /* the word in an unquoted ${name-word}: also its own blanks split */
  DOCUMENT, /* a here-document: as QUOTED, but double quotes are themselves */
};

static void expand_into(struct fields *f, const char *at, const char *end, enum quoting quoting);

static void literal(struct fields *f, char c) {
  text_char(&f->text, '\\');
  text_char(&f->text, c);
  f->started = 1;
}

static void end_field(struct fields *f) {
  if (f->started) glob_field(f);
  f->started = 0;
  f->text.len = 0;
  text_add(&f->text, "", 0);
}

static const char *separators(void) {
  const char *ifs = get_var("IFS");
  return ifs ? ifs : " \t\n";
}

static int is_blank(char c) { return c == ' ' || c == '\t' || c == '\n'; }

/* The result of an expansion: quoted it is literal; unquoted it is split, and pattern characters in it are alive. */
static void put_result(struct fields *f, const char *value, int quoted) {
  const char *ifs = quoted || !f->split ? "" : separators();
  if (quoted) f->started = 1;
  for (; *value; value++) {
    if (quoted) {
      literal(f, *value);
    } else if (strchr(ifs, *value)) {
      if (!is_blank(*value)) f->started = 1; /* between two of these there is an empty field */
      end_field(f);
    } else if (*value == '\\') {
      literal(f, *value);
    } else {
      text_char(&f->text, *value);
      f->started = 1;
    }
  }
}

static void put_number(struct fields *f, long long value, int quoted) {
  char text[24];
  format(text, sizeof text, "%lld", value);
  put_result(f, text, quoted);
}

/* $* and $@. "$@" keeps the arguments apart, "$*" joins them by the first character of IFS. */
static void put_arguments(struct fields *f, char which, int quoted) {
  char joint = *separators();
  for (int i = 1; i <= shell.arg_count; i++) {
    put_result(f, shell.args[i], quoted);
    if (i == shell.arg_count) break;
    if (f->split && (which == '@' || !quoted)) end_field(f);
    else if (joint) literal(f, joint);
  }
}

/* $(...): runs the text in a child and takes what it prints, without newlines at its end. */
static char *substitute(struct arena *a, const char *text) {
  int ends[2], status;
  struct text output = {0};
  char block[512];
  ssize_t n;
  must(pipe(ends), "pipe");
  pid_t child = (pid_t)must(fork(), "fork");
  if (child == 0) {
    shell.interactive = 0;
    dup2(ends[1], 1);
    close(ends[0]);
    close(ends[1]);
    _exit(run_string(text));
  }
  close(ends[1]);
  while ((n = read(ends[0], block, sizeof block)) > 0) text_add(&output, block, (unsigned)n);
  close(ends[0]);
  waitpid(child, &status, 0);
  shell.status = wait_status(status);
  while (output.len && output.data[output.len - 1] == '\n') output.len--;
  char *result = allot_text(a, output.data ? output.data : "", output.len);
  text_free(&output);
  return result;
}

static char *expand_quietly(struct arena *a, const char *at, const char *end, int keep_escapes, enum quoting quoting);

static void put_arithmetic(struct fields *f, const char *at, const char *end, int quoted) {
  int failed;
  long long value = arithmetic(expand_quietly(f->arena, at, end, 0, QUOTED), &failed);
  if (failed) {
    say_to(2, "sh: arithmetic: syntax error or division by 0\n");
    _exit(2);
  }
  put_number(f, value, quoted);
}

/* The value of a parameter by its name, or 0 if it is not set. */
static const char *parameter(struct fields *f, const char *name) {
  char *text = allot(f->arena, 24);
  if (isdigit((unsigned char)*name)) return atoi(name) <= shell.arg_count ? shell.args[atoi(name)] : 0;
  if (name[1]) return get_var(name);
  switch (*name) {
    case '?': format(text, 24, "%d", shell.status); return text;
    case '#': format(text, 24, "%d", shell.arg_count); return text;
    case '$': format(text, 24, "%d", (int)shell.pid); return text;
    case '!': format(text, 24, "%d", (int)shell.last_job); return shell.last_job ? text : 0;
    case '-': return shell.exit_on_error ? "e" : "";
    default: return get_var(name);
  }
}

/* ${name%pattern} and its kin: cuts the shortest or longest match off one end. */
static char *trim(struct arena *a, const char *value, char side, int longest, const char *pattern) {
  unsigned len = strlen(value);
  int upwards = (side == '#') != longest; /* the division moves up through the value, best candidate first */
  for (unsigned i = 0; i <= len; i++) {
    unsigned at = upwards ? i : len - i;
    char *head = allot_text(a, value, at), *tail = allot_text(a, value + at, len - at);
    if (match(pattern, side == '#' ? head : tail)) return side == '#' ? tail : head;
  }
  return allot_text(a, value, len);
}

static void unset_error(const char *name, const char *message) {
  say_to(2, "sh: %s: %s\n", name, *message ? message : "parameter not set");
  if (!shell.interactive) _exit(2);
}

/* The operators of ${name...}; rest is what comes after the name, up to end. */
static void put_operated(struct fields *f, const char *name, const char *rest, const char *end, int quoted) {
  const char *value = parameter(f, name);
  int colon = *rest == ':';
  if (colon) rest++;
  char op = rest < end ? *rest++ : 0;
  int absent = !value || (colon && !*value);
  switch (op) {
    case '-':
      if (absent) expand_into(f, rest, end, quoted ? QUOTED : DEFAULT);
      else put_result(f, value, quoted);
      return;
    case '+':
      if (!absent) expand_into(f, rest, end, quoted ? QUOTED : DEFAULT);
      return;
    case '=':
      if (absent) set_var(name, expand_quietly(f->arena, rest, end, 0, quoted ? QUOTED : BARE));
      put_result(f, get_var(name), quoted);
      return;
    case '?':
      if (absent) unset_error(name, expand_quietly(f->arena, rest, end, 0, quoted ? QUOTED : BARE));
      put_result(f, value ? value : "", quoted);
      return;
    case '%':
    case '#': {
      int longest = rest < end && *rest == op;
      const char *pattern = expand_quietly(f->arena, rest + longest, end, 1, BARE);
      put_result(f, trim(f->arena, value ? value : "", op, longest, pattern), quoted);
      return;
    }
    default:
      put_result(f, value ? value : "", quoted);
  }
}

static unsigned name_length(const char *at) {
  unsigned len = 0;
  if (isdigit((unsigned char)*at)) {
    while (isdigit((unsigned char)at[len])) len++;
    return len;
  }
  while (isalnum((unsigned char)at[len]) || at[len] == '_') len++;
  return len ? len : *at && strchr("?#$!@*-", *at) ? 1 : 0;
}

/* ${...}: at is behind the brace, end at the closing one. */
static void put_braced(struct fields *f, const char *at, const char *end, int quoted) {
  int length = *at == '#' && end - at > 1;
  if (length) at++;
  unsigned len = name_length(at);
  char *name = allot_text(f->arena, at, len);
  if (length) {
    const char *value = parameter(f, name);
    put_number(f, value ? (long long)strlen(value) : 0, quoted);
  } else if (*name == '@' || *name == '*') {
    put_arguments(f, *name, quoted);
  } else {
    put_operated(f, name, at + len, end, quoted);
  }
}

/* What begins with $. Returns where it ends. */
static const char *put_dollar(struct fields *f, const char *at, int quoted) {
  const char *end = at[1] == '{' || at[1] == '(' ? skip_nested(at) : 0;
  if (end && at[1] == '{') {
    put_braced(f, at + 2, end - 1, quoted);
    return end;
  }
  if (end && at[2] == '(' && end[-2] == ')') {
    put_arithmetic(f, at + 3, end - 2, quoted);
    return end;
  }
  if (end) {
    put_result(f, substitute(f->arena, allot_text(f->arena, at + 2, (unsigned)(end - at - 3))), quoted);
    return end;
  }
  unsigned len = isdigit((unsigned char)at[1]) ? 1 : name_length(at + 1);
  if (!len) {
    literal(f, '$');
    return at + 1;
  }
  char *name = allot_text(f->arena, at + 1, len);
  if (*name == '@' || *name == '*') put_arguments(f, *name, quoted);
  else put_operated(f, name, "", "", quoted);
  return at + 1 + len;
}

static const char *put_backquoted(struct fields *f, const char *at, int quoted) {
  const char *end = skip_nested(at);
  char *text = allot(f->arena, (unsigned)(end - at)), *to = text;
  for (at++; at < end - 1; at++) {
    if (*at == '\\' && at[1] && strchr("$`\\", at[1])) at++;
    *to++ = *at;
  }
  put_result(f, substitute(f->arena, text), quoted);
  return end;
}

static const char *put_quoted(struct fields *f, const char *at) {
  const char *end = skip_nested(at);
  f->started = 1;
  if (*at == '"') {
    int arguments = !strncmp(at, "\"$@\"", 4) && shell.arg_count == 0;
    if (arguments) f->started = f->text.len > 0; /* "$@" without arguments is no field at all */
    else expand_into(f, at + 1, end - 1, QUOTED);
  } else {
    for (at++; at < end - 1; at++) literal(f, *at);
  }
  return end;
}

/* Characters that a backslash takes the meaning of inside double quotes; elsewhere it does so with all. */
static int is_escaped(char c, enum quoting quoting) {
  return quoting == BARE || quoting == DEFAULT || strchr(quoting == DOCUMENT ? "$`\\\n" : "$`\"\\\n", c) != 0;
}

static void put_plain(struct fields *f, char c, enum quoting quoting) {
  char text[2] = {c, 0};
  if (quoting == QUOTED || quoting == DOCUMENT) {
    literal(f, c);
  } else if (quoting == DEFAULT) {
    put_result(f, text, 0);
  } else {
    text_char(&f->text, c);
    f->started = 1;
  }
}

static void expand_into(struct fields *f, const char *at, const char *end, enum quoting quoting) {
  int quoted = quoting == QUOTED || quoting == DOCUMENT;
  while (at < end) {
    if (*at == '\\' && at + 1 < end && is_escaped(at[1], quoting)) {
      if (at[1] != '\n') literal(f, at[1]);
      at += 2;
    } else if (*at == '$') {
      at = put_dollar(f, at, quoted);
    } else if (*at == '`') {
      at = put_backquoted(f, at, quoted);
    } else if (!quoted && (*at == '\'' || *at == '"')) {
      at = put_quoted(f, at);
    } else if (quoting == QUOTED && *at == '"') {
      at++; /* of "${name-"word"}" */
    } else {
      put_plain(f, *at++, quoting);
    }
  }
}

/* A tilde at the start of a word is the home directory. */
static const char *put_tilde(struct fields *f, const char *word) {
  const char *home = get_var("HOME");
  if (*word != '~' || (word[1] && word[1] != '/') || !home) return word;
  for (; *home; home++) literal(f, *home);
  return word + 1;
}

char *unescape(struct arena *a, const char *text) {
  char *plain = allot(a, strlen(text) + 1), *to = plain;
  for (; *text; text++) {
    if (*text == '\\' && text[1]) text++;
    *to++ = *text;
  }
  return plain;
}

/* One text, neither split nor matched with files. */
static char *expand_quietly(struct arena *a, const char *at, const char *end, int keep_escapes, enum quoting quoting) {
  struct fields f = {.arena = a};
  text_add(&f.text, "", 0);
  expand_into(&f, at, end, quoting);
  char *result = keep_escapes ? allot_text(a, f.text.data, f.text.len) : unescape(a, f.text.data);
  text_free(&f.text);
  return result;
}

static char *expand_whole(struct arena *a, const char *word, int keep_escapes) {
  struct fields f = {.arena = a};
  text_add(&f.text, "", 0);
  const char *rest = put_tilde(&f, word);
  expand_into(&f, rest, rest + strlen(rest), BARE);
  char *result = keep_escapes ? allot_text(a, f.text.data, f.text.len) : unescape(a, f.text.data);
  text_free(&f.text);
  return result;
}

char *expand_one(struct arena *a, const char *word) { return expand_whole(a, word, 0); }
char *expand_pattern(struct arena *a, const char *word) { return expand_whole(a, word, 1); }

char *expand_document(struct arena *a, const char *text) {
  return expand_quietly(a, text, text + strlen(text), 0, DOCUMENT);
}

void add_field(struct fields *f, char *field) {
  if (f->count + 1 >= f->room) {
    f->room = f->room * 2 + 8;
    f->done = realloc(f->done, (unsigned)f->room * sizeof *f->done);
    if (!f->done) must(-1, "realloc");
  }
  f->done[f->count++] = field;
  f->done[f->count] = 0;
}

char **expand_words(struct arena *a, const struct word *words, int *count) {
  struct fields f = {.arena = a, .split = 1};
  for (; words; words = words->next) {
    text_add(&f.text, "", 0);
    const char *rest = put_tilde(&f, words->text);
    expand_into(&f, rest, rest + strlen(rest), BARE);
    end_field(&f);
  }
  char **vector = allot(a, ((unsigned)f.count + 1) * sizeof *vector);
  if (f.count) memcpy(vector, f.done, (unsigned)f.count * sizeof *vector);
  free(f.done);
  text_free(&f.text);
  *count = f.count;
  return vector;
}
