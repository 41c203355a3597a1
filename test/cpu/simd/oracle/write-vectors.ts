/** Records the vectors on the processor at hand: `npx tsx test/cpu/simd/oracle/write-vectors.ts`. Never in CI. */
import { Native, processorName } from './native.ts';
import { allRequests, writeVectors } from './vectors.ts';

const native = new Native();
const requests = allRequests();
const size = writeVectors(processorName(), requests, native.run(requests));
native.close();
console.log(`${size} bytes`);
