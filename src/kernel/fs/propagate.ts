/** Propagation of mounts between peers and to slaves. Linux fs/pnode.c, mount_namespaces(7). */
import type { Kernel } from '../kernel.ts';
import { put } from '../kobject/kobject.ts';
import type { Dentry } from './dentry.ts';
import { leaveGroups, type MntNs, type Mount } from './mount.ts';
import { copyTree, lockMounts } from './mount-copy.ts';
import { treeOf } from './mount-tree.ts';

interface Member {
  readonly ns: MntNs;
  readonly mount: Mount;
}

function members(k: Kernel, wanted: (mount: Mount) => boolean): Member[] {
  return k.container.mountNamespaces.flatMap((ns) => ns.mounts.filter(wanted).map((mount) => ({ ns, mount })));
}

export function newGroup(k: Kernel): number {
  return k.container.nextPeerGroup++;
}

/** Who gets what is mounted on `mount`, but itself: its peers, their slaves, those slaves' peers and slaves, masters first. */
function receivers(k: Kernel, mount: Mount): Member[] {
  if (!mount.shared) return [];
  const found = members(k, (other) => other.group === mount.group && other !== mount);
  const groups = [mount.group];
  const seen = new Set(groups);
  for (let group = groups.shift(); group !== undefined; group = groups.shift()) {
    const master = group;
    for (const slave of members(k, (other) => other.master === master)) {
      found.push(slave);
      if (slave.mount.shared && !seen.has(slave.mount.group)) {
        seen.add(slave.mount.group);
        groups.push(slave.mount.group);
      }
    }
  }
  return found;
}

/** Makes every mount of a tree a member of a group (Linux invent_group_ids and set_mnt_shared). */
export function makeShared(k: Kernel, mounts: readonly Mount[]): void {
  for (const mount of mounts) {
    if (!mount.shared) mount.group = newGroup(k);
    mount.unbindable = false;
  }
}

/** Mounts a tree at a place; what stood there comes to stand on it. */
export function commitTree(ns: MntNs, tree: readonly Mount[], parent: Mount, mountpoint: Dentry): void {
  const [top] = tree;
  const before = parent.at(mountpoint);
  top!.attach(parent, mountpoint);
  if (before !== null) before.attach(top!, top!.root);
  ns.mounts.push(...tree);
}

/**
 * Puts copies of a tree that is being mounted on `parent` wherever `parent` propagates to. The tree's mounts are shared by
 * now. Copies in one group are peers; in a slave's they are slaves of those of its master.
 */
export function propagateMount(k: Kernel, source: Mount, parent: Mount, mountpoint: Dentry): void {
  // By the group that a receiver is of: the mounts that its master's copies are in.
  const copied = new Map<number, Mount>([[parent.group, source]]);
  for (const { ns, mount } of receivers(k, parent)) {
    if (!mount.root.isAncestorOf(mountpoint)) continue;
    const peerOf = mount.shared ? copied.get(mount.group) : undefined;
    const master = peerOf === undefined ? copied.get(mount.master) : undefined;
    const from = peerOf ?? master ?? source;
    const copies = copyTree(k, { mount: from, dentry: from.root }, { unbindable: true, mntNsFiles: true });
    if (typeof copies === 'number') continue;
    if (peerOf === undefined) enslave(k, copies, treeOf(from), mount.shared);
    if (ns.owner !== k.container.current?.nsproxy.mnt.owner) lockMounts(copies);
    copies[0]!.locked = false;
    commitTree(ns, copies, mount, mountpoint);
    if (mount.shared && !copied.has(mount.group)) copied.set(mount.group, copies[0]!);
  }
}

function enslave(k: Kernel, copies: readonly Mount[], masters: readonly Mount[], shared: boolean): void {
  for (const [i, copy] of copies.entries()) {
    copy.master = masters[i]!.group;
    copy.group = shared ? newGroup(k) : 0;
  }
}

/** What would go with `mount` because its parent propagates: its copies at the same place of the receivers. */
function counterparts(k: Kernel, mount: Mount): Member[] {
  const { parent, mountpoint } = mount;
  if (parent === null || mountpoint === null) return [];
  return receivers(k, parent).flatMap(({ ns, mount: at }) => {
    const found = at.at(mountpoint);
    return found === null ? [] : [{ ns, mount: found }];
  });
}

/** Uses of a mount beside its namespace's and those of the mounts on it. */
function users(mount: Mount): number {
  return mount.refs - 1 - mount.children.length;
}

/** Whether somebody uses the mount or one of those that would go with it (Linux propagate_mount_busy). */
export function isBusy(k: Kernel, mount: Mount): boolean {
  if (users(mount) > 0 || mount.children.length > 0) return true;
  return counterparts(k, mount).some(({ mount: other }) => other.children.length === 0 && users(other) > 0);
}

/** A mount that covers all of the one below it, alone. */
function topper(mount: Mount): Mount | null {
  const [only] = mount.children;
  return mount.children.length === 1 && only!.mountpoint === mount.root ? only! : null;
}

/** Takes off a tree, and its counterparts that nothing else stands on (Linux umount_tree, propagate_umount). */
export function umountTree(k: Kernel, ns: MntNs, top: Mount): void {
  const tree = treeOf(top);
  const also = tree.flatMap((mount) => counterparts(k, mount));
  const going = new Set(tree);
  // Leaves first: what stands on a counterpart may itself be going.
  for (const { ns: other, mount } of also.reverse()) {
    if (going.has(mount) || mount.locked) continue;
    const cover = topper(mount);
    if (mount.children.some((child) => !going.has(child)) && cover === null) continue;
    if (cover !== null && !going.has(cover)) cover.attach(mount.parent!, mount.mountpoint!);
    going.add(mount);
    takeOff(k, other, mount);
  }
  for (const mount of tree.reverse()) takeOff(k, ns, mount);
}

function takeOff(k: Kernel, ns: MntNs, mount: Mount): void {
  mount.refs++;
  if (ns.has(mount)) ns.remove(mount);
  leaveGroups(k.container.mountNamespaces, mount);
  put(mount);
}

/** An entry is gone: mounts on it in other namespaces go with it (Linux detach_mounts). */
export function detachMounts(k: Kernel, dentry: Dentry): void {
  for (const ns of [...k.container.mountNamespaces]) {
    for (const mount of [...ns.mounts]) {
      if (mount.mountpoint === dentry && ns.has(mount))
        for (const each of treeOf(mount).reverse()) takeOff(k, ns, each);
    }
  }
}
