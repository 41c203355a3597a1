/* Opening what is open already through /proc/self/fd. */
#include "case.h"

static int reopen(int fd, int flags) {
  char path[40];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  return open(path, flags);
}

CASE(pipe_without_writer, "a pipe whose writers are gone is opened for reading at once, and has what is left in it") {
  char text[8] = "";
  int ends[2], fd;
  T(pipe(ends));
  T(write(ends[1], "left", 4));
  close(ends[1]);
  T((fd = reopen(ends[0], O_RDONLY)) > ends[0]);
  T(read(fd, text, sizeof text));
  say("%s", text);
  T(read(fd, text, sizeof text));
}

CASE(pipe_without_reader, "a pipe whose readers are gone is opened for writing, also without O_NONBLOCK") {
  int ends[2], fd;
  signal(SIGPIPE, SIG_IGN);
  T(pipe(ends));
  close(ends[0]);
  T((fd = reopen(ends[1], O_WRONLY)) > 0);
  T(write(fd, "x", 1));
  T((fd = reopen(ends[1], O_WRONLY | O_NONBLOCK)) > 0);
}

CASE(pipe_other_end, "an end of a pipe opened the other way round is the other end") {
  char text[8] = "";
  int ends[2], fd;
  T(pipe(ends));
  close(ends[1]);
  T((fd = reopen(ends[0], O_WRONLY)) > 0);
  T(write(fd, "back", 4));
  T(read(ends[0], text, 4));
  say("%s", text);
  T((fd = reopen(ends[0], O_RDWR)) > 0);
  T(write(fd, "more", 4));
  T(read(fd, text, 4));
  say("%s", text);
}

CASE(deleted_file, "a file that was removed is opened again, with an offset of its own") {
  char text[8] = "";
  int fd = open("gone", O_RDWR | O_CREAT, 0644), again;
  T(write(fd, "here", 4));
  T(unlink("gone"));
  T((again = reopen(fd, O_RDONLY)) > fd);
  T(lseek(again, 0, SEEK_CUR));
  T(read(again, text, sizeof text));
  say("%s", text);
  T(write(again, "x", 1));
}

CASE(no_such_descriptor, "a descriptor that is not open is not there") {
  T(reopen(77, O_RDONLY));
}
