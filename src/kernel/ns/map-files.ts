/** /proc/PID/uid_map, gid_map and setgroups. user_namespaces(7), Linux kernel/user_namespace.c. */
import { EACCES, EINVAL, EPERM } from '../errno.ts';
import type { Result } from '../syscall/define.ts';
import { CAP, type Cred } from '../task/cred.ts';
import type { Task } from '../task/task.ts';
import { type IdRange, MAX_RANGES, mapDown, NO_ID, overlaps } from './id-map.ts';
import type { UserNs } from './user-ns.ts';

type Which = 'uid' | 'gid';
const PAGE_SIZE = 4096;
const U32 = 2 ** 32;

function mapOf(ns: UserNs, which: Which): IdRange[] {
  return which === 'uid' ? ns.uidMap : ns.gidMap;
}

/** As read by somebody who opened the file with credentials of `reader`. */
export function showMap(ns: UserNs, which: Which, reader: UserNs): string {
  const outside = reader === ns && ns.owner !== null ? ns.owner : reader;
  const lower = (id: number): number => (which === 'uid' ? outside.uidOf(id) : outside.gidOf(id));
  const column = (n: number): string => String(n).padStart(10);
  const rows = mapOf(ns, which).map((range) => [range.first, lower(range.lower), range.count].map(column).join(' '));
  return rows.map((row) => `${row}\n`).join('');
}

/** Writes a whole map, which is done once. */
export function writeMap(t: Task, opener: Cred, ns: UserNs, which: Which, text: string, pos: number): Result {
  if (pos !== 0 || text.length >= PAGE_SIZE) return -EINVAL;
  if (ns.owner === null || (opener.userNs !== ns && opener.userNs !== ns.owner)) return -EPERM;
  const map = mapOf(ns, which);
  if (map.length > 0 || !opener.nsCapable(ns, CAP.SYS_ADMIN)) return -EPERM;
  const ranges = parseMap(text);
  if (typeof ranges === 'number') return ranges;
  if (!permitted(t, opener, ns, which, ranges)) return -EPERM;
  const parent = mapOf(ns.owner, which);
  const mapped = ranges.map((range) => ({ ...range, lower: mapDown(parent, range.lower, range.count) }));
  if (mapped.some(({ lower }) => lower === NO_ID)) return -EPERM;
  map.push(...mapped);
  return text.length;
}

function parseMap(text: string): IdRange[] | Result {
  const end = text.indexOf('\0');
  const lines = (end < 0 ? text : text.slice(0, end)).split('\n');
  if (lines.at(-1) === '' && lines.length > 1) lines.pop();
  const ranges: IdRange[] = [];
  for (const [i, line] of lines.entries()) {
    const fields = /^\s*(\d+)\s+(\d+)\s+(\d+)\s*$/.exec(line);
    if (fields === null) return -EINVAL;
    const [first, lower, count] = fields.slice(1).map((digits) => Number(BigInt(digits) % BigInt(U32))) as [
      number,
      number,
      number,
    ];
    const wraps = first + count >= U32 || lower + count >= U32;
    const range = { first, lower, count };
    if (first === NO_ID || lower === NO_ID || count === 0 || wraps) return -EINVAL;
    if (ranges.some((other) => overlaps(other, range))) return -EINVAL;
    if (ranges.length + 1 === MAX_RANGES && i < lines.length - 1) return -EINVAL;
    ranges.push(range);
  }
  return ranges.length === 0 ? -EINVAL : ranges;
}

/** Whether those ids may be mapped (Linux new_idmap_permitted). */
function permitted(t: Task, opener: Cred, ns: UserNs, which: Which, ranges: readonly IdRange[]): boolean {
  const parent = ns.owner!;
  if (which === 'uid' && ranges.some(({ lower }) => lower === 0) && !mayMapRoot(opener, ns)) return false;
  const [only] = ranges;
  if (ranges.length === 1 && only!.count === 1 && ns.uid === opener.euid) {
    if (which === 'uid' && parent.kuid(only!.lower) === opener.euid) return true;
    if (which === 'gid' && !ns.setgroups && parent.kgid(only!.lower) === opener.egid) return true;
  }
  const cap = which === 'uid' ? CAP.SETUID : CAP.SETGID;
  return t.cred.nsCapable(parent, cap) && opener.nsCapable(parent, cap);
}

/** User 0 of the parent could write its files' capabilities: only who could before may map it. */
function mayMapRoot(opener: Cred, ns: UserNs): boolean {
  return opener.userNs === ns ? ns.parentSetfcap : opener.nsCapable(ns.owner!, CAP.SETFCAP);
}

/** open(2) of setgroups for writing. */
export function mayOpenSetgroups(t: Task, ns: UserNs): Result {
  return t.cred.nsCapable(ns, CAP.SYS_ADMIN) ? 0 : -EACCES;
}

export function writeSetgroups(ns: UserNs, text: string, pos: number): Result {
  if (pos !== 0 || text.length >= 8) return -EINVAL;
  const word = /^(allow|deny)\s*(?:\0.*)?$/s.exec(text)?.[1];
  if (word === undefined) return -EINVAL;
  if (word === 'allow') return ns.setgroups ? text.length : -EPERM;
  if (ns.gidMap.length > 0) return -EPERM;
  ns.setgroups = false;
  return text.length;
}
