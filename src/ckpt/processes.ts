/** The process tree of an image, for `inspect`. */
import { PAGE_SIZE } from '../cpu/ram.ts';
import { protection, VM_HEAP, VM_SIGPAGE, VM_STACK } from '../kernel/mm/vma.ts';
import type { Image } from './image.ts';
import { chain, type Fields, type Found, Lookup } from './lookup.ts';
import type { PageRun } from './pages.ts';

export interface InspectedArea {
  readonly start: number;
  readonly end: number;
  /** As /proc/PID/maps has it: `r-xp`. */
  readonly prot: string;
  readonly offset: number;
  /** A file's path, `[heap]`, `[stack]`, or empty. */
  readonly name: string;
  /** Bytes present. */
  readonly rss: number;
}
export interface InspectedFile {
  readonly fd: number;
  /** Kind of the open file, and the object: `pipefile`, `pipefile#31`. */
  readonly type: string;
  readonly object: string;
  /** Its path, or what it shares with others: `pipe#12`. */
  readonly name: string;
  /** O_* bits. */
  readonly flags: number;
  readonly pos: number;
  readonly cloexec: boolean;
}
export interface InspectedThread {
  readonly tid: number;
  readonly comm: string;
  readonly state: string;
  readonly eip: number;
  /** Objects that a sleeper waits for: `pipe#40`. */
  readonly waitsFor: readonly string[];
  /** Virtual ns at which it wakes by itself, or null. */
  readonly deadline: number | null;
}
export interface InspectedMemory {
  /** Bytes mapped, and bytes present. */
  readonly size: number;
  readonly rss: number;
  readonly areas: readonly InspectedArea[];
}
export interface InspectedProcess {
  readonly pid: number;
  readonly comm: string;
  readonly state: string;
  readonly threads: readonly InspectedThread[];
  /** Null of a zombie, as are the working directory and the files. */
  readonly memory: InspectedMemory | null;
  readonly cwd: string | null;
  readonly files: readonly InspectedFile[];
  readonly children: readonly InspectedProcess[];
}

const AREA_NAMES: readonly (readonly [number, string])[] = [
  [VM_HEAP, '[heap]'],
  [VM_STACK, '[stack]'],
  [VM_SIGPAGE, '[sigpage]'],
];

/** The processes, each below the one that waits for it; those whose parent is not there stand at the top. */
export function processTree(image: Image): InspectedProcess[] {
  const lookup = new Lookup(image);
  const tasks = lookup.every('task');
  const leaders = tasks.filter((task) => leaderOf(task) === task);
  const children = new Map<Found | null, Found[]>();
  for (const leader of leaders) {
    const parent = leader.fields.object('parent');
    const loops = chain(parent, (at) => at.fields.object('parent')).includes(leader);
    const under = parent !== null && leaders.includes(parent) && !loops ? parent : null;
    children.set(under, [...(children.get(under) ?? []), leader]);
  }
  const build = (leader: Found): InspectedProcess => ({
    ...describe(lookup, leader, tasks),
    children: (children.get(leader) ?? []).map(build),
  });
  return (children.get(null) ?? []).map(build);
}

function leaderOf(task: Found): Found | null {
  return task.fields.object('signal')?.fields.object('leader') ?? task;
}

function describe(lookup: Lookup, leader: Found, tasks: readonly Found[]): Omit<InspectedProcess, 'children'> {
  const { fields } = leader;
  const group = tasks.filter((task) => leaderOf(task) === leader);
  const mm = fields.object('mm');
  return {
    pid: numberOf(lookup, fields.object('pid')),
    comm: fields.text('comm'),
    state: fields.text('state'),
    threads: group.map((thread) => describeThread(lookup, thread)),
    memory: mm === null ? null : describeMemory(lookup, mm),
    cwd: directoryOf(fields.object('fs')),
    files: (fields.object('files')?.fields.entries('fds') ?? []).map(([fd, slot]) =>
      describeFile(typeof fd === 'number' ? fd : -1, lookup.record(slot)),
    ),
  };
}

function describeThread(lookup: Lookup, { fields }: Found): InspectedThread {
  const wait = fields.record('wait');
  const deadline = wait?.view('deadline');
  return {
    tid: numberOf(lookup, fields.object('pid')),
    comm: fields.text('comm'),
    state: fields.text('state'),
    eip: fields.record('regs')?.number('eip') ?? 0,
    waitsFor: (wait?.list('on') ?? []).map((on) => lookup.find(on)?.object.path ?? ''),
    deadline: typeof deadline === 'number' ? deadline : null,
  };
}

/** The number that a Pid has in its own namespace. */
function numberOf(lookup: Lookup, pid: Found | null): number {
  const numbers = pid?.fields.list('numbers') ?? [];
  return lookup.record(numbers[numbers.length - 1])?.number('nr') ?? 0;
}

function directoryOf(fs: Found | null): string | null {
  if (fs === null) return null;
  return pathName(fs.fields.object('cwdDentry'), fs.fields.object('cwdMount'));
}

function describeFile(fd: number, slot: Fields | null): InspectedFile {
  const file = slot?.object('file') ?? null;
  const cloexec = slot?.flag('cloexec') ?? false;
  if (file === null) return { fd, type: '', object: '', name: '', flags: 0, pos: 0, cloexec };
  const { object, fields } = file;
  return {
    fd,
    type: object.kind.name,
    object: object.path,
    name: fileName(file),
    flags: fields.number('flags'),
    pos: fields.number('pos'),
    cloexec,
  };
}

function fileName(file: Found): string {
  const dentry = file.fields.object('dentry');
  if (dentry !== null) return pathName(dentry, file.fields.object('mount'));
  const shared = file.fields.object('pipe') ?? file.fields.object('inode');
  return shared === null ? '' : shared.object.path;
}

/** The path of a directory entry across mounts, as far as the image tells; what stands in no directory has a bare name. */
function pathName(dentry: Found | null, mount: Found | null): string {
  if (dentry !== null && dentry.fields.view('parent') === null && dentry.fields.text('name').includes(':')) {
    return dentry.fields.text('name');
  }
  const mounts = chain(mount, (at) => at.fields.object('parent'));
  const names: string[] = [];
  let at = dentry;
  for (const m of [...mounts, null]) {
    const up = chain(at, (d) => d.fields.object('parent')).map((d) => d.fields.text('name'));
    names.unshift(...up.reverse().filter((name) => name !== '' && name !== '/'));
    at = m?.fields.object('mountpoint') ?? null;
    if (at === null) break;
  }
  return `/${names.join('/')}`;
}

function describeMemory(lookup: Lookup, mm: Found): InspectedMemory {
  const runs = lookup.image.pages.owners.find(({ object }) => object === mm.object.id)?.runs ?? [];
  const areas = mm.fields
    .list('vmas')
    .map((vma) => lookup.record(vma))
    .filter((vma) => vma !== null)
    .map((vma) => describeArea(vma, runs));
  return {
    size: areas.reduce((sum, area) => sum + area.end - area.start, 0),
    rss: runs.reduce((sum, run) => sum + run.count, 0) * PAGE_SIZE,
    areas,
  };
}

function describeArea(vma: Fields, runs: readonly PageRun[]): InspectedArea {
  const [start, end, flags] = [vma.number('start'), vma.number('end'), vma.number('flags')];
  const file = vma.object('file');
  const special = AREA_NAMES.find(([flag]) => (flags & flag) !== 0)?.[1] ?? '';
  return {
    start,
    end,
    prot: protection({ flags }),
    offset: vma.number('pgoff') * PAGE_SIZE,
    name: file === null ? special : fileName(file),
    rss: presentIn(runs, start / PAGE_SIZE, end / PAGE_SIZE) * PAGE_SIZE,
  };
}

function presentIn(runs: readonly PageRun[], first: number, end: number): number {
  return runs.reduce(
    (sum, run) => sum + Math.max(0, Math.min(end, run.index + run.count) - Math.max(first, run.index)),
    0,
  );
}
