/* Variables: a list by name. */
#include "lib/say.h"
#include "sh.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct var {
  struct var *next;
  int exported;
  char *value; /* 0: exported but not set */
  char name[];
};

static struct var *vars; /* in the order of their names */

int is_name(const char *text, unsigned len) {
  if (!len || isdigit((unsigned char)*text)) return 0;
  for (; len; len--, text++)
    if (!isalnum((unsigned char)*text) && *text != '_') return 0;
  return 1;
}

/* Where name is, or where it belongs. */
static struct var **place(const char *name) {
  struct var **at = &vars;
  while (*at && strcmp((*at)->name, name) < 0) at = &(*at)->next;
  return at;
}

static struct var *find(const char *name) {
  struct var *v = *place(name);
  return v && !strcmp(v->name, name) ? v : 0;
}

static struct var *find_or_make(const char *name) {
  struct var **at = place(name), *v = find(name);
  if (v) return v;
  v = calloc(1, sizeof *v + strlen(name) + 1);
  if (!v) must(-1, "malloc");
  strcpy(v->name, name);
  v->next = *at;
  return *at = v;
}

const char *get_var(const char *name) {
  struct var *v = find(name);
  return v ? v->value : 0;
}

void set_var(const char *name, const char *value) {
  struct var *v = find_or_make(name);
  char *copy = strdup(value);
  if (!copy) must(-1, "malloc");
  free(v->value);
  v->value = copy;
}

void unset_var(const char *name) {
  struct var *v = find(name);
  if (!v) return;
  *place(name) = v->next;
  free(v->value);
  free(v);
}

void export_var(const char *name) { find_or_make(name)->exported = 1; }

void keep_var(struct arena *a, const char *name, struct kept_var **kept) {
  struct var *v = find(name);
  struct kept_var *k = allot(a, sizeof *k);
  *k = (struct kept_var){.next = *kept, .name = name, .exported = v && v->exported};
  if (v && v->value) k->value = allot_text(a, v->value, strlen(v->value));
  *kept = k;
}

void put_back_vars(const struct kept_var *kept) {
  for (; kept; kept = kept->next) {
    unset_var(kept->name);
    if (kept->value) set_var(kept->name, kept->value);
    if (kept->exported) export_var(kept->name);
  }
}

char **environment(struct arena *a) {
  unsigned count = 0;
  for (struct var *v = vars; v; v = v->next) count += v->exported && v->value;
  char **envp = allot(a, (count + 1) * sizeof *envp), **to = envp;
  for (struct var *v = vars; v; v = v->next) {
    if (!v->exported || !v->value) continue;
    unsigned size = strlen(v->name) + strlen(v->value) + 2;
    *to = allot(a, size);
    strcpy(*to, v->name);
    strcat(*to, "=");
    strcat(*to++, v->value);
  }
  return envp;
}

void import_environment(char **envp) {
  for (; *envp; envp++) {
    char *equals = strchr(*envp, '=');
    if (!equals || !is_name(*envp, (unsigned)(equals - *envp))) continue;
    *equals = 0;
    set_var(*envp, equals + 1);
    export_var(*envp);
    *equals = '=';
  }
}

void list_vars(int exported_only) {
  for (struct var *v = vars; v; v = v->next)
    if (v->value && (v->exported || !exported_only)) say("%s%s=%s\n", exported_only ? "export " : "", v->name, v->value);
}
