/** Time: clocks, sleeps, timers. */
import type { Syscall } from '../syscall/define.ts';
import { clockCalls } from './clocks.ts';
import { itimerCalls } from './itimer.ts';
import { posixTimerCalls } from './posix-timer.ts';
import { sleepCalls } from './sleep.ts';

export const timeCalls: readonly Syscall[] = [...clockCalls, ...sleepCalls, ...itimerCalls, ...posixTimerCalls];
