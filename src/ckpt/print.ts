/** Small printers that `inspect` and `decode` share. */
import type { Show } from '../kernel/kobject/field.ts';

/** A number as its field's hint has it. */
export function showNumber(value: number | bigint, show: Show): string {
  if (show === 'hex' || show === 'flags') return `0x${value.toString(16)}`;
  return show === 'octal' ? `0${value.toString(8)}` : String(value);
}

/** `1.5 KiB`, as checkpointctl prints sizes. */
export function showSize(size: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  let value = size;
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** A branch of a printed tree. */
export interface Branch {
  readonly label: string;
  readonly below: readonly Branch[];
}

export function branch(label: string, ...below: readonly Branch[]): Branch {
  return { label, below };
}

/** Lines with the usual twigs: `├── ` and `└── `. */
export function printTree({ label, below }: Branch): string[] {
  const lines = [printable(label)];
  for (const [i, child] of below.entries()) {
    const last = i === below.length - 1;
    const [first, ...rest] = printTree(child);
    lines.push(`${last ? '└── ' : '├── '}${first}`, ...rest.map((line) => `${last ? '    ' : '│   '}${line}`));
  }
  return lines;
}

/** Names come from the guest: nothing in them may steer a terminal. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is replaced
  return text.replace(/[\0-\x1f\x7f-\x9f]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
