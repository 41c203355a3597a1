/* Arenas and growing texts. */
#include "lib/say.h"
#include "sh.h"
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 4000 };

struct block {
  struct block *next;
  unsigned used, size;
  char data[];
};

static void *get_memory(void *old, unsigned size) {
  void *memory = realloc(old, size);
  if (!memory) must(-1, "realloc");
  return memory;
}

void *allot(struct arena *a, unsigned size) {
  size = (size + 7) & ~7u;
  struct block *b = a->blocks;
  if (!b || b->used + size > b->size) {
    unsigned room = size > BLOCK ? size : BLOCK;
    b = get_memory(0, sizeof *b + room);
    *b = (struct block){.next = a->blocks, .size = room};
    a->blocks = b;
  }
  void *at = b->data + b->used;
  b->used += size;
  return memset(at, 0, size);
}

char *allot_text(struct arena *a, const char *text, unsigned len) {
  char *copy = allot(a, len + 1);
  memcpy(copy, text, len);
  return copy;
}

void release(struct arena *a) {
  while (a->blocks) {
    struct block *next = a->blocks->next;
    free(a->blocks);
    a->blocks = next;
  }
}

void text_add(struct text *t, const char *from, unsigned len) {
  if (t->len + len + 1 > t->room) {
    t->room = (t->len + len + 1) * 2;
    t->data = get_memory(t->data, t->room);
  }
  memcpy(t->data + t->len, from, len);
  t->len += len;
  t->data[t->len] = 0;
}

void text_char(struct text *t, char c) { text_add(t, &c, 1); }

void text_free(struct text *t) {
  free(t->data);
  *t = (struct text){0};
}
