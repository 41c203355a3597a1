/* sh: a small shell in the manner of POSIX sh. Read lex.c (characters to tokens), parse.c (tokens to a tree), expand.c
 * (words to arguments), exec.c (trees to processes), builtin.c and main.c, in this order. */
#ifndef SH_H
#define SH_H

#include <sys/types.h>

/* ---- memory: everything parsed or expanded lives in an arena and is freed as a whole ---- */

struct arena {
  struct block *blocks;
};

void *allot(struct arena *a, unsigned size); /* zeroed; exits with 99 when there is no memory */
char *allot_text(struct arena *a, const char *text, unsigned len);
void release(struct arena *a);

/* A growing text; data is NUL-terminated whenever len > 0 or a text_* function was called. */
struct text {
  char *data;
  unsigned len, room;
};

void text_char(struct text *t, char c);
void text_add(struct text *t, const char *from, unsigned len);
void text_free(struct text *t);

/* ---- lex.c: input and tokens ---- */

enum token {
  T_WORD, T_NEWLINE, T_SEMI, T_DSEMI, T_AMP, T_AND, T_OR, T_PIPE, T_LPAREN, T_RPAREN,
  T_LESS, T_GREAT, T_DGREAT, T_LESSAND, T_GREATAND, T_DLESS, T_END, T_ERROR,
};

/* Where characters come from: a string, or a descriptor that is read a line at a time. */
struct source {
  const char *string; /* the unread rest, if there is no descriptor */
  int fd;             /* or -1 */
  int interactive;    /* prompt before each line */
  char *line;         /* the present line of fd */
  unsigned at, len;
  int ended; /* fd has no more: a terminal is not asked again after Ctrl-D */
  int continued; /* inside a construct: prompt with "> " */
};

struct lexer {
  struct source *source;
  struct arena *arena; /* words go there */
  enum token token;    /* the present token */
  char *word;          /* its text, quotes and all, if it is T_WORD */
  int fd;              /* the number before a redirection, or -1 */
  int strip;           /* T_DLESS was <<-: leading tabs go */
  const char *error;
  struct redirect *documents; /* here-documents whose text comes after the next newline */
  int defines;                /* a function was parsed: the arena must stay */
};

void next(struct lexer *lex); /* reads the next token into lex->token */
int peek_char(struct source *s); /* -1 at the end */
int take_char(struct source *s);

/* ---- parse.c: trees ---- */

struct word {
  struct word *next;
  char *text; /* unexpanded */
};

struct redirect {
  struct redirect *next;
  struct redirect *next_document;
  enum token kind;
  int fd;
  char *target; /* unexpanded; of T_DLESS: the delimiter, then the text */
  int literal;  /* T_DLESS with a quoted delimiter: no expansion */
  int strip;
};

enum kind {
  N_SIMPLE, N_PIPE, N_AND, N_OR, N_NOT, N_SEQUENCE, N_BACKGROUND, N_SUBSHELL, N_GROUP,
  N_IF, N_WHILE, N_UNTIL, N_FOR, N_CASE, N_FUNCTION,
};

struct node {
  enum kind kind;
  struct word *assignments; /* N_SIMPLE: NAME=VALUE */
  struct word *words;       /* N_SIMPLE: command and arguments; N_FOR: the list; N_CASE: the subject */
  struct redirect *redirects;
  struct node *left, *right, *third; /* operands; N_IF: condition, then, else; N_CASE: left is the first branch */
  struct word *patterns;             /* a branch of N_CASE; right is its body, third the next branch */
  char *name;                        /* N_FOR: variable; N_FUNCTION */
  int has_list;                      /* N_FOR has "in" */
};

/* Parses one complete command (up to a newline) into lex->arena. Returns 0 for an empty line or the end of the input
 * (lex->token is T_END then) and on errors (lex->error is set then). */
struct node *parse(struct lexer *lex);

/* ---- expand.c ---- */

/* The text behind a quote, "${", "$(" or "`" that starts at *at (which is moved behind it), with what it encloses; the
 * lexer and the expansion agree on it. Returns 0 at an unclosed one. */
const char *skip_nested(const char *at);

/* Expands words: parameters, $(...), $((...)), quotes, field splitting, path names. Returns a vector ending with 0. */
char **expand_words(struct arena *a, const struct word *words, int *count);
char *expand_one(struct arena *a, const char *word);      /* no splitting, no path names */
char *expand_pattern(struct arena *a, const char *word);  /* the same, quoted characters escaped for match() */
char *expand_document(struct arena *a, const char *text); /* a here-document's text */
int match(const char *pattern, const char *text);         /* fnmatch(3) without special slashes */
long long arithmetic(const char *text, int *failed);      /* arith.c */

/* ---- exec.c ---- */

/* Runs a tree and returns its exit status, also left in shell.status. */
int execute(const struct node *node);
/* Parses and runs all of a source; a is_main source ends at exit, others (eval, "." and $(...)) at their end. */
int run_source(struct source *source);
int run_string(const char *text);
/* Applies redirections; with saved descriptors they are undone by undo_redirects. -1 after a complaint. */
struct saved {
  struct saved *next;
  int fd, copy;
};
int apply_redirects(const struct redirect *list, struct arena *a, struct saved **saved);
void undo_redirects(struct saved *saved);
/* Replaces this process by a program. A file that the kernel does not know is a script. Exits with 126 or 127 on failure. */
void exec_program(struct arena *a, char **argv);
int wait_status(int status); /* of wait4(2) to an exit status: 128 + signal if killed */
int wait_for(pid_t pid);

/* ---- vars.c ---- */

const char *get_var(const char *name); /* 0 if unset */
void set_var(const char *name, const char *value);
void unset_var(const char *name);
void export_var(const char *name);
int is_name(const char *text, unsigned len);
char **environment(struct arena *a);
void import_environment(char **envp);
void list_vars(int exported_only);

/* A variable as it was, to be put back. */
struct kept_var {
  struct kept_var *next;
  const char *name, *value; /* value 0: it was not set */
  int exported;
};
void keep_var(struct arena *a, const char *name, struct kept_var **kept);
void put_back_vars(const struct kept_var *kept);

struct function {
  struct function *next;
  const char *name;
  const struct node *body;
};

/* ---- builtin.c ---- */

typedef int builtin(int argc, char **argv);
builtin *find_builtin(const char *name);
int is_special(const char *name); /* assignments before it stay, as POSIX, 2.14 has it */
int test_builtin(int argc, char **argv); /* test.c */
char *read_file(const char *path);       /* the whole file, to be freed; 0 with errno */

/* ---- the shell's state ---- */

struct shell {
  int status;         /* $? */
  pid_t last_job;     /* $! */
  pid_t pid;          /* $$ */
  char **args;        /* $0, $1...; ends with 0 */
  int arg_count;      /* $# */
  int exit_on_error;  /* set -e */
  int trace;          /* set -x */
  int tested;         /* inside a condition: set -e does not apply */
  int loops;          /* how many loops are around the present command */
  int breaking;       /* loops still to leave */
  int continuing;     /* 1: after leaving breaking - 1 loops go on with the next round */
  int returning;      /* return was called */
  int calls;          /* how many functions are running */
  int interactive;
  struct function *functions;
};

extern struct shell shell;

#endif
