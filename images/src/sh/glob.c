/* Patterns: matching a text, and path name expansion. POSIX, 2.13 */
#include "expand.h"
#include "lib/say.h"
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A bracket expression at *pattern (behind the bracket); moves it behind the closing one. -1 if there is none. */
static int match_bracket(const char **pattern, char c) {
  const char *p = *pattern;
  int negated = *p == '!' || *p == '^', found = 0;
  if (negated) p++;
  for (const char *first = p; *p && (*p != ']' || p == first); p++) {
    if (*p == '\\' && p[1]) p++;
    char low = *p, high = low;
    if (p[1] == '-' && p[2] && p[2] != ']') {
      p += 2;
      if (*p == '\\' && p[1]) p++;
      high = *p;
    }
    if ((unsigned char)c >= (unsigned char)low && (unsigned char)c <= (unsigned char)high) found = 1;
  }
  if (*p != ']') return -1;
  *pattern = p + 1;
  return found != negated;
}

int match(const char *pattern, const char *text) {
  for (; *pattern; text++) {
    if (*pattern == '*') {
      while (*pattern == '*') pattern++;
      for (;; text++) {
        if (match(pattern, text)) return 1;
        if (!*text) return 0;
      }
    }
    if (!*text) return 0;
    if (*pattern == '?') {
      pattern++;
      continue;
    }
    if (*pattern == '[') {
      const char *rest = pattern + 1;
      int hit = match_bracket(&rest, *text);
      if (hit == 0) return 0;
      if (hit > 0) {
        pattern = rest;
        continue;
      }
    }
    if (*pattern == '\\' && pattern[1]) pattern++;
    if (*pattern++ != *text) return 0;
  }
  return !*text;
}

static int is_pattern(const char *text, const char *end) {
  for (; text < end; text++) {
    if (*text == '\\' && text + 1 < end) text++;
    else if (*text == '*' || *text == '?' || (*text == '[' && memchr(text, ']', (unsigned)(end - text)))) return 1;
  }
  return 0;
}

static char *join(struct arena *a, const char *prefix, const char *name) {
  char *path = allot(a, strlen(prefix) + strlen(name) + 2);
  strcpy(path, prefix);
  return strcat(path, name);
}

static void walk(struct fields *f, const char *prefix, const char *pattern);

/* Goes on below prefix + name with what follows the component. */
static void descend(struct fields *f, const char *prefix, const char *name, const char *rest) {
  struct stat st;
  char *path = join(f->arena, prefix, name);
  if (lstat(path, &st) < 0) return;
  if (!*rest) {
    add_field(f, path);
    return;
  }
  walk(f, join(f->arena, path, "/"), rest + strspn(rest, "/"));
}

/* prefix is a path without patterns that is empty or ends with a slash; pattern is relative to it. */
static void walk(struct fields *f, const char *prefix, const char *pattern) {
  const char *end = strchr(pattern, '/');
  if (!end) end = pattern + strlen(pattern);
  char *component = allot_text(f->arena, pattern, (unsigned)(end - pattern));
  if (!is_pattern(pattern, end)) {
    descend(f, prefix, unescape(f->arena, component), end);
    return;
  }
  DIR *dir = opendir(*prefix ? prefix : ".");
  if (!dir) return;
  for (struct dirent *entry; (entry = readdir(dir));) {
    if (entry->d_name[0] == '.' && *component != '.') continue;
    if (match(component, entry->d_name)) descend(f, prefix, entry->d_name, end);
  }
  closedir(dir);
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

void glob_field(struct fields *f) {
  const char *text = f->text.data;
  int before = f->count;
  if (is_pattern(text, text + strlen(text))) {
    const char *relative = text + strspn(text, "/");
    walk(f, relative > text ? "/" : "", relative);
  }
  if (f->count == before) add_field(f, unescape(f->arena, text));
  else qsort(f->done + before, (unsigned)(f->count - before), sizeof *f->done, by_name);
}
