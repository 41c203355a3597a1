/** The FPU against what a processor made of 200 cases of every form. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { isTranscendental, subjects } from './oracle/cases.ts';
import { difference } from './oracle/differ.ts';
import { REPLY_SIZE, REQUEST_SIZE } from './oracle/record.ts';
import { Replay } from './oracle/replay.ts';
import { readVectors } from './oracle/vectors.ts';

const vectors = readVectors();
const replay = new Replay();
/** SHA-256 of our own replies to the transcendental cases: the same on every host. */
const TRANSCENDENTAL_DIGEST = 'a01c35171383ac00abef93c6004f4f8a18cd51ac2230735b86499206dbad38fd';

/** The differences of one form's cases, those within a unit of the last place apart. */
function campaign(name: string, first: number, cases: number): { wrong: string[]; close: number } {
  const it = subjects.find((subject) => subject.name === name);
  if (it === undefined) throw new Error(`the vectors know ${name}, the forms do not`);
  const ours = Buffer.alloc(REPLY_SIZE);
  const wrong: string[] = [];
  let close = 0;
  for (let i = first; i < first + cases; i++) {
    const request = vectors.requests.subarray(i * REQUEST_SIZE, (i + 1) * REQUEST_SIZE);
    replay.run(request, ours);
    const found = difference(it, vectors.replies.subarray(i * REPLY_SIZE, (i + 1) * REPLY_SIZE), ours);
    if (found === '1 ulp') close++;
    else if (found !== '') wrong.push(`case ${i}: ${found}`);
  }
  return { wrong, close };
}

describe(`as ${vectors.processor}`, () => {
  let first = 0;
  for (const { name, cases } of vectors.forms) {
    const start = first;
    first += cases;
    test(name, () => {
      const { wrong, close } = campaign(name, start, cases);
      expect(wrong).toEqual([]);
      expect(close).toBeLessThan(cases / 8);
    });
  }

  test('transcendental results are the same on every host', () => {
    const digest = createHash('sha256');
    const ours = Buffer.alloc(REPLY_SIZE);
    let at = 0;
    for (const { name, cases } of vectors.forms) {
      const end = at + cases * REQUEST_SIZE;
      const counts = isTranscendental(subjects.find((subject) => subject.name === name)!.form);
      for (; at < end; at += REQUEST_SIZE) {
        if (!counts) continue;
        replay.run(vectors.requests.subarray(at, at + REQUEST_SIZE), ours);
        digest.update(ours);
      }
    }
    expect(digest.digest('hex')).toBe(TRANSCENDENTAL_DIGEST);
  });

  test('every form has vectors', () => {
    const known = new Set(vectors.forms.map(({ name }) => name));
    expect(subjects.filter(({ name }) => !known.has(name)).map(({ name }) => name)).toEqual([]);
  });
});
