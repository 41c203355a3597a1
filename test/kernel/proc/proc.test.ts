/** What programs find in /proc, and that nothing of it outlives what it tells of. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Machine } from '../../../src/api/node.ts';
import { ProcInode } from '../../../src/kernel/proc/inode.ts';
import { Session } from '../../scenarios/session.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../../images/root');

function shell(script: string): string {
  const { stdout, stderr, code } = Session.boot({ root, argv: ['/bin/sh', '-c', script] }).finish();
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  return stdout;
}

describe('/proc', () => {
  it('tells a program its own name, arguments, descriptors and place', () => {
    expect(shell('cat /proc/self/comm')).toBe('cat\n');
    expect(shell('cat /proc/self/cmdline /proc/1/comm')).toBe('cat\0/proc/self/cmdline\0/proc/1/comm\0sh\n');
    expect(shell('cat /proc/self/fd/0 /dev/stdin </etc/hostname')).toBe(shell('cat /etc/hostname /etc/hostname'));
    expect(shell('cd /etc; cat /proc/self/cwd/hostname')).toBe(shell('cat /etc/hostname'));
    expect(shell('cat /proc/self/stat').split(' ').slice(1, 4)).toEqual(['(cat)', 'R', '1']);
    expect(shell('cat /proc/self/status')).toMatch(/^Name:\tcat\n.*\nState:\tR \(running\)\n/);
  });

  it('shows the areas of an address space with the files behind them', () => {
    const lines = shell('cat /proc/self/maps').trimEnd().split('\n');
    expect(lines[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{8} r[-w]xp 00000000 00:01 \d+ +\/bin\/cat$/);
    expect(lines.some((line) => line.endsWith('[stack]'))).toBe(true);
    const starts = lines.map((line) => line.split('-')[0]);
    expect(starts).toEqual([...starts].sort());
  });

  it('lists every process, and forgets those that ended', () => {
    const machine = Machine.boot({
      root,
      argv: ['/bin/sh', '-c', 'cat /proc/self/stat /proc/1/stat; ls /proc; ls /proc'],
    });
    let text = '';
    machine.events.on('output', (_stream, bytes) => {
      text += Buffer.from(bytes).toString('latin1');
    });
    machine.runToEnd();
    machine.audit();
    expect(text.split('\n').filter((line) => /^\d+$/.test(line)).length).toBe(4);
    const kept = machine.find('procinode').map(({ object }) => (object instanceof ProcInode ? object.tgid : -1));
    // The last listing looked nothing up, so at most what the look-up before it found is still there.
    expect(new Set(kept.filter((tgid) => tgid > 1)).size).toBeLessThanOrEqual(1);
  });

  it('refuses what cannot be opened, read or written, with the errors of Linux', () => {
    const { stderr } = Session.boot({
      root,
      argv: ['/bin/sh', '-c', 'cat /proc/4711/stat; cat /proc/self/fd/99; echo x > /proc/uptime'],
    }).finish();
    expect(stderr.match(/No such file or directory/g)?.length).toBe(2);
    expect(stderr.split('\n').length).toBe(4);
  });

  it('holds the kernel facts that programs ask for', () => {
    expect(shell('cat /proc/sys/kernel/ngroups_max /proc/sys/kernel/pid_max')).toBe('65536\n32768\n');
    expect(shell('cat /proc/uptime')).toMatch(/^\d+\.\d\d \d+\.\d\d\n$/);
    expect(shell('cat /proc/meminfo')).toMatch(/^MemTotal: +131072 kB\nMemFree: +\d+ kB\n/);
    expect(shell('cat /proc/filesystems')).toContain('nodev\tproc\n');
    expect(shell('cat /proc/mounts').split('\n')[0]).toBe('overlay / overlay rw,noatime 0 0');
  });
});
