/** An image as data: read and checked as far as that needs no kernel. What restore builds from, and what printers print. */
import { checkCommit } from './commit.ts';
import { type Inventory, readInventory } from './inventory.ts';
import { type ImageKind, readKinds } from './kinds.ts';
import { type ImageObject, readObjects } from './objects.ts';
import { type PageMap, readPageMap } from './pagemap.ts';
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

/**
 * Reads an image. `check` is called with the inventory before anything else is looked at. Throws ImageError. The frames'
 * contents are not read.
 */
export function readImage(source: ImageSource, check: (inventory: Inventory) => void = () => {}): Image {
  checkCommit(source);
  const inventory = readInventory(source);
  check(inventory);
  const kinds = readKinds(source);
  return {
    source,
    inventory,
    statistics: readStatistics(source),
    kinds,
    manifest: readManifest(source),
    objects: readObjects(source, kinds),
    pages: readPageMap(source, inventory.machine.ramMib),
  };
}
