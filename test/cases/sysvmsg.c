/* System V message queues. */
#include "case.h"
#include <sys/ipc.h>
#include <sys/msg.h>

#ifndef MSG_COPY
#define MSG_COPY 040000
#endif
#ifndef MSG_STAT_ANY
#define MSG_STAT_ANY 13
#endif

struct message {
  long type;
  char text[8192];
};

static int sends(int id, long type, const char *text, int flags) {
  struct message message = {type};
  strcpy(message.text, text);
  return msgsnd(id, &message, strlen(text), flags);
}

static int takes(int id, size_t size, long type, int flags) {
  static struct message message;
  memset(&message, 0, sizeof message);
  errno = 0;
  ssize_t n = msgrcv(id, &message, size, type, flags);
  if (n < 0) say("msgrcv %zu of %ld: %s", size, type, strerrorname_np(errno));
  else say("msgrcv %zu of %ld: %zd bytes, type %ld, %s", size, type, n, message.type, message.text);
  return n;
}

static void say_queue(int id) {
  struct msqid_ds ds;
  if (msgctl(id, IPC_STAT, &ds) < 0) say("IPC_STAT: %s", strerrorname_np(errno));
  else say("%lu messages of %lu bytes, room for %lu", ds.msg_qnum, ds.__msg_cbytes, ds.msg_qbytes);
}

static void say_end(const char *who, int pid) {
  int status;
  waitpid(pid, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status)) say("%s failed with %s", who, strerrorname_np(WEXITSTATUS(status)));
  else say_status(who, status);
}

CASE(msg_keys, "queues by key") {
  int id = msgget(0x71, IPC_CREAT | 0600);
  T(id >= 0);
  T(msgget(0x71, 0) == id);
  T(msgget(0x71, IPC_CREAT | IPC_EXCL));
  T(msgget(0x72, 0));
  T(msgctl(id, IPC_RMID, NULL));
  T(msgctl(id, IPC_RMID, NULL));
  T(msgget(0x71, 0));
}

CASE(msg_types, "any, one type, the lowest up to a type, all but one, by number") {
  int id = msgget(IPC_PRIVATE, 0600);
  sends(id, 5, "five", 0);
  sends(id, 3, "three", 0);
  sends(id, 3, "another three", 0);
  sends(id, 9, "nine", 0);
  sends(id, 4, "four", 0);
  takes(id, 100, 3, 0);
  takes(id, 100, -4, IPC_NOWAIT);
  takes(id, 100, -4, IPC_NOWAIT);
  takes(id, 100, -4, IPC_NOWAIT);
  takes(id, 100, 5, MSG_EXCEPT);
  takes(id, 100, 5, MSG_EXCEPT | IPC_NOWAIT);
  takes(id, 100, 0, 0);
  takes(id, 100, 0, IPC_NOWAIT);
  sends(id, 2147483647, "largest", 0);
  takes(id, 100, -2147483647 - 1, IPC_NOWAIT);
  msgctl(id, IPC_RMID, NULL);
}

CASE(msg_sizes, "too small a buffer fails, or cuts with MSG_NOERROR; empty messages; the message is gone only if taken") {
  int id = msgget(IPC_PRIVATE, 0600);
  sends(id, 1, "eleven byte", 0);
  sends(id, 1, "", 0);
  takes(id, 5, 0, 0);
  say_queue(id);
  takes(id, 5, 0, MSG_NOERROR);
  takes(id, 0, 0, 0);
  say_queue(id);
  msgctl(id, IPC_RMID, NULL);
}

CASE(msg_errors, "errors of msgsnd and msgrcv") {
  struct message message = {1};
  int id = msgget(IPC_PRIVATE, 0600);
  T(msgsnd(id, &message, 8193, 0));
  T(msgsnd(id, &message, -1, 0));
  T(sends(id, 0, "x", 0));
  T(sends(id, -5, "x", 0));
  T(sends(-1, 1, "x", 0));
  T(sends(id + 1, 1, "x", 0));
  T(msgsnd(id, NULL, 1, 0));
  T(syscall(SYS_msgsnd, -1, NULL, 1, 0));
  T(msgrcv(id, &message, -1, 0, 0));
  T(msgrcv(-1, &message, 1, 0, 0));
  T(msgrcv(id + 1, &message, 1, 0, 0));
  sends(id, 1, "lost", 0);
  T(msgrcv(id, NULL, 10, 0, 0));
  say_queue(id);
  T(msgctl(id, 55, NULL));
  T(msgctl(id, -1, NULL));
  T(msgctl(-1, IPC_RMID, NULL));
  T(msgctl(id, IPC_STAT, NULL));
  T(msgctl(id, IPC_SET, NULL));
  msgctl(id, IPC_RMID, NULL);
}

CASE(msg_copy, "MSG_COPY looks at the nth message and leaves it") {
  int id = msgget(IPC_PRIVATE, 0600);
  sends(id, 1, "zeroth", 0);
  sends(id, 2, "first", 0);
  takes(id, 100, 0, MSG_COPY | IPC_NOWAIT);
  takes(id, 100, 1, MSG_COPY | IPC_NOWAIT);
  takes(id, 100, 2, MSG_COPY | IPC_NOWAIT);
  takes(id, 100, -1, MSG_COPY | IPC_NOWAIT);
  takes(id, 100, 0, MSG_COPY);
  takes(id, 100, 0, MSG_COPY | IPC_NOWAIT | MSG_EXCEPT);
  takes(id, 2, 0, MSG_COPY | IPC_NOWAIT);
  takes(id, 2, 0, MSG_COPY | IPC_NOWAIT | MSG_NOERROR);
  say_queue(id);
  msgctl(id, IPC_RMID, NULL);
}

CASE(msg_full, "a full queue refuses, or lets the sender wait until there is room") {
  struct message big = {7};
  int id = msgget(IPC_PRIVATE, 0600), pid;
  T(msgsnd(id, &big, 8192, 0));
  T(msgsnd(id, &big, 8192, 0));
  T(msgsnd(id, &big, 0, IPC_NOWAIT));
  T(msgsnd(id, &big, 1, IPC_NOWAIT));
  say_queue(id);
  if ((pid = fork()) == 0) {
    int result = sends(id, 3, "waited", 0);
    _exit(result < 0 ? errno : 0);
  }
  await_state(pid, "S");
  T(msgrcv(id, &big, 8192, 0, 0));
  say_end("sender", pid);
  takes(id, 100, 3, IPC_NOWAIT);
  msgctl(id, IPC_RMID, NULL);
}

CASE(msg_set_room, "IPC_SET gives a sleeping sender room; the number of messages is limited too") {
  struct msqid_ds ds;
  int id = msgget(IPC_PRIVATE, 0600), pid;
  msgctl(id, IPC_STAT, &ds);
  ds.msg_qbytes = 3;
  T(msgctl(id, IPC_SET, &ds));
  T(sends(id, 1, "", 0));
  T(sends(id, 1, "abc", 0));
  T(sends(id, 1, "d", IPC_NOWAIT));
  T(sends(id, 1, "", IPC_NOWAIT));
  T(sends(id, 1, "", IPC_NOWAIT));
  if ((pid = fork()) == 0) _exit(sends(id, 2, "later", 0) < 0 ? errno : 0);
  await_state(pid, "S");
  ds.msg_qbytes = 100;
  T(msgctl(id, IPC_SET, &ds));
  say_end("sender", pid);
  say_queue(id);
  ds.msg_qbytes = 1 << 20;
  T(msgctl(id, IPC_SET, &ds));
  say_queue(id);
  msgctl(id, IPC_RMID, NULL);
}

CASE(msg_receivers, "messages go to the first sleeping receiver that wants them") {
  int id = msgget(IPC_PRIVATE, 0600), pids[3];
  long wants[3] = {5, -3, 0};
  for (int i = 0; i < 3; i++) {
    if ((pids[i] = fork()) == 0) _exit(takes(id, 100, wants[i], 0) < 0);
    await_state(pids[i], "S");
  }
  sends(id, 2, "two", 0);
  say_end("second", pids[1]);
  sends(id, 9, "nine", 0);
  say_end("third", pids[2]);
  sends(id, 9, "nine stays", 0);
  say_queue(id);
  sends(id, 5, "five", 0);
  say_end("first", pids[0]);
  say_queue(id);
  msgctl(id, IPC_RMID, NULL);
}

CASE(msg_receiver_too_small, "a sleeping receiver with too small a buffer fails, and the message goes on to the next") {
  int id = msgget(IPC_PRIVATE, 0600), small, cut;
  if ((small = fork()) == 0) _exit(takes(id, 2, 0, 0) < 0);
  await_state(small, "S");
  if ((cut = fork()) == 0) _exit(takes(id, 2, 0, MSG_NOERROR) < 0);
  await_state(cut, "S");
  int sent = sends(id, 1, "long", 0);
  waitpid(small, NULL, 0);
  waitpid(cut, NULL, 0);
  T(sent);
  say_queue(id);
  msgctl(id, IPC_RMID, NULL);
}

CASE(msg_removed, "sleepers of a removed queue get EIDRM") {
  struct message big = {7};
  int id = msgget(IPC_PRIVATE, 0600), receiver, sender;
  msgsnd(id, &big, 8192, 0);
  msgsnd(id, &big, 8192, 0);
  if ((receiver = fork()) == 0) _exit(msgrcv(id, &big, 10, 99, 0) < 0 ? errno : 0);
  await_state(receiver, "S");
  if ((sender = fork()) == 0) _exit(sends(id, 1, "x", 0) < 0 ? errno : 0);
  await_state(sender, "S");
  T(msgctl(id, IPC_RMID, NULL));
  say_end("receiver", receiver);
  say_end("sender", sender);
}

static void on_signal(int sig) { say("signal %d", sig); }

CASE(msg_signal, "a handler ends both calls with EINTR, also with SA_RESTART; a stop and go does not") {
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
  struct message big = {7};
  int id = msgget(IPC_PRIVATE, 0600), receiver, sender, other;
  sigaction(SIGUSR1, &action, NULL);
  if ((receiver = fork()) == 0) _exit(msgrcv(id, &big, 10, 99, 0) < 0 ? errno : 0);
  await_state(receiver, "S");
  kill(receiver, SIGSTOP);
  await_state(receiver, "T");
  kill(receiver, SIGCONT);
  await_state(receiver, "S");
  if ((other = fork()) == 0) _exit(takes(id, 20, 98, 0) < 0 ? errno : 0);
  await_state(other, "S");
  kill(receiver, SIGUSR1);
  say_end("receiver", receiver);
  kill(other, SIGSTOP);
  await_state(other, "T");
  kill(other, SIGCONT);
  await_state(other, "S");
  sends(id, 98, "still there", 0);
  say_end("other", other);
  msgsnd(id, &big, 8192, 0);
  msgsnd(id, &big, 8192, 0);
  if ((sender = fork()) == 0) _exit(sends(id, 1, "x", 0) < 0 ? errno : 0);
  await_state(sender, "S");
  kill(sender, SIGUSR1);
  say_end("sender", sender);
  msgctl(id, IPC_RMID, NULL);
}

CASE(msg_permissions, "rights; a larger queue is for the privileged") {
  struct msqid_ds ds;
  int readable = msgget(0x81, IPC_CREAT | 0604), writable = msgget(0x82, IPC_CREAT | 0602);
  int mine = msgget(0x83, IPC_CREAT | 0600);
  msgctl(mine, IPC_STAT, &ds);
  ds.msg_perm.uid = 1000;
  msgctl(mine, IPC_SET, &ds);
  setresgid(1000, 1000, 1000);
  setresuid(1000, 1000, 1000);
  T(sends(readable, 1, "x", 0));
  takes(readable, 10, 0, IPC_NOWAIT);
  T(sends(writable, 1, "x", 0));
  takes(writable, 10, 0, IPC_NOWAIT);
  T(msgctl(readable, IPC_SET, &ds));
  T(msgctl(readable, IPC_RMID, NULL));
  T(msgctl(mine, IPC_STAT, &ds));
  ds.msg_qbytes = 16385;
  T(msgctl(mine, IPC_SET, &ds));
  ds.msg_qbytes = 100;
  T(msgctl(mine, IPC_SET, &ds));
  say_queue(mine);
  T(msgctl(mine, IPC_RMID, NULL));
}

CASE(msg_lost_right, "a sleeping receiver looks at its rights again after IPC_SET") {
  struct msqid_ds ds;
  struct message message;
  int id = msgget(IPC_PRIVATE, 0604), pid;
  if ((pid = fork()) == 0) {
    setresgid(1000, 1000, 1000);
    setresuid(1000, 1000, 1000);
    _exit(msgrcv(id, &message, 10, 0, 0) < 0 ? errno : 0);
  }
  await_state(pid, "S");
  msgctl(id, IPC_STAT, &ds);
  ds.msg_perm.mode = 0600;
  T(msgctl(id, IPC_SET, &ds));
  say_end("receiver", pid);
  msgctl(id, IPC_RMID, NULL);
}

CASE(msg_stat, "IPC_STAT, MSG_STAT, IPC_INFO, MSG_INFO, /proc/sysvipc/msg, the old layout") {
  struct msqid_ds ds;
  struct msginfo info;
  unsigned short old[40];
  char line[200];
  int id = msgget(0x91, IPC_CREAT | 0640);
  T(msgctl(id, IPC_STAT, &ds));
  say("stime %d rtime %d ctime %d lspid %d lrpid %d", ds.msg_stime != 0, ds.msg_rtime != 0, ds.msg_ctime != 0, ds.msg_lspid,
      ds.msg_lrpid);
  sends(id, 1, "abc", 0);
  sends(id, 1, "defg", 0);
  takes(id, 10, 0, 0);
  msgctl(id, IPC_STAT, &ds);
  say("stime %d rtime %d lspid %d lrpid %d", ds.msg_stime != 0, ds.msg_rtime != 0, ds.msg_lspid == getpid(),
      ds.msg_lrpid == getpid());
  T(msgctl(id % 32768, MSG_STAT, &ds) == id);
  T(msgctl(id % 32768, MSG_STAT_ANY, &ds) == id);
  T(msgctl(0, IPC_INFO, (void *)&info) == id % 32768);
  say("%d %d %d %d %d %d %d %d", info.msgpool, info.msgmap, info.msgmax, info.msgmnb, info.msgmni, info.msgssz, info.msgtql,
      info.msgseg);
  T(msgctl(0, MSG_INFO, (void *)&info) == id % 32768);
  say("%d %d %d", info.msgpool, info.msgmap, info.msgtql);
  FILE *list = fopen("/proc/sysvipc/msg", "r");
  while (fgets(line, sizeof line, list)) {
    char *key = strtok(line, " \n"), *which = strtok(NULL, " \n"), *mode = strtok(NULL, " \n"), *n = strtok(NULL, " \n");
    say("%s %d %s %s %s", key, atoi(which) == id, mode, n, strtok(NULL, " \n"));
  }
  memset(old, 0xee, sizeof old);
  T(syscall(SYS_ipc, 14, id, IPC_STAT, 0, old));
  say("mode %o cbytes %u qnum %u qbytes %u", old[6], old[22], old[23], old[24]);
  msgctl(id, IPC_RMID, NULL);
}

CASE(msg_through_ipc, "ipc(2): the kludge of version 0, and version 1") {
  struct message message = {6, "through"};
  struct {
    void *buf;
    long type;
  } kludge = {&message, 6};
  int id = msgget(IPC_PRIVATE, 0600);
  T(syscall(SYS_ipc, 11, id, 7, 0, &message));
  T(syscall(SYS_ipc, 12, id, 100, 0, &kludge));
  T(syscall(SYS_ipc, 12, id, 100, IPC_NOWAIT, NULL));
  T(syscall(SYS_ipc, 12, id, 100, IPC_NOWAIT, 1));
  T(syscall(SYS_ipc, 11, id, 7, 0, &message));
  T(syscall(SYS_ipc, 12 | 0x10000, id, 100, 0, &message, 6));
  T(syscall(SYS_msgsnd, id, &message, 7, 0));
  T(syscall(SYS_msgrcv, id, &message, 100, 6, 0));
  T(syscall(SYS_msgctl, id, IPC_RMID, 0));
}
