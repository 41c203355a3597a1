/** The network of a machine that starts: its namespace, and the loopback device in it. */
import { addRoot, mountOf, newSuperBlock } from '../fs/boot.ts';
import { S_IFDIR } from '../fs/flags.ts';
import { makeInode } from '../fs/make.ts';
import type { Kernel } from '../kernel.ts';
import type { UserNs } from '../ns/user-ns.ts';
import { IFF_UP, NetNs } from './netns.ts';

/** f_type of statfs(2) for sockets. */
const SOCKFS_MAGIC = 0x534f_434b;

/** The first network namespace (refs 0). Its loopback device is up, as container runtimes leave it. */
export function bootNetwork(k: Kernel, head: { readonly ino: number; readonly owner: UserNs }): NetNs {
  const sb = newSuperBlock(k, head.owner, 'sockfs', SOCKFS_MAGIC);
  addRoot(sb, makeInode(sb, S_IFDIR | 0o555, { uid: 0, gid: 0 }));
  const net = NetNs.create(k, head, mountOf(k, sb, 'sockfs', 0));
  net.setFlags(IFF_UP);
  return net;
}
