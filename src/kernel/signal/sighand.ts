/** Signal actions of a process, shared by its threads and by CLONE_SIGHAND children. Linux struct sighand_struct. */
import { assert } from '../kobject/errors.ts';
import { list, struct, u32, type Values } from '../kobject/fields.ts';
import { kobject } from '../kobject/kobject.ts';
import { SIGKILL, SIGSTOP } from './numbers.ts';
import { sigsetField } from './sigset.ts';

export const SIG_DFL = 0;
export const SIG_IGN = 1;
export const NSIG = 64;

const actionFields = {
  handler: u32('SIG_DFL, SIG_IGN or an address', { initial: 0, show: 'hex' }),
  flags: u32('SA_* bits', { initial: 0, show: 'hex' }),
  restorer: u32('sa_restorer', { initial: 0, show: 'hex' }),
  mask: sigsetField('signals blocked while the handler runs'),
};
export type SigAction = Values<typeof actionFields>;

export function defaultAction(): SigAction {
  return { handler: SIG_DFL, flags: 0, restorer: 0, mask: { lo: 0, hi: 0 } };
}

export class Sighand extends kobject('sighand', 1, {
  actions: list(struct(actionFields, 'an action'), 'of signals 1..64, in order'),
}) {
  /** All actions default. */
  static create(): Sighand {
    return new Sighand({ actions: Array.from({ length: NSIG }, defaultAction) });
  }

  /** A copy of its own, with refs 0. */
  copy(): Sighand {
    return new Sighand({ actions: this.actions.map((action) => ({ ...action, mask: { ...action.mask } })) });
  }

  /** Every handler becomes the default; ignored signals stay ignored. */
  resetHandlers(): void {
    for (const action of this.actions) {
      if (action.handler !== SIG_IGN) action.handler = SIG_DFL;
      action.flags = action.restorer = 0;
      action.mask = { lo: 0, hi: 0 };
    }
  }

  action(sig: number): SigAction {
    const action = this.actions[sig - 1];
    assert(action !== undefined, `no signal ${sig}`);
    return action;
  }

  override check(): void {
    assert(this.actions.length === NSIG, 'a process has 64 signal actions');
    for (const sig of [SIGKILL, SIGSTOP]) assert(this.action(sig).handler === SIG_DFL, 'SIGKILL or SIGSTOP is caught');
  }
}
