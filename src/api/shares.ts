/** Host trees that a guest's root filesystem shows at places of its own. */
import type { Manifest } from '../ckpt/rootfs.ts';
import { toByteString } from '../kernel/bytes.ts';
import { type BaseLayer, isBasePath } from '../kernel/fs/base.ts';
import { JoinedBase } from '../kernel/fs/joined-base.ts';
import { HostError, platform } from './platform.ts';

/** A tree that the root filesystem shows at a place. The guest's writes stay in the machine. */
export interface ShareOptions {
  /** The tree: an object, or a host directory's path. */
  readonly from: BaseLayer | string;
  /** An absolute guest path below /; what the root has there is hidden. */
  readonly at: string;
  /** The guest may not write there; default false. An image keeps that, so a restore does not ask. */
  readonly readOnly?: boolean;
}

/** Where the kernel mounts filesystems of its own. */
const KERNEL_PLACES: readonly string[] = ['dev', 'proc', 'sys'];

export function openRoot(root: BaseLayer | string | undefined): BaseLayer {
  return root === undefined || typeof root === 'string' ? platform('root').openRoot(root) : root;
}

/** The root with the trees in it. Throws HostError, ESHARE for a place that cannot be. */
export function joinShares(root: BaseLayer, shares: readonly ShareOptions[]): BaseLayer {
  const places = shares.map(({ at }) => toByteString(at));
  for (const [i, at] of places.entries()) {
    if (!isBasePath(at)) throw new HostError('ESHARE', at, 'is no absolute path below / without . and ..');
    if (KERNEL_PLACES.includes(at.split('/')[1]!)) throw new HostError('ESHARE', at, 'is where the kernel has its own');
    if (places.indexOf(at) < i) throw new HostError('ESHARE', at, 'is shared already');
  }
  if (shares.length === 0) return root;
  return new JoinedBase(
    root,
    shares.map(({ from }, i) => ({ at: places[i]!, base: openRoot(from) })),
  );
}

/** The base layer that an image is about, from where it was or where the options say that it is now. Throws HostError. */
export function baseOf(manifest: Manifest, root: BaseLayer | string | undefined, moved: readonly ShareOptions[]) {
  const known = new Set(manifest.shares.map(({ at }) => at));
  const now = new Map(moved.map((share) => [toByteString(share.at), share.from]));
  for (const at of now.keys()) {
    if (!known.has(at)) throw new HostError('ESHARE', at, 'no tree was shared there when the image was taken');
  }
  const trees = manifest.shares.map(({ at, origin }) => ({ at, base: openRoot(now.get(at) ?? origin) }));
  const bottom = openRoot(root ?? manifest.origin);
  return trees.length === 0 ? bottom : new JoinedBase(bottom, trees);
}
