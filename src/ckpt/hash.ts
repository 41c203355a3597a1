/** The state hash: SHA-256 of everything that a guest can see or come to see, however the machine came to be in that state. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { Kernel } from '../kernel/kernel.ts';
import { walk } from '../kernel/kobject/graph.ts';
import { machineFacts } from './inventory.ts';
import { encodeRows } from './objects.ts';
import { scanPages } from './pages.ts';
import { pack } from './wire.ts';

const DOMAIN = 'cr86 state 1';

/**
 * 64 hex digits over the processor model, the board's facts, the canonical object rows, every owner's pages in index order with what is
 * shared by whom, and the frames' contents (zero and base-layer frames by their presence). Guest frame numbers, TLBs and
 * caches do not enter. The machine must be stopped.
 */
export function stateHash(kernel: Kernel): string {
  const graph = walk(kernel.container);
  const scan = scanPages(kernel, graph);
  const { ramMib, icount, tscPerInstruction, tscOffset } = machineFacts(kernel);
  const hash = sha256.create();
  hash.update(pack([DOMAIN, kernel.cpu.model.name, ramMib, icount, tscPerInstruction, tscOffset]));
  hash.update(pack(encodeRows(graph, (kind) => kind.kind)));
  hash.update(
    pack(scan.owners.map(({ object, runs }) => [object, runs.map((r) => [r.index, r.count, r.frame, r.flags])])),
  );
  hash.update(pack([...scan.kinds]));
  hash.update(pack(Array.from(scan.bases, ([number, { owner, index }]) => [number, owner, index])));
  for (const [number, frame] of scan.frames.entries()) {
    if (scan.kinds[number] === 'data') hash.update(kernel.frames.bytes(frame));
  }
  return bytesToHex(hash.digest());
}
