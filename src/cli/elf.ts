/** The code of an i386 ELF program of the host. System V ABI, Intel386 supplement. */
import { CliError, EXIT_NOT_EXECUTABLE } from './errors.ts';

/** Bytes of code and the address of the first one. */
export interface Code {
  readonly address: number;
  readonly bytes: Uint8Array;
}

const ELF_MAGIC = 0x464c457f;
const ELFCLASS32 = 1;
const ELFDATA2LSB = 1;
const EM_386 = 3;
const EHDR_SIZE = 52;
const SHT_NOBITS = 8;
const SHF_EXECINSTR = 4;
const PT_LOAD = 1;
const PF_X = 1;

interface Table {
  readonly offset: number;
  readonly entrySize: number;
  readonly count: number;
}

/** A table of headers, each by the offset of its first byte; headers beyond the end of the file are left out. */
function entries(file: DataView, { offset, entrySize, count }: Table, wanted: number): number[] {
  if (entrySize < wanted) return [];
  const all = Array.from({ length: count }, (_, i) => offset + i * entrySize);
  return all.filter((at) => at + entrySize <= file.byteLength);
}

/** Executable sections, as objdump -d takes them. */
function sections(file: DataView): Code[] {
  const word = (at: number): number => file.getUint32(at, true);
  const table = { offset: word(32), entrySize: file.getUint16(46, true), count: file.getUint16(48, true) };
  return entries(file, table, 40)
    .filter((at) => word(at + 4) !== SHT_NOBITS && (word(at + 8) & SHF_EXECINSTR) !== 0)
    .map((at) => slice(file, word(at + 12), word(at + 16), word(at + 20)));
}

/** Executable segments, for programs without section headers. */
function segments(file: DataView): Code[] {
  const word = (at: number): number => file.getUint32(at, true);
  const table = { offset: word(28), entrySize: file.getUint16(42, true), count: file.getUint16(44, true) };
  return entries(file, table, 32)
    .filter((at) => word(at) === PT_LOAD && (word(at + 24) & PF_X) !== 0)
    .map((at) => slice(file, word(at + 8), word(at + 4), word(at + 16)));
}

function slice(file: DataView, address: number, offset: number, size: number): Code {
  const start = Math.min(offset, file.byteLength);
  const length = Math.min(size, file.byteLength - start);
  return { address, bytes: new Uint8Array(file.buffer, file.byteOffset + start, length) };
}

/**
 * The executable sections of a program or shared object, or its executable segments when it has no sections, by address.
 * @throws CliError ENOEXEC when the file is not an i386 ELF file
 */
export function codeOf(path: string, bytes: Uint8Array): Code[] {
  const file = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isElf =
    bytes.length >= EHDR_SIZE &&
    file.getUint32(0, true) === ELF_MAGIC &&
    bytes[4] === ELFCLASS32 &&
    bytes[5] === ELFDATA2LSB &&
    file.getUint16(18, true) === EM_386;
  if (!isElf) throw new CliError(path, 'no i386 ELF file', '', 'ENOEXEC', EXIT_NOT_EXECUTABLE);
  const inSections = sections(file);
  return (inSections.length > 0 ? inSections : segments(file)).sort((a, b) => a.address - b.address);
}
