/** The host's stdin, read only when the guest waits for it, so that a piped run does not depend on timing. */
import { spawnSync } from 'node:child_process';
import { read } from 'node:fs';
import { isatty } from 'node:tty';

const CHUNK = 65536;
const STDIN = 0;

/** One chunk of the host's stdin; empty at its end. A stdin that was never opened counts as ended. */
export function readStdin(): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const buffer = new Uint8Array(CHUNK);
    const attempt = (): void => {
      read(STDIN, buffer, 0, CHUNK, null, (error, length) => {
        if (error === null) resolve(buffer.subarray(0, length));
        else if (error.code === 'EAGAIN') setTimeout(attempt, 5);
        else if (error.code === 'EOF' || error.code === 'EBADF') resolve(buffer.subarray(0, 0));
        else reject(error);
      });
    };
    attempt();
  });
}

/** Ctrl-], the escape key of a terminal session; followed by q it ends cr86. */
const ESCAPE = 0x1d;
const QUIT = 0x71;

/** A host terminal in raw mode. Its settings are put back on every way out of the process. */
export class Terminal {
  #pending: Uint8Array[] = [];
  #waiting: (() => void) | null = null;
  #escaped = false;
  #ended = false;
  readonly #quit: () => void;
  readonly #restore = (): void => {
    process.stdin.setRawMode(false);
  };

  /** Whether stdin and stdout are both terminals. */
  static isAvailable(): boolean {
    return isatty(0) && isatty(1);
  }

  /** @param quit called when the user types Ctrl-] q */
  constructor(quit: () => void) {
    this.#quit = quit;
    if (process.stdin.isTTY) {
      process.stdin.setRawMode(true);
      // Node's raw mode leaves output processing on: the guest's own CR LF would become CR CR LF. Undone with the rest.
      spawnSync('stty', ['-opost'], { stdio: ['inherit', 'ignore', 'ignore'] });
      process.on('exit', this.#restore);
    }
    process.stdin.on('data', (chunk: Uint8Array) => this.#arrive(chunk));
    process.stdin.on('end', () => {
      this.#ended = true;
      this.#waiting?.();
    });
  }

  #arrive(chunk: Uint8Array): void {
    const kept: number[] = [];
    for (const byte of chunk) {
      if (this.#escaped && byte === QUIT) this.#quit();
      if (this.#escaped && byte !== ESCAPE) kept.push(ESCAPE);
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

  /** Resolves to true when something was typed or the terminal hung up, to false after `ms` milliseconds; null waits for ever. */
  wait(ms: number | null): Promise<boolean> {
    if (this.#pending.length > 0 || this.#ended) return Promise.resolve(true);
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
    process.stdin.removeAllListeners('data');
    process.stdin.pause();
    if (process.stdin.isTTY) {
      this.#restore();
      process.off('exit', this.#restore);
    }
  }
}
