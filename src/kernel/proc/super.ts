/** An instance of /proc: the processes that it shows are those of one pid namespace. */
import { SuperBlock } from '../fs/superblock.ts';
import { ref } from '../kobject/fields.ts';
import { derived } from '../kobject/kobject.ts';
import type { PidNs } from '../task/pid.ts';

export class ProcSuper extends derived(SuperBlock, 'procsuper', 1, {
  pidNs: ref<PidNs>('pidns', 'whose processes and numbers it shows'),
}) {}
