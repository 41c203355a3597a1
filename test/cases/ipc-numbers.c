/* System V IPC by the calls' own numbers, which C libraries for i386 leave to ipc(2). */
#include "case.h"
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#define IPC_64 0x100

CASE(direct_shm, "shmget, shmat, shmctl and shmdt") {
  int id = syscall(395, IPC_PRIVATE, 4096, IPC_CREAT | 0600);
  T(id >= 0);
  char *at = (char *)syscall(397, id, NULL, 0);
  T(at != (char *)-1);
  at[5] = 7;
  T(at[5]);
  T(syscall(396, id, IPC_RMID | IPC_64, NULL));
  T(syscall(398, at));
  T(syscall(398, at));
  T(syscall(395, 0x7777, 4096, 0600));
}

CASE(direct_sem, "semget and semctl") {
  int id = syscall(393, IPC_PRIVATE, 2, IPC_CREAT | 0600);
  T(id >= 0);
  T(syscall(394, id, 1, SETVAL | IPC_64, 9));
  T(syscall(394, id, 1, GETVAL | IPC_64, 0));
  T(syscall(394, id, 2, GETVAL | IPC_64, 0));
  T(syscall(394, id, 0, IPC_RMID | IPC_64, 0));
  T(syscall(394, id, 0, GETVAL | IPC_64, 0));
}

CASE(direct_msg, "msgget, msgsnd, msgrcv and msgctl") {
  struct { long type; char text[8]; } message = {3, "hello"};
  int id = syscall(399, IPC_PRIVATE, IPC_CREAT | 0600);
  T(id >= 0);
  T(syscall(400, id, &message, 6, 0));
  memset(&message, 0, sizeof message);
  T(syscall(401, id, &message, 8, 0L, 0));
  say("%ld %s", message.type, message.text);
  T(syscall(402, id, IPC_RMID | IPC_64, NULL));
  T(syscall(400, id, &message, 6, 0));
}
