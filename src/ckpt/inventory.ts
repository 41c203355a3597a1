/** The file `inventory`: what an image needs of the processor and the board. It is read and checked before anything else. */
import { type CpuModel, findCpuModel } from '../cpu/model.ts';
import { MAX_RAM_MIB } from '../cpu/ram.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { ImageError } from '../kernel/kobject/errors.ts';
import type { Values } from '../kernel/kobject/field.ts';
import { count, integer53, list, oneOf, str, struct, u32 } from '../kernel/kobject/fields.ts';
import { only, type RecordWriter, readRecords } from './record.ts';
import { readRow, writeRow } from './row.ts';
import type { ImageSource } from './store.ts';

const WRITER = 'cr86';

const cpuFields = {
  model: str('the processor model, as `cr86 run --cpu` names it'),
  features: list(
    str('a feature'),
    'what the guest may rely on, as /proc/cpuinfo names it: all that its model executes',
  ),
};
const machineFields = {
  ramMib: u32('guest RAM in MiB'),
  icount: count('instructions run since power-on'),
  tscPerInstruction: count('RDTSC ticks for each instruction'),
  tscOffset: integer53('RDTSC at instruction 0'),
};
const unitFields = {
  unit: oneOf('container')('what was dumped'),
  writer: str('program that wrote the image'),
};
export const cpuField = struct(cpuFields, 'the processor');
export const machineField = struct(machineFields, 'the board');
export const unitField = struct(unitFields, 'what the image is of');

export type MachineFacts = Readonly<Values<typeof machineFields>>;
export interface Inventory {
  readonly cpu: Readonly<Values<typeof cpuFields>>;
  readonly machine: MachineFacts;
  readonly unit: Readonly<Values<typeof unitFields>>;
}

/** The board of a stopped machine. */
export function machineFacts(kernel: Kernel): MachineFacts {
  const { icount, tscPerInstruction, tscOffset } = kernel.cpu;
  return { ramMib: kernel.ram.size / 2 ** 20, icount, tscPerInstruction, tscOffset };
}

export function writeInventory(writer: RecordWriter, kernel: Kernel): void {
  writer.begin('inventory');
  writeRow(writer, 'CPU ', cpuField, {
    model: kernel.cpu.model.name,
    features: [...kernel.cpu.model.executes],
  });
  writeRow(writer, 'MACH', machineField, machineFacts(kernel));
  writeRow(writer, 'UNIT', unitField, { unit: 'container', writer: WRITER });
}

/** Reads the inventory. Throws ImageError. */
export function readInventory(source: ImageSource): Inventory {
  const records = readRecords(source, 'inventory');
  const cpu = readRow(only(records, 'CPU ', 'inventory'), cpuField);
  const machine = readRow(only(records, 'MACH', 'inventory'), machineField);
  const unit = readRow(only(records, 'UNIT', 'inventory'), unitField);
  return { cpu, machine, unit };
}

/** The processor that the image goes on with: `wanted`, or its own. Throws ImageError ECPU when that lacks what the guest may rely on. */
export function cpuOf({ cpu }: Inventory, wanted: string = cpu.model): CpuModel {
  const model = findCpuModel(wanted);
  if (model === undefined) {
    throw new ImageError(
      'ECPU',
      'inventory.cpu.model',
      `there is no processor model ${JSON.stringify(wanted)} (--cpu)`,
    );
  }
  const missing = cpu.features.filter((feature) => !model.executes.some((name) => name === feature));
  if (missing.length > 0) {
    throw new ImageError(
      'ECPU',
      'inventory.cpu.features',
      `the guest ran on ${JSON.stringify(cpu.model)} and may rely on ${missing.join(', ')}, which ${model.name} lacks (--cpu)`,
    );
  }
  return model;
}

/** Throws ImageError ECPU, EMACHINE when no machine of this cr86 can be what the inventory asks for. */
export function checkInventory(inventory: Inventory, cpu?: string): void {
  const { machine } = inventory;
  cpuOf(inventory, cpu);
  if (machine.ramMib < 1 || machine.ramMib > MAX_RAM_MIB) {
    throw new ImageError(
      'EMACHINE',
      'inventory.machine.ramMib',
      `${machine.ramMib} MiB is not within 1..${MAX_RAM_MIB}`,
    );
  }
  if (machine.tscPerInstruction === 0) {
    throw new ImageError('EMACHINE', 'inventory.machine.tscPerInstruction', 'the time stamp counter stands still');
  }
}
