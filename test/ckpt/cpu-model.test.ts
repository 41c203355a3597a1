/** Processor models in images: which one goes on where. */
import { describe, expect, test } from 'vitest';
import { CPU_MODELS, type CpuModelName, Machine, MemoryBase, type MemoryImage } from '../../src/api/index.ts';
import { inspect, inspectTree } from '../../src/ckpt/inspect.ts';
import { DATA, EXIT, tinyElf } from '../kernel/tiny.ts';

const word = (n: number): number[] => [n & 0xff, (n >>> 8) & 0xff, (n >>> 16) & 0xff, (n >>> 24) & 0xff];
/** xor eax, eax; inc eax; cpuid; mov [DATA], edx */
const ASK = [0x31, 0xc0, 0x40, 0x0f, 0xa2, 0x89, 0x15, ...word(DATA)];
const root = new MemoryBase({ '/init': { mode: 0o755, content: tinyElf([...ASK, ...ASK, ...EXIT]) } });

function imageOf(cpu: CpuModelName): MemoryImage {
  const machine = Machine.boot({ argv: ['/init'], root, ram: 8, cpu });
  machine.run(4);
  return machine.checkpoint().image;
}

const restore = (image: MemoryImage, cpu?: CpuModelName): Machine =>
  Machine.restore(image, { root, ...(cpu !== undefined && { cpu }) });

/** What the guest has stored of CPUID.1:EDX after `until` instructions. */
function features(machine: Machine, until: number): number {
  machine.run(until);
  return new DataView(machine.readMemory(1, DATA, 4).buffer).getUint32(0, true);
}

describe('an image', () => {
  test.each(CPU_MODELS)('of %s goes on there', (cpu) => {
    const image = imageOf(cpu);
    const before = inspect(image).machine;
    expect(before.cpu).toBe(cpu);
    const machine = restore(image);
    expect(machine.kernel.cpu.model.name).toBe(cpu);
    expect(inspect(machine.checkpoint().image).machine).toEqual(before);
    expect(features(machine, 8)).toBe(machine.kernel.cpu.model.hwcap >>> 0);
  });

  // From, to, and what is missing there.
  test.each<[CpuModelName, CpuModelName, string]>([
    ['i486-cmov', 'i686', ''],
    ['i486-cmov', 'core2', ''],
    ['i686', 'pentium3', ''],
    ['pentium3', 'pentium4', ''],
    ['pentium4', 'core2', ''],
    ['i686', 'i486-cmov', 'fxsr'],
    ['pentium3', 'i686', 'mmx, sse'],
    ['pentium4', 'pentium3', 'clflush, sse2'],
    ['core2', 'pentium4', 'pni, ssse3'],
  ])('of %s on %s', (from, to, missing) => {
    const image = imageOf(from);
    if (missing === '') {
      const machine = restore(image, to);
      expect(features(machine, 4)).toBe(
        Machine.boot({ argv: ['/init'], root, ram: 8, cpu: from }).kernel.cpu.model.hwcap >>> 0,
      );
      expect(features(machine, 8)).toBe(machine.kernel.cpu.model.hwcap >>> 0);
      expect(inspect(machine.checkpoint().image).machine.cpu).toBe(to);
    } else {
      const message = `the guest ran on "${from}" and may rely on ${missing}, which ${to} lacks (--cpu) [ECPU]`;
      expect(() => restore(image, to)).toThrow(message);
    }
  });

  test('is told apart from that of another model by its hash', () => {
    const hashes = CPU_MODELS.map((cpu) => Machine.boot({ argv: ['/init'], root, ram: 8, cpu }).hash());
    expect(new Set(hashes).size).toBe(CPU_MODELS.length);
  });

  test('names its model before anything else', () => {
    expect(inspectTree(inspect(imageOf('pentium3')))).toContain('Processor: pentium3 (fpu tsc cx8 cmov mmx fxsr sse)');
  });
});

test('a model that there is not is refused', () => {
  expect(() => restore(imageOf('i686'), 'z80' as CpuModelName)).toThrow('no processor model "z80" (--cpu) [ECPU]');
  expect(() => Machine.boot({ argv: ['/init'], root, cpu: 'z80' as CpuModelName })).toThrow(RangeError);
});
