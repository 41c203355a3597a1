/* Tokens to trees, by recursive descent along the grammar of POSIX, "Shell Grammar". */
#include "sh.h"
#include <string.h>

static struct node *parse_list(struct lexer *lex);

static struct node *node(struct lexer *lex, enum kind kind, struct node *left, struct node *right) {
  struct node *n = allot(lex->arena, sizeof *n);
  n->kind = kind;
  n->left = left;
  n->right = right;
  return n;
}

static struct node *error(struct lexer *lex, const char *what) {
  if (!lex->error) lex->error = what;
  lex->token = T_ERROR;
  return 0;
}

static int at_word(const struct lexer *lex, const char *word) { return lex->token == T_WORD && !strcmp(lex->word, word); }

static int at_any(const struct lexer *lex, const char *const *words) {
  for (; *words; words++)
    if (at_word(lex, *words)) return 1;
  return 0;
}

static int accept(struct lexer *lex, const char *word) {
  if (!at_word(lex, word)) return 0;
  next(lex);
  return 1;
}

static void expect(struct lexer *lex, const char *word, const char *complaint) {
  if (!accept(lex, word)) error(lex, complaint);
}

static void skip_newlines(struct lexer *lex) {
  lex->source->continued++;
  while (lex->token == T_NEWLINE) next(lex);
  lex->source->continued--;
}

static struct word **append(struct lexer *lex, struct word **end) {
  *end = allot(lex->arena, sizeof **end);
  (*end)->text = lex->word;
  next(lex);
  return &(*end)->next;
}

static int is_redirection(enum token token) { return token >= T_LESS && token <= T_DLESS; }

/* The delimiter of a here-document without its quotes. */
static char *unquoted(struct lexer *lex, const char *word) {
  char *plain = allot(lex->arena, strlen(word) + 1), *to = plain;
  for (; *word; word++)
    if (!strchr("\\'\"", *word)) *to++ = *word;
  return plain;
}

static struct redirect **parse_redirect(struct lexer *lex, struct redirect **end) {
  struct redirect *r = allot(lex->arena, sizeof *r);
  r->kind = lex->token;
  r->fd = lex->fd >= 0 ? lex->fd : r->kind == T_LESS || r->kind == T_LESSAND || r->kind == T_DLESS ? 0 : 1;
  r->strip = lex->strip;
  next(lex);
  if (lex->token != T_WORD) {
    error(lex, "a redirection lacks its file");
    return end;
  }
  r->target = lex->word;
  if (r->kind == T_DLESS) {
    r->literal = strpbrk(lex->word, "\\'\"") != 0;
    r->target = unquoted(lex, lex->word);
    struct redirect **last = &lex->documents;
    while (*last) last = &(*last)->next_document;
    *last = r;
  }
  next(lex);
  *end = r;
  return &r->next;
}

static struct node *parse_function(struct lexer *lex, char *name);

static struct node *parse_simple(struct lexer *lex) {
  struct node *n = node(lex, N_SIMPLE, 0, 0);
  struct word **words = &n->words, **assignments = &n->assignments;
  struct redirect **redirects = &n->redirects;
  while (lex->token == T_WORD || is_redirection(lex->token)) {
    if (lex->token != T_WORD) {
      redirects = parse_redirect(lex, redirects);
      continue;
    }
    char *equals = strchr(lex->word, '=');
    if (!n->words && equals && is_name(lex->word, (unsigned)(equals - lex->word))) assignments = append(lex, assignments);
    else words = append(lex, words);
    int first_only = n->words && !n->words->next && !n->assignments && !n->redirects;
    if (first_only && lex->token == T_LPAREN) return parse_function(lex, n->words->text);
  }
  if (!n->words && !n->assignments && !n->redirects) return error(lex, "a command is missing");
  return n;
}

static struct node *parse_if(struct lexer *lex) {
  struct node *n = node(lex, N_IF, parse_list(lex), 0);
  expect(lex, "then", "if without then");
  n->right = parse_list(lex);
  if (accept(lex, "elif")) {
    n->third = parse_if(lex); /* takes the fi */
    return n;
  }
  if (accept(lex, "else")) n->third = parse_list(lex);
  expect(lex, "fi", "if without fi");
  return n;
}

static struct node *parse_body(struct lexer *lex) {
  expect(lex, "do", "a loop without do");
  struct node *body = parse_list(lex);
  expect(lex, "done", "a loop without done");
  return body;
}

static struct node *parse_loop(struct lexer *lex, enum kind kind) {
  struct node *condition = parse_list(lex);
  return node(lex, kind, condition, parse_body(lex));
}

static struct node *parse_for(struct lexer *lex) {
  struct node *n = node(lex, N_FOR, 0, 0);
  struct word **words = &n->words;
  if (lex->token != T_WORD || !is_name(lex->word, strlen(lex->word))) return error(lex, "for needs a name");
  n->name = lex->word;
  next(lex);
  skip_newlines(lex);
  if (accept(lex, "in")) {
    n->has_list = 1;
    while (lex->token == T_WORD) words = append(lex, words);
  }
  if (lex->token == T_SEMI) next(lex);
  skip_newlines(lex);
  n->right = parse_body(lex);
  return n;
}

static struct node *parse_branch(struct lexer *lex) {
  struct node *branch = node(lex, N_CASE, 0, 0);
  struct word **patterns = &branch->patterns;
  if (lex->token == T_LPAREN) next(lex);
  for (;;) {
    if (lex->token != T_WORD) return error(lex, "case lacks a pattern");
    patterns = append(lex, patterns);
    if (lex->token != T_PIPE) break;
    next(lex);
  }
  if (lex->token != T_RPAREN) return error(lex, "a pattern of case lacks its )");
  next(lex);
  skip_newlines(lex);
  if (lex->token != T_DSEMI && !at_word(lex, "esac")) branch->right = parse_list(lex);
  if (lex->token == T_DSEMI) next(lex);
  skip_newlines(lex);
  return branch;
}

static struct node *parse_case(struct lexer *lex) {
  struct node *n = node(lex, N_CASE, 0, 0), **branches = &n->left;
  if (lex->token != T_WORD) return error(lex, "case needs a word");
  append(lex, &n->words);
  skip_newlines(lex);
  expect(lex, "in", "case without in");
  skip_newlines(lex);
  while (lex->token != T_ERROR && !at_word(lex, "esac")) {
    *branches = parse_branch(lex);
    if (!*branches) return 0;
    branches = &(*branches)->third;
  }
  expect(lex, "esac", "case without esac");
  return n;
}

static struct node *parse_group(struct lexer *lex) {
  struct node *n = node(lex, N_GROUP, parse_list(lex), 0);
  expect(lex, "}", "{ without }");
  return n;
}

static struct node *parse_subshell(struct lexer *lex) {
  next(lex);
  struct node *n = node(lex, N_SUBSHELL, parse_list(lex), 0);
  if (lex->token != T_RPAREN) return error(lex, "( without )");
  next(lex);
  return n;
}

static struct node *parse_while(struct lexer *lex) { return parse_loop(lex, N_WHILE); }
static struct node *parse_until(struct lexer *lex) { return parse_loop(lex, N_UNTIL); }

static const struct {
  const char *word;
  struct node *(*parse)(struct lexer *lex);
} compounds[] = {
    {"if", parse_if}, {"while", parse_while}, {"until", parse_until}, {"for", parse_for}, {"case", parse_case}, {"{", parse_group},
};

static struct node *parse_compound(struct lexer *lex) {
  struct node *n = 0;
  lex->source->continued++;
  if (lex->token == T_LPAREN) n = parse_subshell(lex);
  for (unsigned i = 0; !n && i < sizeof compounds / sizeof *compounds; i++)
    if (lex->token == T_WORD && accept(lex, compounds[i].word)) {
      n = compounds[i].parse(lex);
      break;
    }
  lex->source->continued--;
  return n;
}

static struct node *parse_command(struct lexer *lex) {
  struct node *n = parse_compound(lex);
  if (lex->token == T_ERROR) return 0;
  if (!n) return parse_simple(lex);
  for (struct redirect **end = &n->redirects; is_redirection(lex->token);) end = parse_redirect(lex, end);
  return n;
}

static struct node *parse_function(struct lexer *lex, char *name) {
  next(lex);
  if (lex->token != T_RPAREN) return error(lex, "a function's ( lacks its )");
  next(lex);
  skip_newlines(lex);
  struct node *n = node(lex, N_FUNCTION, 0, 0);
  n->name = name;
  n->left = parse_command(lex);
  lex->defines = 1;
  return n;
}

static struct node *parse_pipeline(struct lexer *lex) {
  int negated = 0;
  while (accept(lex, "!")) negated = !negated;
  struct node *n = parse_command(lex);
  while (lex->token == T_PIPE) {
    next(lex);
    skip_newlines(lex);
    n = node(lex, N_PIPE, n, parse_command(lex));
  }
  return negated ? node(lex, N_NOT, n, 0) : n;
}

static struct node *parse_and_or(struct lexer *lex) {
  struct node *n = parse_pipeline(lex);
  while (lex->token == T_AND || lex->token == T_OR) {
    enum kind kind = lex->token == T_AND ? N_AND : N_OR;
    next(lex);
    skip_newlines(lex);
    n = node(lex, kind, n, parse_pipeline(lex));
  }
  return n;
}

/* One and-or list and what ends it; & makes it run in the background. */
static struct node *parse_item(struct lexer *lex) {
  struct node *n = parse_and_or(lex);
  if (lex->token == T_AMP) {
    n = node(lex, N_BACKGROUND, n, 0);
    next(lex);
  } else if (lex->token == T_SEMI) {
    next(lex);
  }
  return n;
}

static const char *const closers[] = {"then", "else", "elif", "fi", "do", "done", "esac", "}", 0};

static int ends_list(const struct lexer *lex) {
  return lex->token == T_END || lex->token == T_ERROR || lex->token == T_RPAREN || lex->token == T_DSEMI ||
         at_any(lex, closers);
}

/* A list inside a construct: newlines separate its items. Never empty. */
static struct node *parse_list(struct lexer *lex) {
  struct node *list = 0;
  skip_newlines(lex);
  if (ends_list(lex)) return error(lex, lex->token == T_END ? "unexpected end of file" : "a list of commands is empty");
  while (!ends_list(lex)) {
    struct node *item = parse_item(lex);
    list = list ? node(lex, N_SEQUENCE, list, item) : item;
    skip_newlines(lex);
  }
  return list;
}

struct node *parse(struct lexer *lex) {
  struct node *list = 0;
  next(lex);
  while (lex->token != T_NEWLINE && lex->token != T_END && lex->token != T_ERROR) {
    if (ends_list(lex)) return error(lex, "a word or an operator is out of place");
    struct node *item = parse_item(lex);
    list = list ? node(lex, N_SEQUENCE, list, item) : item;
  }
  return lex->token == T_ERROR ? 0 : list;
}
