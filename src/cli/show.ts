/** `cr86 inspect`, `cr86 decode` and `cr86 check`: looking at images and at this host without running a guest's program further. */

import { Machine, MemoryImage } from '../api/node.ts';
import { DirectorySource } from '../api/node-image-dir.ts';
import { decode, inspect, inspectTree } from '../ckpt/inspect.ts';
import { CliError } from './errors.ts';
import { writeAll } from './write.ts';

function print(text: string): void {
  writeAll(1, new TextEncoder().encode(text.endsWith('\n') ? text : `${text}\n`));
}
