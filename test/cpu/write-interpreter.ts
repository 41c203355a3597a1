/** Writes src/cpu/interpreter.ts from the hot operations: `npx tsx test/cpu/write-interpreter.ts`, then biome. */
import { writeFileSync } from 'node:fs';
import { interpreterSource } from '../../src/cpu/hot/emit.ts';

writeFileSync(new URL('../../src/cpu/interpreter.ts', import.meta.url), interpreterSource());
