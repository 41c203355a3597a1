/**
 * cr86 as a library, loadable in a browser: nothing here knows files. Under Node the package's name means ./node.ts, which
 * adds host directories for roots and images. Elsewhere, roots and images are objects: any BaseLayer, and MemoryImage.
 */

export { DumpRefused, type Finding } from '../ckpt/collect.ts';
export type { Statistics } from '../ckpt/statistics.ts';
export { type ImageSink, type ImageSource, MemoryImage, MemorySink } from '../ckpt/store.ts';
export {
  type DisassembleOptions,
  type Disassembly,
  disassemble,
  type Syntax,
} from '../cpu/disassembler/disassemble.ts';
export { CPU_MODELS, type CpuModelName, DEFAULT_CPU_MODEL } from '../cpu/model.ts';
export type { BaseEntry, BaseLayer, BaseType, ManifestRow } from '../kernel/fs/base.ts';
export { MemoryBase } from '../kernel/fs/memory-base.ts';
export { ImageError } from '../kernel/kobject/errors.ts';
export type { MachineEmitter, MachineEvents, SyscallEvent, TaskEvent } from './events.ts';
export * from './machine.ts';
export { HostError, type Platform, providePlatform } from './platform.ts';
export type { ExitStatus } from './status.ts';
