/* What expand.c and glob.c share: the fields of a command while they are made. */
#ifndef EXPAND_H
#define EXPAND_H

#include "sh.h"

struct fields {
  struct arena *arena;
  int split;        /* unquoted results are split, "$@" makes several fields */
  struct text text; /* the present field, quoted characters escaped */
  int started;      /* it exists, even if it is empty */
  char **done;
  int count, room;
};

void add_field(struct fields *f, char *field);

/* Adds the present field, or the names of the files that it matches if it is a pattern that matches any. */
void glob_field(struct fields *f);

/* The text without the backslashes that mark quoted characters. */
char *unescape(struct arena *a, const char *text);

#endif
