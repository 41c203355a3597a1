/** What a task's saved registers may say: an image must not bring in what no system call and no user code could have put there. */
import { assert } from '../kobject/errors.ts';

/** CF PF AF ZF SF TF IF DF OF NT RF AC ID and the bit that is always 1; no IOPL, VM, VIF or VIP. SDM vol. 1, 3.4.3. */
const EFLAGS_USER = 0x0025_4fd7;
const EFLAGS_ALWAYS = 0x202;
const RPL = 3;
const SELECTOR_MAX = 0xffff;

// high word of a descriptor, SDM vol. 3A, 3.4.5
const DESC_CODE = 1 << 11;
const DESC_S = 1 << 12;
const DESC_DPL = 3 << 13;
const DESC_PRESENT = 1 << 15;
const DESC_L = 1 << 21;
const DESC_DB = 1 << 22;

interface UserState {
  readonly regs: {
    readonly eflags: number;
    readonly cs: number;
    readonly ss: number;
    readonly ds: number;
    readonly es: number;
    readonly fs: number;
    readonly gs: number;
  };
  readonly tls: readonly number[];
}

/**
 * Asserts that flags, selectors and TLS descriptors are a user program's. EIP may be anything: a wild jump faults at the
 * next instruction, and a checkpoint may come before that.
 */
export function checkUserState({ regs, tls }: UserState, where: string): void {
  assert((regs.eflags & ~EFLAGS_USER) === 0, `${where}: privileged bits in eflags`);
  assert((regs.eflags & EFLAGS_ALWAYS) === EFLAGS_ALWAYS, `${where}: interrupts are off in eflags`);
  for (const name of ['cs', 'ss', 'ds', 'es', 'fs', 'gs'] as const) {
    assert(regs[name] <= SELECTOR_MAX, `${where}: ${name} is no selector`);
  }
  // One that cannot be loaded is the task's SIGILL when it goes on, as on a real processor; a null one could never have been there.
  for (const name of ['cs', 'ss'] as const) {
    assert(regs[name] > RPL && (regs[name] & RPL) === RPL, `${where}: ${name} is null or not of ring 3`);
  }
  for (let i = 0; i < tls.length; i += 2) checkTlsDescriptor(tls[i]!, tls[i + 1]!, `${where}: TLS descriptor ${i / 2}`);
}

/** Linux fill_ldt: all zeros, or a present 32-bit data segment of ring 3. */
function checkTlsDescriptor(lo: number, hi: number, where: string): void {
  if (lo === 0 && hi === 0) return;
  assert((hi & DESC_S) !== 0 && (hi & DESC_CODE) === 0, `${where} is no data segment`);
  assert((hi & DESC_DPL) === DESC_DPL, `${where} is not of ring 3`);
  assert(
    (hi & DESC_PRESENT) !== 0 && (hi & DESC_DB) !== 0 && (hi & DESC_L) === 0,
    `${where} is no present 32-bit segment`,
  );
}
