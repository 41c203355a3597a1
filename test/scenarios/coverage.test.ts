import { expect, it } from 'vitest';
import { need } from '../native/need.ts';
import { exercisedCalls, lockedNames, unexercised } from './coverage.ts';

const MINUTES = 600_000;

it('no more system calls than recorded lack a scenario', { timeout: MINUTES }, (context) => {
  const missing = unexercised(need(context, exercisedCalls()));
  const locked = lockedNames();
  expect(
    missing.filter((name) => !locked.includes(name)),
    'new rows need a scenario that makes the call',
  ).toEqual([]);
  expect(
    locked.filter((name) => !missing.includes(name)),
    'made now: npm run coverage -- --write',
  ).toEqual([]);
});
