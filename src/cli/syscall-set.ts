/** Sets of system calls as strace(1) writes them: `open,read`, `%file`, `!futex`, `/^epoll_`, `all`, `none`. */
import { InvalidArgumentError } from 'commander';
import { compatibility } from '../kernel/syscall/table.ts';

/** Whether a call of that name is meant. */
export type SyscallSet = (name: string) => boolean;

const CLASSES: Readonly<Record<string, RegExp>> = {
  file: /^(open|openat2?|creat|access|faccessat2?|f?chdir|chmod|fchmodat|l?chown(32)?|fchownat|execveat|execve|link(at)?|symlink(at)?|unlink(at)?|rename(at2?)?|mkdir(at)?|rmdir|mknod(at)?|readlink(at)?|truncate(64)?|l?stat(64)?|fstatat64|oldl?stat|statx|statfs(64)?|utime(s|nsat)?|futimesat|mount|umount2?|chroot|pivot_root|swapo(n|ff)|[lf]?(get|set|list|remove)xattr|inotify_add_watch|name_to_handle_at|acct|uselib)/,
  process:
    /^(v?fork|clone3?|execve(at)?|exit(_group)?|wait4|waitpid|waitid|kill|tkill|tgkill|pidfd_send_signal|rt_(tg)?sigqueueinfo)$/,
  network:
    /^(socket(call|pair)?|bind|connect|listen|accept4?|get(sock|peer)name|send(to|msg|mmsg)?|recv(from|msg|mmsg(_time64)?)?|shutdown|[gs]etsockopt)$/,
  signal:
    /^(kill|tkill|tgkill|pause|signalfd4?|sigaltstack|signal|sig(action|pending|procmask|return|suspend)|[sg]{1,2}etmask|rt_)/,
  memory:
    /^(brk|mmap2?|munmap|mprotect|mremap|msync|mincore|madvise|mlock(all|2)?|munlock(all)?|pkey_mprotect|remap_file_pages|shm(at|dt)|mbind)$/,
  ipc: /^(ipc|msg|sem|shm)/,
  desc: /^(read|write|close|dup|fcntl|ioctl|f|p?(read|write)v|pread64|pwrite64|epoll|poll|ppoll|_?newselect|select|pselect6|pipe|eventfd|timerfd|signalfd|inotify|getdents|_?llseek|lseek|sendfile|splice|tee|vmsplice|openat|mmap)/,
  clock: /^(clock_|gettimeofday|settimeofday|time$|stime|adjtimex)/,
  creds: /^([gs]ete?[ug]id|[gs]etre[ug]id|[gs]etres[ug]id|[gs]etgroups|setfs[ug]id|capget|capset|prctl)/,
};

function member(word: string, known: ReadonlySet<string>): SyscallSet {
  if (word === 'all') return () => true;
  if (word === 'none') return () => false;
  if (word.startsWith('/')) {
    try {
      const pattern = new RegExp(word.slice(1));
      return (name) => pattern.test(name);
    } catch {
      throw new InvalidArgumentError(`${word} is no regular expression`);
    }
  }
  const bare = word.replace(/^\?/, '');
  if (bare.startsWith('%')) {
    const pattern = CLASSES[bare.slice(1)];
    if (pattern !== undefined) return (name) => pattern.test(name);
    throw new InvalidArgumentError(
      `there is no class ${bare}; classes are ${Object.keys(CLASSES)
        .map((c) => `%${c}`)
        .join(', ')}`,
    );
  }
  if (!known.has(bare) && !word.startsWith('?')) throw new InvalidArgumentError(`there is no system call ${bare}`);
  return (name) => name === bare;
}

/** Throws InvalidArgumentError naming the word that nobody knows. */
export function parseSyscallSet(text: string): SyscallSet {
  const negated = text.startsWith('!');
  const words = (negated ? text.slice(1) : text).replace(/^trace=/, '').split(',');
  const known = new Set(compatibility().map(({ name }) => name));
  const members = words.map((word) => member(word, known));
  return (name) => members.some((has) => has(name)) !== negated;
}
