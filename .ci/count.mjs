// Names the skipped tests and prints "N passed, N failed, N skipped" on the last line; exits 1 unless all is well.
import { readFileSync } from 'node:fs';

const [, , file, earlier] = process.argv;
const read = () => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null; // the test runner did not get as far as its report
  }
};
const report = read();
const tests = (report?.testResults ?? []).flatMap((suite) => suite.assertionResults);
const count = (...states) => tests.filter((test) => states.includes(test.status)).length;
const passed = count('passed');
// A test file that could not even be loaded has no tests in it, but it has failed.
const broken = (report?.testResults ?? []).filter(
  (suite) => suite.status === 'failed' && suite.assertionResults.length === 0,
);
const failed = count('failed') + broken.length;
const skipped = tests.length - passed - count('failed');

for (const suite of broken) console.log(`failed to load: ${suite.name}`);
for (const test of tests) {
  if (test.status === 'failed') console.log(`failed: ${test.fullName}`);
  if (test.status !== 'passed' && test.status !== 'failed') console.log(`skipped: ${test.fullName}`);
}
const strict = process.env.CI === 'true' && skipped > 0;
if (strict) console.log('a skipped test fails the run when CI=true');
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = earlier === '0' && report?.success === true && passed > 0 && failed === 0 && !strict ? 0 : 1;
