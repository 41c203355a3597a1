/* Characters to tokens. A word keeps its quotes and expansions as they were written: expand.c takes them apart. */
#include "lib/say.h"
#include "sh.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Reads one more line, byte by byte: what comes after it may belong to a command's standard input. */
static int fill(struct source *s) {
  struct text line = {0};
  char c;
  if (s->ended) return 0;
  if (s->interactive) say(s->continued ? "> " : "$ ");
  for (;;) {
    ssize_t n = read(s->fd, &c, 1);
    if (n < 0 && errno == EINTR) { /* Ctrl-C at the prompt: a new line, without what was typed */
      text_free(&line);
      if (s->interactive) say("\n$ ");
      continue;
    }
    if (n <= 0) break;
    text_char(&line, c);
    if (c == '\n') break;
  }
  free(s->line);
  s->line = line.data;
  s->len = line.len;
  s->at = 0;
  s->ended = !line.len;
  return !s->ended;
}

int peek_char(struct source *s) {
  if (s->fd < 0) return *s->string ? (unsigned char)*s->string : -1;
  if (s->at == s->len && !fill(s)) return -1;
  return (unsigned char)s->line[s->at];
}

int take_char(struct source *s) {
  int c = peek_char(s);
  if (c < 0) return c;
  if (s->fd < 0) s->string++;
  else s->at++;
  return c;
}

static const char *skip_single(const char *at) {
  at = strchr(at + 1, '\'');
  return at ? at + 1 : 0;
}

static const char *skip_until(const char *at, char close, int quotes) {
  while (*at && *at != close) {
    if (*at == '\\' && at[1]) at += 2;
    else if ((quotes && (*at == '\'' || *at == '"')) || *at == '`' || *at == '$') at = skip_nested(at);
    else if (*at == '(' && close == ')') at = skip_until(at + 1, ')', 1);
    else at++;
    if (!at) return 0;
  }
  return *at ? at + 1 : 0;
}

const char *skip_nested(const char *at) {
  if (*at == '\'') return skip_single(at);
  if (*at == '"') return skip_until(at + 1, '"', 0);
  if (*at == '`') {
    for (at++; *at && *at != '`'; at++)
      if (*at == '\\' && at[1]) at++;
    return *at ? at + 1 : 0;
  }
  if (*at == '$' && at[1] == '{') return skip_until(at + 2, '}', 1);
  if (*at == '$' && at[1] == '(') return skip_until(at + 2, ')', 1);
  return at + 1;
}

/* Whether c, after the unescaped character before, opens what skip_nested() skips. */
static int opens_nested(int c, int before) {
  return c == '\'' || c == '"' || c == '`' || ((c == '{' || c == '(') && before == '$');
}

/* Takes characters until what begins at the word's end is closed. */
static int take_nested(struct lexer *lex, struct text *word) {
  unsigned start = word->len - 1;
  if (word->data[start] == '{' || word->data[start] == '(') start--;
  lex->source->continued++;
  while (!skip_nested(word->data + start)) {
    int c = take_char(lex->source);
    if (c < 0) {
      lex->error = "unexpected end of file inside quotes or an expansion";
      break;
    }
    text_char(word, (char)c);
  }
  lex->source->continued--;
  return !lex->error;
}

static int ends_word(int c) { return c < 0 || strchr(" \t\n;&|<>()", c) != 0; }

static void take_word(struct lexer *lex) {
  struct text word = {0};
  struct source *s = lex->source;
  lex->token = T_WORD;
  int before = 0; /* the last character, unless it was escaped */
  for (int c = peek_char(s); !ends_word(c) || (c == '(' && before == '$'); c = peek_char(s)) {
    text_char(&word, (char)take_char(s));
    if (c == '\\') {
      int escaped = take_char(s);
      if (escaped == '\n') word.len--; /* a continued line */
      else if (escaped >= 0) text_char(&word, (char)escaped);
    } else if (opens_nested(c, before) && !take_nested(lex, &word)) {
      lex->token = T_ERROR;
      break;
    }
    before = c == '\\' ? 0 : c;
  }
  lex->word = allot_text(lex->arena, word.data ? word.data : "", word.len);
  text_free(&word);
}

/* The texts of the here-documents announced on the line that has just ended. */
static void take_documents(struct lexer *lex) {
  struct source *s = lex->source;
  for (struct redirect *r = lex->documents; r; r = r->next_document) {
    struct text text = {0}, line = {0};
    s->continued++;
    for (;;) {
      line.len = 0;
      text_add(&line, "", 0);
      while (peek_char(s) >= 0 && peek_char(s) != '\n') text_char(&line, (char)take_char(s));
      const char *kept = line.data;
      if (r->strip) kept += strspn(kept, "\t");
      if (!strcmp(kept, r->target) || take_char(s) < 0) break;
      text_add(&text, kept, strlen(kept));
      text_char(&text, '\n');
    }
    if (peek_char(s) == '\n') take_char(s);
    s->continued--;
    r->target = allot_text(lex->arena, text.data ? text.data : "", text.len);
    text_free(&text);
    text_free(&line);
  }
  lex->documents = 0;
}

static const struct {
  const char *text;
  enum token token;
} operators[] = {
    {"&&", T_AND},       {"||", T_OR},     {";;", T_DSEMI}, {"<<", T_DLESS},  {">>", T_DGREAT}, {"<&", T_LESSAND},
    {">&", T_GREATAND},  {"&", T_AMP},     {"|", T_PIPE},   {";", T_SEMI},    {"<", T_LESS},    {">", T_GREAT},
    {"(", T_LPAREN},     {")", T_RPAREN},
};

static int operator_row(const char *text) {
  int row = (int)(sizeof operators / sizeof *operators) - 1;
  while (row >= 0 && strcmp(operators[row].text, text)) row--;
  return row;
}

static int take_operator(struct lexer *lex) {
  char text[3] = {0};
  int c = peek_char(lex->source), row = -1;
  if (c < 0 || !strchr(";&|<>()", c)) return 0;
  text[0] = (char)take_char(lex->source);
  c = peek_char(lex->source);
  if (c > 0 && strchr(";&|<>", c)) {
    text[1] = (char)c;
    row = operator_row(text);
    if (row >= 0) take_char(lex->source);
    text[1] = 0;
  }
  lex->token = operators[row >= 0 ? row : operator_row(text)].token;
  lex->strip = lex->token == T_DLESS && peek_char(lex->source) == '-';
  if (lex->strip) take_char(lex->source);
  return 1;
}

static void skip_blanks(struct source *s) {
  while (peek_char(s) == ' ' || peek_char(s) == '\t') take_char(s);
  if (peek_char(s) != '#') return;
  while (peek_char(s) >= 0 && peek_char(s) != '\n') take_char(s);
}

static int is_number(const char *text) { return *text && text[strspn(text, "0123456789")] == 0; }

void next(struct lexer *lex) {
  struct source *s = lex->source;
  skip_blanks(s);
  lex->fd = -1;
  lex->word = 0;
  if (peek_char(s) < 0) {
    lex->token = T_END;
  } else if (peek_char(s) == '\n') {
    take_char(s);
    lex->token = T_NEWLINE;
    take_documents(lex);
  } else if (!take_operator(lex)) {
    take_word(lex);
    int c = lex->token == T_WORD ? peek_char(s) : -1;
    if ((c == '<' || c == '>') && is_number(lex->word)) {
      int fd = atoi(lex->word);
      take_operator(lex);
      lex->fd = fd;
      lex->word = 0;
    }
  }
}
