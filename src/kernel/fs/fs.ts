/** Root, working directory and umask of tasks (fs_struct); threads share one. */
import { assert } from '../kobject/errors.ts';
import { ref, u32 } from '../kobject/fields.ts';
import { get, kobject, put } from '../kobject/kobject.ts';
import type { Dentry } from './dentry.ts';
import type { Mount } from './mount.ts';
import type { Path } from './path.ts';

const DEFAULT_UMASK = 0o022;

export class Fs extends kobject('fs', 1, {
  rootMount: ref<Mount>('mount', 'mount of the root directory'),
  rootDentry: ref<Dentry>('dentry', 'root directory'),
  cwdMount: ref<Mount>('mount', 'mount of the working directory'),
  cwdDentry: ref<Dentry>('dentry', 'working directory'),
  umask: u32('bits that new files do not get', { initial: DEFAULT_UMASK, show: 'octal' }),
}) {
  /** Both directories at one place. */
  static at(path: Path): Fs {
    const { mount, dentry } = path;
    return new Fs({ rootMount: mount, rootDentry: dentry, cwdMount: mount, cwdDentry: dentry });
  }

  get root(): Path {
    return { mount: this.rootMount, dentry: this.rootDentry };
  }

  get cwd(): Path {
    return { mount: this.cwdMount, dentry: this.cwdDentry };
  }

  setCwd({ mount, dentry }: Path): void {
    get(mount);
    get(dentry);
    put(this.cwdMount);
    put(this.cwdDentry);
    this.cwdMount = mount;
    this.cwdDentry = dentry;
  }

  setRoot({ mount, dentry }: Path): void {
    get(mount);
    get(dentry);
    put(this.rootMount);
    put(this.rootDentry);
    this.rootMount = mount;
    this.rootDentry = dentry;
  }

  override check(): void {
    const directories = this.rootDentry.inode?.isDir && this.cwdDentry.inode?.isDir;
    assert(directories === true, 'a root or working directory that is none');
  }

  /** A copy for a new process. */
  clone(): Fs {
    const { rootMount, rootDentry, cwdMount, cwdDentry, umask } = this;
    return new Fs({ rootMount, rootDentry, cwdMount, cwdDentry, umask });
  }
}
