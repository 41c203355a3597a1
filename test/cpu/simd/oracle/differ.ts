/** How two replies to a request differ, in words. */
import { REPLY, REQUEST } from './record.ts';

const FIELDS: readonly (readonly [name: string, at: number, size: number])[] = [
  ['trap', REPLY.trap, 4],
  ['mxcsr', REPLY.mxcsr, 4],
  ['xmm0', REPLY.xmm, 16],
  ['memory', REPLY.memory, 16],
  ['mm0', REPLY.mmx, 8],
  ['eax', REPLY.eax, 4],
  ['eflags', REPLY.eflags, 2],
  ['x87 status', REPLY.status, 2],
  ['x87 tags', REPLY.tags, 4],
];

/** A little-endian number of any length, in hexadecimal. */
const hex = (bytes: Buffer, at: number, size: number): string =>
  Buffer.from(bytes.subarray(at, at + size))
    .reverse()
    .toString('hex');

/** '' when they agree. */
export function difference(request: Buffer, theirs: Buffer, ours: Buffer): string {
  if (theirs.equals(ours)) return '';
  const differing = FIELDS.filter(([, at, size]) => hex(theirs, at, size) !== hex(ours, at, size));
  const parts = differing.map(([name, at, size]) => `${name} ${hex(theirs, at, size)}, ours ${hex(ours, at, size)}`);
  const start = [
    `code ${request.toString('hex', 0, 8)}`,
    `mxcsr ${hex(request, REQUEST.mxcsr, 4)}`,
    `xmm0 ${hex(request, REQUEST.xmm, 16)}`,
    `xmm1 ${hex(request, REQUEST.xmm + 16, 16)}`,
  ];
  return `${start.join(' ')}: ${parts.join('; ')}`;
}
