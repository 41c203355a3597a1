/** Tasks: threads, processes and what they share. */
import { Container } from '../container.ts';
import type { KindClass } from '../kobject/kobject.ts';
import { seccompCalls } from '../seccomp/calls.ts';
import { SeccompFilter } from '../seccomp/filter.ts';
import { Sighand } from '../signal/sighand.ts';
import type { Syscall } from '../syscall/define.ts';
import { capabilityCalls } from './capability.ts';
import { cloneCalls } from './clone-calls.ts';
import { Cred } from './cred.ts';
import { credCalls } from './cred-calls.ts';
import { execCalls } from './exec.ts';
import { exitCalls } from './exit-calls.ts';
import { futexCalls } from './futex-calls.ts';
import { infoCalls } from './info.ts';
import { ldtCalls } from './ldt.ts';
import { limitCalls } from './limits.ts';
import { Nsproxy, UtsNs } from './nsproxy.ts';
import { Pid, PidNs } from './pid.ts';
import { prctlCalls } from './prctl.ts';
import { priorityCalls } from './priority.ts';
import { usageCalls } from './rusage.ts';
import { sessionCalls } from './session.ts';
import { Signal } from './signal.ts';
import { Task } from './task.ts';
import { tlsCalls } from './tls.ts';
import { utsCalls } from './uts.ts';
import { Waitable } from './wait.ts';
import { waitCalls } from './wait4.ts';

export const taskKinds: readonly KindClass[] = [
  Container,
  Task,
  Signal,
  Sighand,
  Cred,
  Nsproxy,
  UtsNs,
  PidNs,
  Pid,
  Waitable,
  SeccompFilter,
];

export const taskCalls: readonly Syscall[] = [
  ...cloneCalls,
  ...execCalls,
  ...exitCalls,
  ...waitCalls,
  ...sessionCalls,
  ...credCalls,
  ...capabilityCalls,
  ...limitCalls,
  ...usageCalls,
  ...priorityCalls,
  ...prctlCalls,
  ...tlsCalls,
  ...ldtCalls,
  ...futexCalls,
  ...utsCalls,
  ...seccompCalls,
  ...infoCalls,
];
