/* Propagation of mounts: shared, private, slave and unbindable, mount_namespaces(7). */
#include "case.h"
#include <sys/mount.h>

/* The mounts below the directory, as mountinfo has them: place, and the optional fields with groups numbered as they come. */
static int group_ids[40], groups;
static int numbered(int id) {
  for (int i = 0; i < groups; i++)
    if (group_ids[i] == id) return i + 1;
  group_ids[groups++] = id;
  return groups;
}

static void show(const char *who) {
  FILE *f = fopen("/proc/self/mountinfo", "r");
  char line[500];
  while (fgets(line, sizeof line, f)) {
    char root[100], point[100], text[100] = "";
    int end = 0;
    sscanf(line, "%*d %*d %*s %99s %99s %*s %n", root, point, &end);
    if (strncmp(point, "/tmp/", 5) != 0) continue;
    for (char *word = strtok(line + end, " "); word && strcmp(word, "-") != 0; word = strtok(NULL, " ")) {
      char *colon = strchr(word, ':');
      if (colon) sprintf(text + strlen(text), " %.*s:%d", (int)(colon - word), word, numbered(atoi(colon + 1)));
      else sprintf(text + strlen(text), " %s", word);
    }
    say("%s: %s of %s%s", who, point + 5, root, text);
  }
  fclose(f);
}

static void tmpfs(const char *at) {
  T(mount("tmpfs", at, "tmpfs", 0, NULL));
}

static void two(void) {
  mkdir("a", 0755);
  mkdir("b", 0755);
  mount("tmpfs", "a", "tmpfs", 0, NULL);
  mkdir("a/x", 0755);
}

CASE(private_bind, "a private mount gives nothing to its copy") {
  two();
  T(mount(NULL, "a", NULL, MS_PRIVATE, NULL));
  T(mount("a", "b", NULL, MS_BIND, NULL));
  tmpfs("a/x");
  show("here");
}

CASE(shared_bind, "a copy of a shared mount is its peer: mounts go both ways") {
  two();
  T(mount(NULL, "a", NULL, MS_SHARED, NULL));
  T(mount("a", "b", NULL, MS_BIND, NULL));
  tmpfs("a/x");
  mkdir("b/x/y", 0755);
  tmpfs("b/x/y");
  show("here");
  T(umount("a/x/y"));
  T(umount("b/x"));
  show("after");
}

CASE(slave, "a slave gets mounts and gives none") {
  two();
  mkdir("a/z", 0755);
  mount(NULL, "a", NULL, MS_SHARED, NULL);
  mount("a", "b", NULL, MS_BIND, NULL);
  T(mount(NULL, "b", NULL, MS_SLAVE, NULL));
  tmpfs("a/x");
  tmpfs("b/z");
  show("here");
  T(mount(NULL, "b", NULL, MS_SHARED, NULL));
  show("shared slave");
  T(mount(NULL, "b", NULL, MS_PRIVATE, NULL));
  show("private");
}

CASE(slave_of_private, "a mount without peers that becomes a slave is private") {
  two();
  mount(NULL, "a", NULL, MS_PRIVATE, NULL);
  T(mount(NULL, "a", NULL, MS_SLAVE, NULL));
  show("private");
  mount(NULL, "a", NULL, MS_SHARED, NULL);
  T(mount(NULL, "a", NULL, MS_SLAVE, NULL));
  show("shared alone");
}

CASE(unbindable, "an unbindable mount cannot be bound, and is left out of copies of a tree") {
  two();
  mkdir("c", 0755);
  mount(NULL, "a", NULL, MS_PRIVATE, NULL);
  tmpfs("a/x");
  T(mount(NULL, "a/x", NULL, MS_UNBINDABLE, NULL));
  T(mount("a/x", "b", NULL, MS_BIND, NULL));
  T(mount("a", "b", NULL, MS_BIND | MS_REC, NULL));
  show("here");
  T(mount(NULL, "a", NULL, MS_UNBINDABLE, NULL));
  T(mount("a", "c", NULL, MS_BIND, NULL));
}

CASE(recursive, "MS_REC changes the whole tree, without it one mount") {
  two();
  mount(NULL, "a", NULL, MS_PRIVATE, NULL);
  tmpfs("a/x");
  T(mount(NULL, "a", NULL, MS_SHARED, NULL));
  show("one");
  T(mount(NULL, "a", NULL, MS_SHARED | MS_REC, NULL));
  show("all");
  T(mount("a", "b", NULL, MS_BIND | MS_REC, NULL));
  show("bound");
}

CASE(bad_types, "one type at a time, of a mount") {
  two();
  T(mount(NULL, "a", NULL, MS_SHARED | MS_PRIVATE, NULL));
  T(mount(NULL, "a", NULL, MS_SHARED | MS_RDONLY, NULL));
  T(mount(NULL, "a/x", NULL, MS_SHARED, NULL));
  T(mount(NULL, "none", NULL, MS_SHARED, NULL));
  T(mount(NULL, "a", NULL, MS_SHARED | MS_SILENT, NULL));
}

CASE(namespaces, "peers in another namespace, slaves when the user namespace is another") {
  two();
  mount(NULL, "a", NULL, MS_SHARED, NULL);
  int go[2], done[2];
  char c;
  pipe(go);
  pipe(done);
  int pid = fork();
  if (pid == 0) {
    unshare(CLONE_NEWNS);
    write(done[1], "x", 1);
    read(go[0], &c, 1);
    show("child");
    tmpfs("a/x/y");
    write(done[1], "x", 1);
    read(go[0], &c, 1);
    _exit(0);
  }
  read(done[0], &c, 1);
  tmpfs("a/x");
  mkdir("a/x/y", 0755);
  write(go[1], "x", 1);
  read(done[0], &c, 1);
  show("parent");
  write(go[1], "x", 1);
  waitpid(pid, NULL, 0);
}

CASE(user_namespace, "a copy in another user namespace is a slave") {
  two();
  mount(NULL, "a", NULL, MS_SHARED, NULL);
  int pid = fork();
  if (pid == 0) {
    T(unshare(CLONE_NEWUSER | CLONE_NEWNS));
    show("child");
    T(umount("a"));
    _exit(0);
  }
  waitpid(pid, NULL, 0);
}

CASE(moving, "a shared parent does not let its mount be moved; moving into a shared one propagates") {
  two();
  mkdir("c", 0755);
  mkdir("d", 0755);
  mount(NULL, "a", NULL, MS_SHARED, NULL);
  mount("a", "b", NULL, MS_BIND, NULL);
  tmpfs("a/x");
  T(mount("a/x", "c", NULL, MS_MOVE, NULL));
  tmpfs("d");
  mount(NULL, "d", NULL, MS_PRIVATE, NULL);
  mkdir("a/n", 0755);
  T(mount("d", "a/n", NULL, MS_MOVE, NULL));
  show("here");
  T(mount(NULL, "a/n", NULL, MS_UNBINDABLE, NULL));
  T(umount2("a/n", MNT_DETACH));
  show("after");
}

CASE(covered, "a mount that comes over a propagated one lies on top of it") {
  two();
  mount(NULL, "a", NULL, MS_SHARED, NULL);
  mount("a", "b", NULL, MS_BIND, NULL);
  mount(NULL, "b", NULL, MS_SLAVE, NULL);
  tmpfs("b/x");
  tmpfs("a/x");
  show("both");
  T(umount("a/x"));
  show("after");
}
