/** SSE against what a processor made of 240 cases of every row: values, flags, rounding modes, exceptions. */
import { describe, expect, test } from 'vitest';
import { nameOf } from './oracle/cases.ts';
import { difference } from './oracle/differ.ts';
import { REPLY_SIZE, REQUEST_SIZE } from './oracle/record.ts';
import { Replay } from './oracle/replay.ts';
import { CASES, readVectors, recorded } from './oracle/vectors.ts';

const vectors = readVectors();
const replay = new Replay();

describe(`as ${vectors.processor}`, () => {
  for (const [n, row] of vectors.rows.entries()) {
    test(row, () => {
      const ours = Buffer.alloc(REPLY_SIZE);
      const wrong: string[] = [];
      for (let i = n * CASES; i < (n + 1) * CASES; i++) {
        const request = vectors.requests.subarray(i * REQUEST_SIZE, (i + 1) * REQUEST_SIZE);
        replay.run(request, ours);
        const found = difference(request, vectors.replies.subarray(i * REPLY_SIZE, (i + 1) * REPLY_SIZE), ours);
        if (found !== '') wrong.push(found);
      }
      expect(wrong).toEqual([]);
    });
  }

  test('every row has vectors', () => {
    expect(vectors.rows).toEqual(recorded.map(nameOf));
  });
});
