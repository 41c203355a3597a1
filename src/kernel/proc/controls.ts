/** Entries of /proc/PID that can be written: names, marks for the out-of-memory killer, what a core holds. proc_pid(5). */

import { EACCES, EINVAL, EPERM } from '../errno.ts';
import { CAP } from '../task/cred.ts';
import { COMM_LENGTH, type Task } from '../task/task.ts';
import type { Node, Query } from './nodes.ts';
import { writable } from './nodes.ts';

const OOM_MIN = -1000;
const OOM_MAX = 1000;
/** oom_adj, the older scale: -17 to 15. */
const OOM_DISABLE = -17;
const OOM_ADJUST_MAX = 15;
const UNSET = 0xffff_ffff;

/** A whole decimal or hexadecimal number, blanks around it allowed; null for what is none. */
export function numberIn(text: string): number | null {
  const trimmed = text.replace(/\0.*$/s, '').trim();
  return /^[+-]?(0x[\da-f]+|\d+)$/i.test(trimmed) ? signed(trimmed) : null;
}

function signed(text: string): number {
  const digits = text.replace(/^[+-]/, '');
  // A leading zero means octal, as for kstrtoint with base 0.
  const value = /^0\d/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  return text.startsWith('-') ? -value : value;
}

function setComm({ reader, task }: Query, text: string): number {
  if (reader.signal !== task.signal) return -EINVAL;
  task.comm = text.replace(/\0.*$/s, '').slice(0, COMM_LENGTH);
  return 0;
}

/** Raising the chance to be killed is everybody's right, lowering it below what it was is not. */
function setOomScore({ reader, task }: Query, score: number): number {
  if (score < task.signal.oomScoreAdj && !reader.cred.capable(CAP.SYS_RESOURCE)) return -EACCES;
  task.signal.oomScoreAdj = score;
  return 0;
}

function writeOomScore(query: Query, text: string): number {
  const score = numberIn(text);
  if (score === null || score < OOM_MIN || score > OOM_MAX) return -EINVAL;
  return setOomScore(query, score);
}

function oomAdjust({ signal }: Task): number {
  if (signal.oomScoreAdj === OOM_MAX) return OOM_ADJUST_MAX;
  return Math.trunc((signal.oomScoreAdj * -OOM_DISABLE) / OOM_MAX);
}

function writeOomAdjust(query: Query, text: string): number {
  const adjust = numberIn(text);
  if (adjust === null || adjust < OOM_DISABLE || adjust > OOM_ADJUST_MAX) return -EINVAL;
  const score = adjust === OOM_ADJUST_MAX ? OOM_MAX : Math.trunc((adjust * OOM_MAX) / -OOM_DISABLE);
  return setOomScore(query, score);
}

function writeCoredumpFilter({ task }: Query, text: string): number {
  const value = numberIn(text);
  if (value === null || value < 0 || value > 0xffff_ffff) return -EINVAL;
  task.signal.coredumpFilter = value & 0x1ff;
  return 0;
}

function writeTimerSlack({ reader, task }: Query, text: string): number {
  const value = numberIn(text);
  if (value === null || value < 0) return -EINVAL;
  if (reader !== task && !reader.cred.capable(CAP.SYS_NICE)) return -EPERM;
  task.timerSlack = value === 0 ? 50_000 : value;
  return 0;
}

export const controls: Readonly<Record<string, Node>> = {
  comm: writable(({ task }) => `${task.comm}\n`, setComm),
  coredump_filter: writable(
    ({ task }) => (task.mm === null ? '' : `${task.signal.coredumpFilter.toString(16).padStart(8, '0')}\n`),
    writeCoredumpFilter,
  ),
  oom_adj: writable(({ task }) => `${oomAdjust(task)}\n`, writeOomAdjust),
  oom_score_adj: writable(({ task }) => `${task.signal.oomScoreAdj}\n`, writeOomScore),
  // No login has set it.
  loginuid: writable(
    () => String(UNSET),
    () => -EPERM,
  ),
  timerslack_ns: writable(({ task }) => `${task.timerSlack}\n`, writeTimerSlack, 0o666),
};
