/** One handler for each kind of form; the interpreter calls them by number. */
import type { Form } from '../forms.ts';
import { mmxHandlers } from '../mmx/handlers.ts';
import type { Handler } from '../operands.ts';
import { simdHandlers } from '../simd/handlers.ts';
import { arithmeticHandlers } from './arithmetic.ts';
import { bitHandlers } from './bits.ts';
import { controlHandlers } from './control.ts';
import { movementHandlers } from './movement.ts';
import { stringHandlers } from './strings.ts';
import { systemHandlers } from './system.ts';
import { x87Handler } from './x87.ts';

const makers: Readonly<Record<string, (form: Form) => Handler>> = {
  ...arithmeticHandlers,
  ...bitHandlers,
  ...movementHandlers,
  ...stringHandlers,
  ...controlHandlers,
  ...systemHandlers,
  ...mmxHandlers,
  ...simdHandlers,
};

/** Operations that never let control fall through to the next instruction: they end a block. */
const TERMINAL = new Set([
  'jmp',
  'jmpIndirect',
  'jmpFar',
  'call',
  'callIndirect',
  'callFar',
  'ret',
  'retFar',
  'iret',
  'int',
  'int3',
  'int1',
  'ud',
  'privileged',
]);

export const isTerminal = (form: Form): boolean => TERMINAL.has(form.row.op);
export const isSimd = (form: Form): boolean => form.row.op in mmxHandlers || form.row.op in simdHandlers;
export const isX87 = (form: Form): boolean => makers[form.row.op] === undefined;

/** Handlers by number. Number 0 is the processor's own: it guards instructions that cross pages (translate.ts). */
export class HandlerTable {
  readonly list: Handler[];
  private readonly numbers = new Map<string, number>();
  private readonly known = new Map<Form, number>();

  constructor(guard: Handler) {
    this.list = [guard];
  }

  /** The number of a form's handler. */
  numberOf(form: Form): number {
    const seen = this.known.get(form);
    if (seen !== undefined) return seen;
    const maker = makers[form.row.op];
    const key = maker === undefined ? 'x87' : [form.row.op, form.row.name, form.row.operands].join(' ');
    let number = this.numbers.get(key);
    if (number === undefined) {
      number = this.list.length;
      this.list.push(maker === undefined ? x87Handler : maker(form));
      this.numbers.set(key, number);
    }
    this.known.set(form, number);
    return number;
  }
}
