/** After all tests: the test machine, if one was started, ends. */
export { stopMachine as teardown } from './machine.ts';
