/** Signals. */
export { signalCalls } from './calls.ts';
