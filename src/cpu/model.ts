/**
 * Processor models: what CPUID says, and which instructions there are; all others are undefined opcodes. SDM vol. 2A,
 * CPUID. A model advertises what programs at CPL 3 can use: paging and machine-check extensions are nobody's business here.
 */
import type { Feature } from './row.ts';

/** A feature as /proc/cpuinfo and images name it. */
interface FeatureBit {
  /** Bit of CPUID.1:EDX, or of ECX when `ecx` is set. */
  readonly bit: number;
  readonly ecx?: true;
  /** The feature of its rows. */
  readonly row: Feature;
}

/** In the order of /proc/cpuinfo. */
const FEATURE_BITS = {
  fpu: { bit: 0, row: 'FPU' },
  tsc: { bit: 4, row: 'TSC' },
  cx8: { bit: 8, row: 'CX8' },
  cmov: { bit: 15, row: 'CMOV' },
  clflush: { bit: 19, row: 'CLFLUSH' },
  mmx: { bit: 23, row: 'MMX' },
  fxsr: { bit: 24, row: 'FXSR' },
  sse: { bit: 25, row: 'SSE' },
  sse2: { bit: 26, row: 'SSE2' },
  pni: { bit: 0, ecx: true, row: 'SSE3' },
  ssse3: { bit: 9, ecx: true, row: 'SSSE3' },
} as const satisfies Readonly<Record<string, FeatureBit>>;
export type CpuFeature = keyof typeof FEATURE_BITS;
const ALL_FEATURES = Object.keys(FEATURE_BITS) as readonly CpuFeature[];

export const CPU_MODELS = ['i486-cmov', 'i686', 'pentium3', 'pentium4', 'core2'] as const;
export type CpuModelName = (typeof CPU_MODELS)[number];
export const DEFAULT_CPU_MODEL: CpuModelName = 'i686';

/** CPUID's answer to a leaf: EAX EBX ECX EDX. */
export type Leaf = readonly [eax: number, ebx: number, ecx: number, edx: number];

export interface CpuModel {
  readonly name: CpuModelName;
  /** Family, model and stepping as CPUID.1:EAX has them. */
  readonly signature: number;
  /** What CPUID tells. */
  readonly features: readonly CpuFeature[];
  /** What the processor executes, told or not: `features` are among them. An image needs all of it. */
  readonly executes: readonly CpuFeature[];
  /** Features of rows that are undefined opcodes here. */
  readonly lacking: ReadonlySet<Feature>;
  /** CPUID.1:EDX, which programs also find as AT_HWCAP. */
  readonly hwcap: number;
  /** Bytes of a cache line that CLFLUSH works on; 0 without it. */
  readonly cacheLine: number;
  readonly brand: string;
  readonly basic: readonly Leaf[];
  readonly extended: readonly Leaf[];
}

interface Part {
  readonly signature: number;
  readonly features: readonly CpuFeature[];
  /** Executed, though CPUID does not say so. */
  readonly untold?: readonly CpuFeature[];
  /** CPUID.1:EBX bits 7:0, the brand index (SDM vol. 2A, table 3-14). */
  readonly brandIndex?: number;
  readonly cacheLine?: number;
  /** Leaf 2, cache and TLB descriptors (SDM vol. 2A, table 3-12); a part without it ends at leaf 1. */
  readonly caches?: Leaf;
}

const P6 = ['fpu', 'tsc', 'cx8', 'cmov'] as const;
const P3 = [...P6, 'mmx', 'fxsr', 'sse'] as const;
const P4 = ['fpu', 'tsc', 'cx8', 'cmov', 'clflush', 'mmx', 'fxsr', 'sse', 'sse2'] as const;

const PARTS: Readonly<Record<CpuModelName, Part>> = {
  // The least that Debian's i386 programs ask CPUID for, on the signature of a 486DX4. RDTSC is not advertised and still
  // executed: glibc built for i686 times its start with it and does not ask.
  'i486-cmov': { signature: 0x480, features: ['fpu', 'cx8', 'cmov'], untold: ['tsc'] },
  // Pentium Pro: 8 KiB L1 caches, 256 KiB L2. FXSAVE, new in the Pentium II, is executed and not advertised.
  i686: { signature: 0x619, features: P6, untold: ['fxsr'], caches: [0x03020101, 0, 0, 0x06040a42] },
  // Coppermine: 16 KiB L1 caches, 256 KiB L2.
  pentium3: { signature: 0x686, features: P3, brandIndex: 2, caches: [0x03020101, 0, 0, 0x0c040882] },
  // Northwood: 8 KiB L1 data cache, 12K micro-ops trace cache, 512 KiB L2.
  pentium4: {
    signature: 0xf27,
    features: P4,
    brandIndex: 9,
    cacheLine: 64,
    caches: [0x665b5001, 0, 0, 0x007b7040],
  },
  // Merom: 32 KiB L1 caches, 4 MiB L2.
  core2: {
    signature: 0x6f6,
    features: [...P4, 'pni', 'ssse3'],
    cacheLine: 64,
    caches: [0x05b0b101, 0x005657f0, 0, 0x2cb43049],
  },
};

export const CPU_VENDOR = 'GenuineIntel';
const EXTENDED_BASE = 0x80000000;
const BRAND_LEAVES = 3;
const BRAND_LEAF_SIZE = 16;
/** CLFLUSH line size in CPUID.1:EBX is in units of 8 bytes, from bit 8. */
const CLFLUSH_SHIFT = 8 - 3;

/** Four characters as a little-endian word, zeros behind the end. */
function text(s: string, at: number): number {
  let word = 0;
  for (let i = 0; i < 4; i++) word |= (at + i < s.length ? s.charCodeAt(at + i) : 0) << (8 * i);
  return word;
}

function featureWord(features: readonly CpuFeature[], ecx: boolean): number {
  const bits: Readonly<Record<CpuFeature, FeatureBit>> = FEATURE_BITS;
  return features.reduce((word, name) => (ecx === (bits[name].ecx ?? false) ? word | (1 << bits[name].bit) : word), 0);
}

function basicLeaves(part: Part): Leaf[] {
  const { signature, features, brandIndex = 0, cacheLine = 0, caches } = part;
  const last = caches === undefined ? 1 : 2;
  const ebx = brandIndex | (cacheLine << CLFLUSH_SHIFT);
  return [
    [last, text(CPU_VENDOR, 0), text(CPU_VENDOR, 8), text(CPU_VENDOR, 4)],
    [signature, ebx, featureWord(features, true), featureWord(features, false)],
    ...(caches === undefined ? [] : [caches]),
  ];
}

function extendedLeaves(brand: string): Leaf[] {
  const last = EXTENDED_BASE + 1 + BRAND_LEAVES;
  const words = Array.from({ length: BRAND_LEAVES }, (_, n): Leaf => {
    const at = n * BRAND_LEAF_SIZE;
    return [text(brand, at), text(brand, at + 4), text(brand, at + 8), text(brand, at + 12)];
  });
  return [[last, 0, 0, 0], [0, 0, 0, 0], ...words];
}

function build(name: CpuModelName): CpuModel {
  const part = PARTS[name];
  const executes = ALL_FEATURES.filter((f) => part.features.includes(f) || part.untold?.includes(f));
  const brand = `cr86 ${name} processor`;
  return {
    name,
    signature: part.signature,
    features: part.features,
    executes,
    lacking: new Set(ALL_FEATURES.filter((f) => !executes.includes(f)).map((f) => FEATURE_BITS[f].row)),
    hwcap: featureWord(part.features, false),
    cacheLine: part.cacheLine ?? 0,
    brand,
    basic: basicLeaves(part),
    extended: extendedLeaves(brand),
  };
}

const models = new Map<string, CpuModel>(CPU_MODELS.map((name) => [name, build(name)]));

/** The model of that name, or undefined. */
export function findCpuModel(name: string): CpuModel | undefined {
  return models.get(name);
}

/** The model of that name. Throws RangeError when there is none. */
export function cpuModel(name: string = DEFAULT_CPU_MODEL): CpuModel {
  const model = models.get(name);
  if (model === undefined) throw new RangeError(`no processor model ${name}: ${CPU_MODELS.join(', ')}`);
  return model;
}

/** CPUID: a leaf past the last basic one answers as that one (SDM vol. 2A, CPUID). */
export function cpuidLeaf(model: CpuModel, leaf: number): Leaf {
  const { basic, extended } = model;
  return basic[leaf >>> 0] ?? extended[(leaf >>> 0) - EXTENDED_BASE] ?? basic[basic.length - 1]!;
}

/** Family as CPUID tells it, the extended one added (SDM vol. 2A, CPUID, figure 3-6). */
export function familyOf({ signature }: CpuModel): number {
  const family = (signature >>> 8) & 15;
  return family === 15 ? family + ((signature >>> 20) & 0xff) : family;
}

/** Model number within the family; the extended one counts in families 6 and 15. */
export function modelNumberOf({ signature }: CpuModel): number {
  const family = (signature >>> 8) & 15;
  const model = (signature >>> 4) & 15;
  return family === 6 || family === 15 ? model | (((signature >>> 16) & 15) << 4) : model;
}

/** What Linux calls the machine, uname -m and AT_PLATFORM: the family, at most 6. Linux arch/x86/kernel/cpu/bugs_32.c. */
export function platformOf(model: CpuModel): string {
  return `i${Math.min(6, familyOf(model))}86`;
}
