/* File mappings: shared ones change the file and see its writes, private ones do not; offsets, tails, two mappings of
 * one page, a mapping that outlives its descriptor and name, and msync(2). */
#include "lib/say.h"
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, SIZE = 2 * PAGE + 100 };

static const char path[] = "/tmp/mmapfile.dat";
static int fd;

static char *map(int prot, int flags, unsigned length, unsigned offset) {
  char *at = mmap(0, length, prot, flags, fd, (off_t)offset);
  if (at == MAP_FAILED) must(-1, "mmap");
  return at;
}

static const char *in_file(unsigned offset) {
  static char text[9];
  memset(text, 0, sizeof text);
  must(pread(fd, text, 8, (off_t)offset), "pread");
  return text;
}

static void fill(void) {
  for (int i = 0; i < SIZE; i++) {
    char c = (char)('a' + i % 26);
    must(write(fd, &c, 1), "write");
  }
}

static void shared_and_private(void) {
  char *shared = map(PROT_READ | PROT_WRITE, MAP_SHARED, SIZE, 0);
  char *private = map(PROT_READ | PROT_WRITE, MAP_PRIVATE, SIZE, 0);
  say("file %s shared ", in_file(PAGE));
  say("%c%c private %c%c\n", shared[PAGE], shared[PAGE + 1], private[PAGE], private[PAGE + 1]);
  memcpy(private, "PRIVATE!", 8);
  say("after private store: file %s\n", in_file(0));
  memcpy(shared + PAGE, "SHARED!!", 8);
  must(msync(shared, SIZE, MS_SYNC), "msync");
  say("after shared store: file %s, private sees %c\n", in_file(PAGE), private[PAGE]);
  must(pwrite(fd, "written.", 8, 2 * PAGE), "pwrite");
  say("after pwrite: shared sees %c%c\n", shared[2 * PAGE], shared[2 * PAGE + 1]);
  say("tail of the last page: %d %d\n", shared[SIZE], shared[3 * PAGE - 1]);
  must(munmap(shared, SIZE), "munmap");
  must(munmap(private, SIZE), "munmap");
}

static void two_views(void) {
  char *whole = map(PROT_READ | PROT_WRITE, MAP_SHARED, SIZE, 0);
  char *second = map(PROT_READ, MAP_SHARED, PAGE, PAGE);
  memcpy(whole + PAGE + 8, "twoviews", 8);
  say("second view: %c%c%c at offset 4096\n", second[8], second[9], second[10]);
  pid_t child = (pid_t)must(fork(), "fork");
  if (child == 0) {
    memcpy(whole + 16, "of child", 8);
    _exit(0);
  }
  must(waitpid(child, 0, 0), "waitpid");
  say("child's store: mapping %c%c, file %s\n", whole[16], whole[17], in_file(16));
  must(munmap(second, PAGE), "munmap");
  must(munmap(whole, SIZE), "munmap");
}

static void outlive(void) {
  char *view = map(PROT_READ | PROT_WRITE, MAP_SHARED, SIZE, 0);
  int other = (int)must(open(path, O_RDONLY), "open");
  must(unlink(path), "unlink");
  must(close(fd), "close");
  memcpy(view, "unlinked", 8);
  char text[9] = {0};
  must(pread(other, text, 8, 0), "pread");
  struct stat st;
  must(fstat(other, &st), "fstat");
  say("after unlink: %s, %u links, %u bytes\n", text, (unsigned)st.st_nlink, (unsigned)st.st_size);
}

static void grow(void) {
  char *view = map(PROT_READ | PROT_WRITE, MAP_SHARED, 4 * PAGE, 0);
  must(ftruncate(fd, 4 * PAGE), "ftruncate");
  memcpy(view + 3 * PAGE, "extended", 8);
  say("after ftruncate: file %s, tail %d\n", in_file(3 * PAGE), view[SIZE]);
  must(ftruncate(fd, SIZE), "ftruncate");
  say("after shrinking: %d\n", (int)lseek(fd, 0, SEEK_END));
  must(munmap(view, 4 * PAGE), "munmap");
}

int main(void) {
  fd = (int)must(open(path, O_RDWR | O_CREAT | O_TRUNC, 0644), "open");
  fill();
  shared_and_private();
  two_views();
  grow();
  outlive();
  return 0;
}
