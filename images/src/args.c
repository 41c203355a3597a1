/* What execve(2) put on the stack: arguments, environment, and those auxiliary entries that do not depend on addresses,
 * checked where they point somewhere. */
#include "lib/say.h"
#include <elf.h>
#include <string.h>
#include <sys/auxv.h>

extern char **environ;
extern void _start(void);

static const char *yes(int holds) { return holds ? "yes" : "no"; }

int main(int argc, char **argv) {
  say("argc %d\n", argc);
  for (int i = 0; i < argc; i++) say("argv[%d] [%s]\n", i, argv[i]);
  say("argv ends with 0: %s\n", yes(argv[argc] == 0));
  for (int i = 0; environ[i]; i++) say("envp[%d] [%s]\n", i, environ[i]);

  const Elf32_Phdr *headers = (const Elf32_Phdr *)getauxval(AT_PHDR);
  unsigned count = getauxval(AT_PHNUM), loads = 0;
  for (unsigned i = 0; headers && i < count; i++) loads += headers[i].p_type == PT_LOAD;
  const unsigned char *random = (const unsigned char *)getauxval(AT_RANDOM);
  unsigned different = 0;
  for (int i = 1; random && i < 16; i++) different += random[i] != random[0];
  say("AT_PAGESZ %u\n", (unsigned)getauxval(AT_PAGESZ));
  say("AT_PHENT %u, AT_PHNUM %u, loadable %u\n", (unsigned)getauxval(AT_PHENT), count, loads);
  say("AT_BASE %u\n", (unsigned)getauxval(AT_BASE));
  say("AT_ENTRY is _start: %s\n", yes(getauxval(AT_ENTRY) == (unsigned long)_start));
  say("AT_UID %u AT_EUID %u AT_GID %u AT_EGID %u\n", (unsigned)getauxval(AT_UID), (unsigned)getauxval(AT_EUID),
      (unsigned)getauxval(AT_GID), (unsigned)getauxval(AT_EGID));
  say("AT_SECURE %u\n", (unsigned)getauxval(AT_SECURE));
  say("AT_EXECFN [%s]\n", getauxval(AT_EXECFN) ? (const char *)getauxval(AT_EXECFN) : "");
  say("AT_RANDOM has 16 bytes that differ: %s\n", yes(different > 0));
  say("AT_HWCAP has fpu and cmov: %s\n", yes((getauxval(AT_HWCAP) & 0x8001) == 0x8001));
  return 0;
}
