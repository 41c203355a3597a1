/** Open files and descriptors: object kinds and system calls. */
import type { KindClass } from '../kobject/kobject.ts';
import type { Syscall } from '../syscall/define.ts';
import { DeviceFile } from './devices.ts';
import { epollCalls } from './epoll-calls.ts';
import { EventFd, eventfdCalls } from './eventfd.ts';
import { EventPoll } from './eventpoll.ts';
import { descriptorCalls } from './fd-calls.ts';
import { AnonFile, File, PathFile } from './file.ts';
import { Inotify } from './inotify.ts';
import { inotifyCalls } from './inotify-calls.ts';
import { ioCalls } from './io-calls.ts';
import { lockCalls } from './lock-calls.ts';
import { memfdCalls } from './memfd.ts';
import { missingCalls } from './missing.ts';
import { PidFd, pidfdCalls } from './pidfd.ts';
import { Pipe, PipeFile } from './pipe.ts';
import { pollCalls } from './poll-calls.ts';
import { RegularFile } from './regular-file.ts';
import { SignalFd, signalfdCalls } from './signalfd.ts';
import { spliceCalls } from './splice.ts';
import { FdTable } from './table.ts';
import { TimerFd, timerfdCalls } from './timerfd.ts';

export const fdKinds: readonly KindClass[] = [
  File,
  AnonFile,
  PathFile,
  RegularFile,
  DeviceFile,
  Pipe,
  PipeFile,
  EventFd,
  EventPoll,
  TimerFd,
  SignalFd,
  Inotify,
  PidFd,
  FdTable,
];

export const fdCalls: readonly Syscall[] = [
  ...ioCalls,
  ...descriptorCalls,
  ...lockCalls,
  ...pollCalls,
  ...eventfdCalls,
  ...epollCalls,
  ...timerfdCalls,
  ...signalfdCalls,
  ...inotifyCalls,
  ...memfdCalls,
  ...spliceCalls,
  ...pidfdCalls,
  ...missingCalls,
];
