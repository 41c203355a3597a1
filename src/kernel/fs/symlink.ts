/** Symbolic links, symlink(7). */
import { ELOOP } from '../errno.ts';
import { assert } from '../kobject/errors.ts';
import { str } from '../kobject/fields.ts';
import { derived } from '../kobject/kobject.ts';
import { Inode } from './inode.ts';

export class Symlink extends derived(Inode, 'symlink', 1, {
  target: str('where it points, a byte string'),
}) {
  override readlink(): string {
    return this.target;
  }

  override open(): number {
    return -ELOOP;
  }

  override check(): void {
    super.check();
    assert(this.isLink, 'a symbolic link of another type');
    assert(this.size === this.target.length, 'a symbolic link whose size is not that of its target');
  }
}
