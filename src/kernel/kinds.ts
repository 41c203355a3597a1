/** Every kind of object that an image may hold: the lists of the folders, in one registry. */
import { fdKinds } from './fd/index.ts';
import { fsKinds } from './fs/index.ts';
import { ipcKinds } from './ipc/index.ts';
import { KindRegistry } from './kobject/registry.ts';
import { mmKinds } from './mm/index.ts';
import { netKinds } from './net/index.ts';
import { nsKinds } from './ns/index.ts';
import { procKinds } from './proc/index.ts';
import { ptraceKinds } from './ptrace/index.ts';
import { taskKinds } from './task/index.ts';
import { ttyKinds } from './tty/index.ts';

export const kinds = new KindRegistry([
  ...taskKinds,
  ...mmKinds,
  ...fsKinds,
  ...fdKinds,
  ...ipcKinds,
  ...netKinds,
  ...procKinds,
  ...nsKinds,
  ...ptraceKinds,
  ...ttyKinds,
]);
