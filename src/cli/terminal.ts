/** The host's terminal while a guest has it: raw, with an escape key, put back on every way out of the process. */
import { spawnSync } from 'node:child_process';
import { isatty } from 'node:tty';

/** Ctrl-], the escape key of a terminal session. */
const ESCAPE = 0x1d;
/** Signals that end cr86: the terminal is put back first. */
const DEADLY: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT'];

/** What the escape key does with the key after it: true when that key means something. */
export type Command = (key: string) => boolean;

export class Terminal {
  #pending: Uint8Array[] = [];
  #waiting: (() => void) | null = null;
  #escaped = false;
  #ended = false;
  #news = false;
  readonly #command: Command;
  readonly #onData = (chunk: Uint8Array): void => this.#arrive(chunk);
  readonly #onEnd = (): void => {
    this.#ended = true;
    this.#waiting?.();
  };
  readonly #restore = (): void => {
    process.stdin.setRawMode(false);
  };
  /** Somebody stopped cr86 and let it go on: a shell may have changed the settings. */
  readonly #continued = (): void => {
    this.#enterRaw();
  };
  readonly #killed = (signal: NodeJS.Signals): void => {
    this.close();
    process.kill(process.pid, signal);
  };
  readonly #resized = (): void => {
    this.#news = true;
    this.#waiting?.();
  };

  /** Whether stdin and stdout are both terminals. */
  static isAvailable(): boolean {
    return isatty(0) && isatty(1);
  }

  /** @param command called with the key that is typed after Ctrl-] */
  constructor(command: Command) {
    this.#command = command;
    if (process.stdin.isTTY) {
      this.#enterRaw();
      process.on('exit', this.#restore);
      process.on('SIGCONT', this.#continued);
      for (const signal of DEADLY) process.on(signal, this.#killed);
    }
    process.stdout.on('resize', this.#resized);
    process.stdin.on('data', this.#onData);
    process.stdin.on('end', this.#onEnd);
  }

  #enterRaw(): void {
    process.stdin.setRawMode(false);
    process.stdin.setRawMode(true);
    // Node's raw mode leaves output processing on: the guest's own CR LF would become CR CR LF. Undone with the rest.
    spawnSync('stty', ['-opost'], { stdio: ['inherit', 'ignore', 'ignore'] });
  }

  #arrive(chunk: Uint8Array): void {
    const kept: number[] = [];
    for (const byte of chunk) {
      if (this.#escaped && byte !== ESCAPE) {
        this.#escaped = false;
        if (!this.#command(String.fromCharCode(byte))) kept.push(ESCAPE, byte);
        continue;
      }
      const prefix = byte === ESCAPE && !this.#escaped;
      if (!prefix) kept.push(byte);
      this.#escaped = prefix;
    }
    if (kept.length > 0) this.#pending.push(Uint8Array.from(kept));
    this.#waiting?.();
  }

  /** What was typed since the last call. */
  take(): Uint8Array[] {
    const taken = this.#pending;
    this.#pending = [];
    return taken;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** The window's size when it has changed since the last call; null else. */
  takeSize(): { rows: number; cols: number } | null {
    if (!this.#news) return null;
    this.#news = false;
    const { rows, columns } = process.stdout;
    return rows === undefined ? null : { rows, cols: columns };
  }

  /** Resolves to true when something was typed, resized or hung up, to false after `ms` milliseconds; null waits for ever. */
  wait(ms: number | null): Promise<boolean> {
    if (this.#pending.length > 0 || this.#ended || this.#news) return Promise.resolve(true);
    return new Promise((resolve) => {
      const settle = (typed: boolean): void => {
        clearTimeout(timer);
        this.#waiting = null;
        resolve(typed);
      };
      const timer = ms === null ? undefined : setTimeout(() => settle(this.#pending.length > 0 || this.#ended), ms);
      this.#waiting = () => settle(true);
    });
  }

  close(): void {
    process.stdin.off('data', this.#onData);
    process.stdin.off('end', this.#onEnd);
    process.stdout.off('resize', this.#resized);
    process.stdin.pause();
    if (!process.stdin.isTTY) return;
    this.#restore();
    process.off('exit', this.#restore);
    process.off('SIGCONT', this.#continued);
    for (const signal of DEADLY) process.off(signal, this.#killed);
  }
}
