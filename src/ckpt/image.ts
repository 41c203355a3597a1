/** An image as data: read and checked as far as that needs no kernel. What restore builds from, and what printers print. */
import { checkCommit } from './commit.ts';
import { checkInventory, type Inventory, readInventory } from './inventory.ts';
import { type ImageKind, readKinds } from './kinds.ts';
import { type ImageObject, readObjects } from './objects.ts';
import { checkPages, type PageMap, readPageMap } from './pagemap.ts';
import { type Manifest, readManifest } from './rootfs.ts';
import { readStatistics, type Statistics } from './statistics.ts';
import type { ImageSource } from './store.ts';

export interface Image {
  readonly source: ImageSource;
  readonly inventory: Inventory;
  readonly statistics: Statistics;
  readonly kinds: readonly ImageKind[];
  readonly manifest: Manifest;
  readonly objects: readonly ImageObject[];
  readonly pages: PageMap;
}

/** Reads an image. The contents of its frames are not looked at. Throws ImageError. */
export function readImage(source: ImageSource): Image {
  checkCommit(source);
  const inventory = readInventory(source);
  return interpret(source, inventory, readPageMap(source, inventory.machine.ramMib));
}

/** Reads an image that is to be restored: processor (`cpu`, or the image's own) and board are checked first, then all checksums, then the rest. */
export function readWholeImage(source: ImageSource, cpu?: string): Image {
  checkCommit(source);
  const inventory = readInventory(source);
  checkInventory(inventory, cpu);
  const pages = readPageMap(source, inventory.machine.ramMib);
  checkPages(source, pages);
  return interpret(source, inventory, pages);
}

function interpret(source: ImageSource, inventory: Inventory, pages: PageMap): Image {
  const kinds = readKinds(source);
  return {
    source,
    inventory,
    pages,
    kinds,
    statistics: readStatistics(source),
    manifest: readManifest(source),
    objects: readObjects(source, kinds),
  };
}
