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

static struct block *spare; /* of BLOCK bytes, ready to be used again */

static void *get_memory(void *old, unsigned size) {
  void *memory = realloc(old, size);
  if (!memory) must(-1, "realloc");
  return memory;
}

static struct block *get_block(unsigned size) {
  struct block *b = spare;
  if (size > BLOCK || !b) {
    unsigned room = size > BLOCK ? size : BLOCK;
    b = get_memory(0, sizeof *b + room);
    b->size = room;
  } else {
    spare = b->next;
  }
  b->used = 0;
  return b;
}

void *allot(struct arena *a, unsigned size) {
  size = (size + 7) & ~7u;
  struct block *b = a->blocks;
  if (!b || b->used + size > b->size) {
    b = get_block(size);
    b->next = a->blocks;
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
    struct block *b = a->blocks;
    a->blocks = b->next;
    if (b->size == BLOCK) {
      b->next = spare;
      spare = b;
    } else {
      free(b);
    }
  }
}

static void make_room(struct text *t, unsigned len) {
  if (t->len + len + 1 <= t->room) return;
  t->room = (t->len + len + 1) * 2;
  t->data = get_memory(t->data, t->room);
}

void text_add(struct text *t, const char *from, unsigned len) {
  make_room(t, len);
  memcpy(t->data + t->len, from, len);
  t->len += len;
  t->data[t->len] = 0;
}

void text_char(struct text *t, char c) {
  make_room(t, 1);
  t->data[t->len++] = c;
  t->data[t->len] = 0;
}

void text_free(struct text *t) {
  free(t->data);
  *t = (struct text){0};
}
