/* Four threads count under one mutex, then take turns by a condition variable. Usage: threads [count per thread] */
#include "lib/say.h"
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

enum { THREADS = 4, TURNS = 3 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t moved = PTHREAD_COND_INITIALIZER;
static long total;
static long own[THREADS];
static int turn; /* whose turn it is: turn % THREADS */
static __thread long local; /* a copy per thread, so that the TLS segment matters */
static long per_thread = 5000;

static void count(int id) {
  for (long i = 0; i < per_thread; i++) {
    pthread_mutex_lock(&lock);
    total++;
    pthread_mutex_unlock(&lock);
    local++;
    if (i % 1000 == id) sched_yield();
  }
  own[id] = local;
}

static void take_turns(int id) {
  for (int round = 0; round < TURNS; round++) {
    pthread_mutex_lock(&lock);
    while (turn % THREADS != id) pthread_cond_wait(&moved, &lock);
    say("turn %2d: thread %d, counted %ld\n", turn, id, local);
    turn++;
    pthread_cond_broadcast(&moved);
    pthread_mutex_unlock(&lock);
  }
}

static void *run(void *arg) {
  int id = (int)(long)arg;
  count(id);
  take_turns(id);
  return (void *)(local * 10 + id);
}

int main(int argc, char **argv) {
  pthread_t thread[THREADS];
  if (argc > 1) per_thread = atol(argv[1]);
  for (long i = 0; i < THREADS; i++)
    if (pthread_create(&thread[i], 0, run, (void *)i)) return fail("threads", "pthread_create");
  void *result[THREADS];
  for (int i = 0; i < THREADS; i++) pthread_join(thread[i], &result[i]);
  for (int i = 0; i < THREADS; i++) say("thread %d: counted %ld, returned %ld\n", i, own[i], (long)result[i]);
  say("total %ld, expected %ld\n", total, per_thread * THREADS);
  return total != per_thread * THREADS;
}
