/** Which system calls the scenarios make: every guest, case, oracle program (but the longest) and busybox command line once, uninterrupted. */
import { readFileSync } from 'node:fs';
import { HostDirectory } from '../../src/api/node.ts';
import { compatibility } from '../../src/kernel/syscall/table.ts';
import { TOPICS, topicGuest } from '../cases/cases.ts';
import { PROGRAMS, programGuest } from '../kernel/fs/programs.ts';
import { GUESTS, KERNEL_GUESTS } from '../kernel/machine.ts';
import { busyboxCases } from '../native/busybox-cases.ts';
import { fetchBusybox } from '../native/debian.ts';
import { busyboxRoot } from '../native/fixture.ts';
import { guestRows } from '../native/guests.ts';
import { TEST_ENV } from '../native/native.ts';
import { isMissing, type Missing } from '../native/need.ts';
import { BUSYBOX_SCRIPTS } from './busybox-scripts.ts';
import { type Guest, Session } from './session.ts';

export const LOCK = new URL('./unexercised.lock.json', import.meta.url);

/** Names of supported calls that no scenario makes, as recorded; the list may only shrink. */
export function lockedNames(): string[] {
  return JSON.parse(readFileSync(LOCK, 'utf8'));
}

/** Every run that counts, or what this host lacks for it. Guests with a `-small` form are left to that form. */
function runs(): Guest[] | Missing {
  const rows = guestRows();
  const names = new Set(rows.map(({ name }) => name));
  const own = rows.filter(({ name }) => !names.has(`${name}-small`));
  const busybox = fetchBusybox();
  if (isMissing(busybox)) return busybox;
  const root = new HostDirectory(busyboxRoot(busybox));
  const kernel = new HostDirectory(GUESTS);
  const programs: Guest[] = [];
  for (const name of PROGRAMS.filter((each) => each !== 'names')) {
    const program = programGuest(name);
    if (isMissing(program)) return program;
    programs.push(program);
  }
  for (const topic of TOPICS) {
    const cases = topicGuest(topic);
    if (isMissing(cases)) return cases;
    programs.push(cases);
  }
  return [
    ...KERNEL_GUESTS.map(({ name, options }) => ({ root: kernel, argv: [`/bin/${name}`], env: TEST_ENV, ...options })),
    ...programs,
    ...own.map(({ args, env, stdin }) => ({ argv: args, env, stdin })),
    ...BUSYBOX_SCRIPTS.map(({ text }) => ({ root, argv: ['/bin/busybox', 'sh', '-c', text] })),
    ...busyboxCases.map(({ argv, stdin }) => ({ root, argv, stdin })),
  ];
}

/** How often each call is made, by name. */
export function exercisedCalls(): Map<string, number> | Missing {
  const guests = runs();
  if (isMissing(guests)) return guests;
  const counts = new Map<string, number>();
  for (const guest of guests) {
    const session = Session.boot(guest);
    session.machine.events.on('syscall', ({ name }) => counts.set(name, (counts.get(name) ?? 0) + 1));
    session.finish();
  }
  return counts;
}

/** Supported calls that are not among `exercised`, by name. */
export function unexercised(exercised: ReadonlyMap<string, number>): string[] {
  return compatibility()
    .filter(({ supported, name }) => supported && !exercised.has(name))
    .map(({ name }) => name)
    .sort();
}
