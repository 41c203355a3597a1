/** The guest's data page by page: structures that arguments of calls point to, several of each type, each made up. */
import { DATA_AT, DATA_SIZE, HANDLER_AT } from './layout.ts';
import { PATHS, STRINGS } from './names.ts';
import type { Random } from './random.ts';

/** Bytes at the end that calls may write without harm to the structures. */
const SCRATCH = 0x8000;
const INSTANCES = 6;
const CLOCK_2024 = 1_704_067_200;

type Words = (number | { readonly at: string })[];

/** Makes up a structure's 32-bit words; a name stands for a pointer to a structure of that type. */
type Maker = (r: Random) => Words;

const at = (type: string): { readonly at: string } => ({ at: type });
const zeros = (n: number): number[] => new Array<number>(n).fill(0);
const times = <T>(n: number, make: () => T): T[] => Array.from({ length: n }, make);
const seconds = (r: Random): number => r.pick([0, 0, 0, 0, 1, CLOCK_2024, 0x7fff_ffff, r.number()]);
const fraction = (r: Random, most: number): number =>
  r.pick([0, 1, 1000, 50_000, most - 1, most, 0x3fff_ffff, r.number()]);
const timespec: Maker = (r) => [seconds(r), fraction(r, 1e9)];
const timespec64: Maker = (r) => [seconds(r), r.pick([0, 0, 0, r.number()]), fraction(r, 1e9), 0];
const timeval: Maker = (r) => [seconds(r), fraction(r, 1e6)];
const signalSet = (r: Random): number[] =>
  r.pick([
    [0, 0],
    [~0, ~0],
    [1 << r.below(32), 0],
    [0, 1 << r.below(32)],
    [r.word(), r.word()],
  ]);
const handler = (r: Random): number => r.pick([0, 1, HANDLER_AT, HANDLER_AT, HANDLER_AT, r.word()]);
const fd = (r: Random): number => r.pick([r.below(20), r.below(20), r.below(20), -1, r.number()]);
const actionFlags = (r: Random): number =>
  r.pick([0, 4, 0x1000_0000, 0x1000_0004, 0x0800_0004, 0x4000_0004, 0x8000_0004, 2, r.word()]);

const MAKERS: Readonly<Record<string, Maker>> = {
  timespec,
  timespec64,
  timeval,
  timevals: (r) => [...timeval(r), ...timeval(r)],
  timespecs: (r) => [seconds(r), r.pick([0, 0x3fff_ffff, 0x3fff_fffe, r.number()]), ...timespec(r)],
  timespecs64: (r) => [...timespec64(r), ...timespec64(r)],
  itimerspec: (r) => [...timespec(r), ...timespec(r)],
  itimerspec64: (r) => [...timespec64(r), ...timespec64(r)],
  alarm: () => [0, 700, 0, 700],
  itimerval: (r) => [...timeval(r), ...timeval(r)],
  sigset: signalSet,
  sigmaskPair: (r) => [at('sigset'), r.pick([8, 8, 8, 0, r.number()])],
  oldAction: (r) => [handler(r), signalSet(r)[0]!, actionFlags(r), 0],
  action: (r) => [handler(r), actionFlags(r), 0, ...signalSet(r)],
  siginfo: (r) => [r.number(), r.number(), r.pick([-1, -2, 0, -6, r.number()]), ...times(29, () => r.number())],
  stack: (r) => [at('scratch'), r.pick([0, 0, 2, 0x8000_0000, r.number()]), r.pick([2048, 8192, 100, r.number()])],
  sigevent: (r) => [
    r.number(),
    r.pick([10, 14, 34, 64, r.number()]),
    r.pick([0, 0, 1, 2, 4, r.number()]),
    r.below(20),
    ...zeros(12),
  ],
  iovec: (r) => times(8, () => [at('scratch'), r.pick([0, 1, 100, 4096, 8192, r.number()])]).flat(),
  pollfds: (r) => times(8, () => [fd(r), r.pick([1, 4, 5, 0x2fff, 0])]).flat(),
  fdset: (r) => [r.word() & r.word(), ...times(31, () => (r.chance(0.1) ? r.word() : 0))],
  rlimit: (r) => times(2, () => r.pick([0, 1, 8, 64, 1 << 20, 8 << 20, ~0, r.number()])),
  rlimit64: (r) => times(2, () => [r.pick([0, 1, 8, 1 << 20, ~0]), r.pick([0, 0, ~0, 1])]).flat(),
  ids: (r) => times(16, () => r.number()),
  int: (r) => [r.pick([0, 1, 2, r.below(64), r.number()]), 0, 0, 0],
  offset: (r) => [r.pick([0, 1, 4095, 4096, 100_000, r.number()]), r.pick([0, 0, 0, 1, -1])],
  argv: (r) => [...times(r.below(4), () => at('string')), 0, at('string'), r.number()],
  selectArgs: (r) => [
    r.pick([0, 8, 20, 1024, r.number()]),
    at('fdset'),
    at('fdset'),
    at('fdset'),
    r.pick([0, 1]) === 0 ? 0 : at('timeval'),
  ],
  mmapArgs: (r) => [
    mapAddress(r),
    length(r),
    r.below(8),
    r.pick([0x22, 0x21, 2, 1, 0x32, r.word()]),
    fd(r),
    r.below(4) * 4096,
  ],
  socketArgs: (r) =>
    times(6, () =>
      r.pick<Words[number]>([r.below(20), r.number(), at('scratch'), at('sockaddr'), at('msghdr'), at('int')]),
    ),
  sockaddr: (r) => [
    r.pick([1, 2, 10, 16, r.number()]) | (r.word() & 0xffff_0000),
    r.pick([0x0100_007f, r.word()]),
    ...times(26, () => r.word() & 0x7f7f),
  ],
  msghdr: (r) => [
    r.pick<Words[number]>([0, at('sockaddr')]),
    r.pick([0, 16, 110]),
    at('iovec'),
    r.pick([0, 1, 3]),
    r.pick<Words[number]>([0, at('cmsg')]),
    r.pick([0, 16, 64]),
    r.number(),
    r.number(),
    ...zeros(4),
  ],
  cmsg: (r) => [
    r.pick([12, 16, 24, r.number()]),
    r.pick([1, 0]),
    r.pick([1, 2]),
    fd(r),
    fd(r),
    fd(r),
    r.number(),
    0,
    0,
  ],
  epollEvent: (r) => [r.pick([1, 4, 5, 0x8000_0001, 0x4000_0001, 0x1000_0001, r.word()]), r.word(), r.word()],
  userDesc: (r) => [
    r.pick([-1, 6, 7, 8, 0, 1, r.number()]),
    r.word(),
    r.pick([0xfffff, 0, r.word()]),
    r.pick([0x51, 0x28, 0x38, 0, r.below(256)]),
  ],
  capHeader: (r) => [r.pick([0x1998_0330, 0x2007_1026, 0x2008_0522, r.word()]), r.pick([0, 1, 2, r.number()])],
  capData: (r) => times(6, () => r.pick([0, ~0, r.word()])),
  flock: (r) => [
    r.pick([0, 1, 2, r.number()]) | (r.below(3) << 16),
    r.pick([0, 10, 100, r.number()]),
    r.pick([0, 1, 10, r.number()]),
    0,
    0,
    0,
  ],
  flock64: (r) => [
    r.pick([0, 1, 2, r.number()]) | (r.below(3) << 16),
    r.pick([0, 10, r.number()]),
    0,
    r.pick([0, 1, 10, r.number()]),
    0,
    0,
    0,
    0,
  ],
  cloneArgs: (r) => times(11, () => [r.pick<Words[number]>([0, 0, 17, r.number(), at('scratch')]), 0]).flat(),
  robustHead: (r) => [
    r.pick<Words[number]>([at('robustHead'), at('scratch'), r.word()]),
    r.pick([0, 4, -4, r.number()]),
    r.pick<Words[number]>([0, at('int')]),
  ],
  termios: (r) => [r.word(), r.word(), r.word() & 0xffff, r.pick([0x8a3b, r.word()]), ...times(5, () => r.word())],
  openHow: (r) => [
    r.pick([0, 2, 0x42, r.word()]),
    0,
    r.pick([0, 0o644, r.word()]),
    0,
    r.pick([0, 0, 4, 8, 16, r.number()]),
    0,
  ],
  sembufs: (r) =>
    times(4, () => [r.below(4) | (r.below(5) << 16), r.pick([0, 0x800, 0x1000, r.below(65536)])])
      .flat()
      .map((w) => w >>> 0),
  message: (r) => [r.pick([1, 2, 3, 0, -1, r.number()]), ...times(30, () => r.word())],
  words: (r) => times(64, () => r.number()),
  filter: (r) => [r.pick([1, 2, 4, r.number()]), at('program')],
  program: (r) =>
    times(6, () => [
      r.pick([6, 0x20, 0x15, r.word() & 0xffff]),
      r.pick([0x7fff_0000, 0x0005_0001, 0, 4, r.word()]),
    ]).flat(),
};

export function mapAddress(r: Random): number {
  const page = r.pick([0x3000_0000, 0x3000_0000, 0x3100_0000, DATA_AT, 0xb000_0000]) + 4096 * r.below(32);
  return r.pick([0, page, page, page, page + r.below(4096), r.word()]) >>> 0;
}

export function length(r: Random): number {
  return r.pick([0, 1, 4, 8, 64, 4095, 4096, 4096, 8192, 16384, 65_536, 1 << 20, r.below(100_000), r.number()]);
}

/** The data area and what is where in it. */
export class Data {
  readonly bytes = new Uint8Array(DATA_SIZE);
  readonly #places = new Map<string, number[]>();
  #end = 0;

  constructor(r: Random) {
    this.#place('path', PATHS.map(this.#string));
    this.#place('string', STRINGS.map(this.#string));
    const order = Object.keys(MAKERS);
    const made = order.map((type) => ({ type, words: times(INSTANCES, () => MAKERS[type]!(r)) }));
    // Places first, for a structure may point to one that is filled later.
    for (const { type, words } of made)
      this.#places.set(
        type,
        words.map((each) => this.#reserve(4 * each.length)),
      );
    for (const { type, words } of made)
      for (const [i, each] of words.entries()) this.#fill(r, this.#places.get(type)![i]!, each);
    if (this.#end > DATA_SIZE - SCRATCH) throw new Error('the structures do not fit');
  }

  readonly #string = (text: string): number => {
    const place = this.#reserve(text.length + 1);
    this.bytes.set(Buffer.from(text, 'latin1'), place - DATA_AT);
    return place;
  };

  #place(type: string, places: number[]): void {
    this.#places.set(type, places);
  }

  #reserve(size: number): number {
    const place = this.#end;
    this.#end += (size + 7) & ~7;
    return DATA_AT + place;
  }

  #fill(r: Random, place: number, words: Words): void {
    const view = new DataView(this.bytes.buffer);
    for (const [i, word] of words.entries()) {
      const value = typeof word === 'number' ? word : this.pointer(r, word.at);
      view.setUint32(place - DATA_AT + 4 * i, value >>> 0, true);
    }
  }

  /** Whether there are structures of that type. */
  has(type: string): boolean {
    return type === 'scratch' || this.#places.has(type);
  }

  /** The address of a structure of that type; of any place in the scratch area. */
  pointer(r: Random, type: string): number {
    if (type === 'scratch') return DATA_AT + DATA_SIZE - SCRATCH + r.below(SCRATCH - 64);
    return r.pick(this.#places.get(type)!);
  }

  /** The address of that path, one of PATHS. */
  path(text: string): number {
    return this.#places.get('path')![PATHS.indexOf(text)]!;
  }

  /** An address of no particular type: any structure, or one that is at an edge or nowhere. */
  anything(r: Random): number {
    const end = DATA_AT + DATA_SIZE;
    return (
      r.pick([
        ...times(4, () => this.pointer(r, r.pick([...this.#places.keys()]))),
        ...[0, 1, 4095, end - r.below(9), end + 4096 - r.below(20), end + 16, end + 4096, HANDLER_AT, 0x2100_0800],
        ...[0x0804_8000, 0xbfff_e000 - r.below(5000), 0xbfff_f000, 0xc000_0000 - r.below(5), 0xffff_fff0 + r.below(16)],
      ]) >>> 0
    );
  }
}
