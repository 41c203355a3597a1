/**
 * Restore: read and check all, build shells, fill them, let objects rebuild their transients, bring the pages, audit.
 * A kernel comes out of it only when everything holds; nothing has run by then, and a failure leaves nothing behind.
 */
import { Cpu } from '../cpu/cpu.ts';
import { Ram } from '../cpu/ram.ts';
import { audit } from '../kernel/audit.ts';
import { Container } from '../kernel/container.ts';
import { type Host, Kernel } from '../kernel/kernel.ts';
import { AssertionError, ImageError } from '../kernel/kobject/errors.ts';
import type { KObject } from '../kernel/kobject/kobject.ts';
import type { KindRegistry } from '../kernel/kobject/registry.ts';
import { type Image, readWholeImage } from './image.ts';
import { cpuOf } from './inventory.ts';
import { manifestBase } from './manifest-base.ts';
import { buildObjects } from './objects.ts';
import { loadPages } from './pagemap.ts';
import { checkBase } from './rootfs.ts';
import type { ImageSource } from './store.ts';

export interface RestoreOptions {
  /** Gives the kernel its base layer, which must be the image's, and takes its output. */
  readonly host: Host;
  readonly kinds: KindRegistry;
  /** The processor model to go on with, which must have what the guest may rely on. Default: the image's own. */
  readonly cpu?: string | undefined;
}

/** Builds the machine of an image, ready to run. Throws ImageError, whose code docs/errors.md explains. */
export function restore(source: ImageSource, options: RestoreOptions): Kernel {
  const image = readWholeImage(source, options.cpu);
  checkBase(image.manifest, options.host.base);
  const objects = blaming(() => buildObjects(image.objects, image.kinds, options.kinds));
  const { machine } = image.inventory;
  const host: Host = {
    base: manifestBase(image.manifest, options.host.base),
    output: (stream, data) => options.host.output(stream, data),
  };
  const kernel = new Kernel(new Cpu(ramOf(machine.ramMib), cpuOf(image.inventory, options.cpu)), host);
  kernel.cpu.icount = machine.icount;
  kernel.cpu.tscPerInstruction = machine.tscPerInstruction;
  kernel.cpu.tscOffset = machine.tscOffset;
  blaming(() => install(kernel, image, objects));
  return kernel;
}

function ramOf(mib: number): Ram {
  try {
    return new Ram(mib);
  } catch (error) {
    throw new ImageError('ENOMEM', 'inventory.machine.ramMib', `this host cannot give ${mib} MiB: ${String(error)}`);
  }
}

/** Everything that could be checked without a machine has been. */
function install(kernel: Kernel, image: Image, objects: readonly KObject[]): void {
  kernel.adopt(rootOf(objects));
  for (const object of objects) object.afterLoad(kernel);
  if (kernel.container.icount !== image.inventory.machine.icount) {
    throw new ImageError('EMACHINE', 'container#0.icount', "is not the processor's");
  }
  loadPages(kernel, image.source, image.pages, objects);
  audit(kernel);
}

function rootOf(objects: readonly KObject[]): Container {
  const root = objects[0];
  if (!(root instanceof Container)) throw new ImageError('EBADREF', 'objects[0]', 'the root is no container');
  root.refs--; // the kernel's own, which it takes now
  return root;
}

/** What goes wrong while objects are put together from an image's values is the image's fault; what the host throws is not. */
function blaming<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    const broken = error instanceof TypeError || error instanceof RangeError;
    if (!broken && !(error instanceof AssertionError)) throw error;
    const refused = new ImageError(broken ? 'EBADSTATE' : 'EINVARIANT', 'objects', error.message);
    throw Object.assign(refused, { cause: error });
  }
}
