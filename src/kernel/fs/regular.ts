/**
 * Regular files: the page cache is the file. Pages live in guest RAM frames; a page that was never touched is a hole, or
 * still in the base layer. Linux mm/filemap.c, mm/shmem.c.
 */
import { PAGE_MASK, PAGE_SIZE } from '../../cpu/ram.ts';
import { EFAULT, EFBIG, EIO, ENOSPC, ENXIO, EOVERFLOW, EPERM } from '../errno.ts';
import type { File } from '../fd/file.ts';
import { RegularFile } from '../fd/regular-file.ts';
import type { ByteSink, ByteSource } from '../fd/transfer.ts';
import type { Kernel } from '../kernel.ts';
import { assert, ImageError } from '../kobject/errors.ts';
import { count, str, transient, u32 } from '../kobject/fields.ts';
import { derived } from '../kobject/kobject.ts';
import { type OwnedPage, PAGE_BASE, type PageOwner } from '../mm/owner.ts';
import type { Result } from '../syscall/define.ts';
import type { Task } from '../task/task.ts';
import { checkBasePath } from './base.ts';
import { MAX_FILE_SIZE, MAX_NON_LFS, O_LARGEFILE, SEEK_DATA } from './flags.ts';
import { Inode } from './inode.ts';
import type { Path } from './path.ts';
import { reclaimPages } from './reclaim.ts';
import { F_SEAL_GROW, F_SEAL_SEAL, F_SEAL_SHRINK, F_SEALS_WRITE } from './seal.ts';
import { unmapFile } from './unmap.ts';

const SECTORS_PER_PAGE = PAGE_SIZE / 512;

function pageOf(pos: number): number {
  return Math.floor(pos / PAGE_SIZE);
}

/** Pages that `bytes` take. */
function pagesIn(bytes: number): number {
  return Math.ceil(bytes / PAGE_SIZE);
}

export class Regular
  extends derived(Inode, 'regular', 2, {
    lower: str('path in the base layer of what is not changed yet; empty when there is none', { initial: '' }),
    lowerSize: count('bytes from the start that the base layer still stands for', { initial: 0 }),
    seals: u32('F_SEAL_* of files in memory', { initial: F_SEAL_SEAL, since: 2, show: 'hex' }),
    cache: transient<Map<number, number>>('frame by page; filled from the pagemap', () => new Map()),
    clean: transient<Set<number>>('pages that equal the base layer; filled from the pagemap', () => new Set()),
  })
  implements PageOwner
{
  /** The frame of a page, read or zeroed when it was not there; -1 when RAM is exhausted. `index` lies below the size. */
  pageFrame(index: number): number {
    const cached = this.cache.get(index);
    if (cached !== undefined) return cached;
    const frame = this.newFrame();
    if (frame < 0) return -1;
    if (index * PAGE_SIZE < this.lowerSize) {
      this.readBase(index, frame);
      this.clean.add(index);
    }
    this.keepPage(index, frame);
    return frame;
  }

  private keepPage(index: number, frame: number): void {
    this.cache.set(index, frame);
    this.superblock.blocksUsed++;
  }

  private losePage(index: number): void {
    this.cache.delete(index);
    this.clean.delete(index);
    this.superblock.blocksUsed--;
  }

  /** The page differs from the base layer from now on: it was written, or may be through a mapping. */
  dirtyPage(index: number): void {
    this.clean.delete(index);
  }

  private newFrame(): number {
    const { frames } = this.k;
    if (this.superblock.isFull) return -1;
    const frame = frames.alloc();
    return frame >= 0 || reclaimPages(this.k) === 0 ? frame : frames.alloc();
  }

  private readBase(index: number, frame: number): void {
    const start = index * PAGE_SIZE;
    const length = Math.min(PAGE_SIZE, this.lowerSize - start);
    const data = this.k.host.base.read(this.lower, start, length);
    assert(data.length === length, `the base layer's ${this.lower} has become shorter`);
    this.k.frames.bytes(frame).set(data);
  }

  /** Whether nothing was ever written there. */
  private isHole(index: number): boolean {
    return !this.cache.has(index) && index * PAGE_SIZE >= this.lowerSize;
  }

  /** Copies [pos, size) to the user as far as it goes; the bytes copied, or -EFAULT. Linux filemap_read. */
  readTo(to: ByteSink, pos: number): Result {
    const { frames } = this.k;
    let done = 0;
    while (to.remaining > 0 && pos + done < this.size) {
      const at = pos + done;
      const index = pageOf(at);
      const from = at % PAGE_SIZE;
      const length = Math.min(PAGE_SIZE - from, this.size - at, to.remaining);
      let copied: number;
      if (this.isHole(index)) {
        copied = to.put(new Uint8Array(length));
      } else {
        const frame = this.pageFrame(index);
        if (frame < 0) return done > 0 ? done : -EIO;
        // The copy may fault pages in, and that may reclaim this one.
        frames.get(frame);
        copied = to.put(frames.bytes(frame).subarray(from, from + length));
        frames.put(frame);
      }
      done += copied;
      if (copied < length) return done > 0 ? done : -EFAULT;
    }
    return done;
  }

  /** Writes at `pos`, not past `limit`; the bytes written, -EFBIG, -ENOSPC or -EFAULT. Linux generic_perform_write. */
  writeFrom(from: ByteSource, pos: number, limit: number = MAX_FILE_SIZE): Result {
    if (from.remaining === 0) return 0;
    if (pos >= limit) return -EFBIG;
    let done = 0;
    let error = 0;
    const end = Math.min(pos + from.remaining, limit);
    while (pos + done < end && error === 0) {
      const at = pos + done;
      const offset = at % PAGE_SIZE;
      const length = Math.min(PAGE_SIZE - offset, end - at);
      const data = from.take(length);
      if (data === null) error = -EFAULT;
      else if (this.isSealed(at + length)) error = -EPERM;
      else if (!this.writePage(pageOf(at), offset, data)) error = -ENOSPC;
      else done += data.length;
      if (data !== null && data.length < length) break;
    }
    if (done > 0) this.written(pos + done);
    return done > 0 ? done : error;
  }

  /** Whether seals forbid to write up to `end`. */
  private isSealed(end: number): boolean {
    return (this.seals & F_SEALS_WRITE) !== 0 || ((this.seals & F_SEAL_GROW) !== 0 && end > this.size);
  }

  private written(end: number): void {
    this.size = Math.max(this.size, end);
    this.touchMtime();
  }

  /** Puts bytes into one page; false when RAM is exhausted. */
  writePage(index: number, offset: number, data: Uint8Array): boolean {
    const frame = this.pageFrame(index);
    if (frame < 0) return false;
    this.k.frames.bytes(frame).set(data, offset);
    this.k.frames.touched(frame);
    this.dirtyPage(index);
    return true;
  }

  /** Kernel-side read of up to `length` bytes; shorter at the end of the file, null when RAM is exhausted. */
  bytesAt(pos: number, length: number): Uint8Array | null {
    const data = new Uint8Array(Math.max(0, Math.min(length, this.size - pos)));
    for (let done = 0; done < data.length; ) {
      const at = pos + done;
      const from = at % PAGE_SIZE;
      const n = Math.min(PAGE_SIZE - from, data.length - done);
      if (!this.isHole(pageOf(at))) {
        const frame = this.pageFrame(pageOf(at));
        if (frame < 0) return null;
        data.set(this.k.frames.bytes(frame).subarray(from, from + n), done);
      }
      done += n;
    }
    return data;
  }

  /** Kernel-side write; false when RAM is exhausted. */
  writeBytes(pos: number, data: Uint8Array): boolean {
    for (let done = 0; done < data.length; ) {
      const at = pos + done;
      const offset = at % PAGE_SIZE;
      const chunk = data.subarray(done, done + PAGE_SIZE - offset);
      if (!this.writePage(pageOf(at), offset, chunk)) return false;
      done += chunk.length;
      this.written(at + chunk.length);
    }
    return true;
  }

  /** truncate(2): cuts or extends with a hole. Pages past the end leave every mapping. */
  override resize(length: number): Result {
    if (length > MAX_FILE_SIZE) return -EFBIG;
    if (length < this.size && this.seals & F_SEAL_SHRINK) return -EPERM;
    if (length > this.size && this.seals & F_SEAL_GROW) return -EPERM;
    if (length < this.size) {
      this.dropPages(pagesIn(length), Number.POSITIVE_INFINITY);
      this.lowerSize = Math.min(this.lowerSize, length);
      this.zeroTail(length);
    }
    this.size = length;
    this.touchMtime();
    return 0;
  }

  /** The last page past the new end reads as zeros when the file grows again; the base layer's copy is cut alike. */
  private zeroTail(length: number): void {
    const frame = this.cache.get(pageOf(length));
    if (frame === undefined || length % PAGE_SIZE === 0) return;
    this.k.frames.bytes(frame).fill(0, length & PAGE_MASK);
    this.k.frames.touched(frame);
  }

  /** Takes pages first .. end - 1 out of all mappings and of the cache. */
  private dropPages(first: number, end: number): void {
    unmapFile(this.k, this, first, end);
    for (const [index, frame] of [...this.cache]) {
      if (index >= first && index < end) this.giveUp(index, frame);
    }
  }

  /** Takes a page that nobody has mapped out of the cache. */
  private giveUp(index: number, frame = this.cache.get(index)!): void {
    this.losePage(index);
    this.k.frames.put(frame);
  }

  /** fallocate(2), FALLOC_FL_PUNCH_HOLE or ZERO_RANGE within the size: zeros from `start` to `end`. False when RAM is exhausted. */
  zeroRange(start: number, end: number): boolean {
    const limit = Math.min(end, this.size);
    for (let at = start; at < limit; ) {
      const index = pageOf(at);
      const next = Math.min(limit, (index + 1) * PAGE_SIZE);
      const whole = at % PAGE_SIZE === 0 && next - at === PAGE_SIZE;
      if (whole && index * PAGE_SIZE >= this.lowerSize) {
        this.dropPages(index, index + 1);
      } else if (!this.isHole(index) && !this.writePage(index, at % PAGE_SIZE, new Uint8Array(next - at))) {
        return false;
      }
      at = next;
    }
    this.touchMtime();
    return true;
  }

  /** fallocate(2), mode 0: makes every page of the range present. False when RAM is exhausted: then none is made. */
  reserve(start: number, end: number): boolean {
    const made: number[] = [];
    for (let index = pageOf(start); index < pagesIn(end); index++) {
      const isNew = !this.cache.has(index);
      if (this.pageFrame(index) >= 0) {
        if (isNew) made.push(index);
        continue;
      }
      for (const page of made) this.giveUp(page);
      return false;
    }
    return true;
  }

  /** lseek(2), SEEK_DATA and SEEK_HOLE: page by page. */
  seekData(pos: number, whence: number): number {
    if (pos < 0 || pos >= this.size) return -ENXIO;
    const wantHole = whence !== SEEK_DATA;
    const last = pagesIn(this.size);
    if (!wantHole || !this.isHole(pageOf(pos))) {
      for (let index = pageOf(pos); index < last; index++) {
        if (this.isHole(index) === wantHole) return Math.max(pos, index * PAGE_SIZE);
        if (wantHole) continue;
        index = this.nextPresent(index) - 1;
      }
      return wantHole ? this.size : -ENXIO;
    }
    return pos;
  }

  /** The first page after `index` that is no hole, or the end. */
  private nextPresent(index: number): number {
    let next = pagesIn(this.size);
    for (const page of this.cache.keys()) if (page > index && page < next) next = page;
    return next;
  }

  override get blocks(): number {
    const lowerPages = pagesIn(this.lowerSize);
    let own = 0;
    for (const index of this.cache.keys()) if (index >= lowerPages) own++;
    return (lowerPages + own) * SECTORS_PER_PAGE;
  }

  /** Gives back unchanged pages of the base layer that nobody maps. */
  override dropClean(): number {
    let freed = 0;
    for (const index of [...this.clean]) {
      const frame = this.cache.get(index);
      assert(frame !== undefined, 'a clean page that is not there');
      if (this.k.frames.refs(frame) > 1) continue;
      this.losePage(index);
      this.k.frames.put(frame);
      freed++;
    }
    return freed;
  }

  override open(_k: Kernel, _t: Task, { mount, dentry }: Path, flags: number): File | number {
    if ((flags & O_LARGEFILE) === 0 && this.size > MAX_NON_LFS) return -EOVERFLOW;
    return new RegularFile({ flags, mount, dentry, inode: this });
  }

  /** The base has been compared with its manifest by now; this compares the inode with the base. */
  override afterLoad(kernel: Kernel): void {
    super.afterLoad(kernel);
    if (this.lower === '') return;
    const slash = this.lower.lastIndexOf('/');
    const entries = kernel.host.base.entries(slash <= 0 ? '/' : this.lower.slice(0, slash));
    const entry = entries.find((each) => each.name === this.lower.slice(slash + 1));
    if (entry?.type !== 'file' || entry.size < this.lowerSize) {
      throw new ImageError(
        'EBADFIELD',
        'regular.lower',
        `the root has no file ${this.lower} of ${this.lowerSize} bytes`,
      );
    }
  }

  override released(): void {
    super.released();
    if (this.sb !== null) this.sb.blocksUsed -= this.cache.size;
    for (const frame of this.cache.values()) this.k.frames.put(frame);
    this.cache.clear();
    this.clean.clear();
  }

  pages(): Iterable<OwnedPage> {
    const rows = Array.from(this.cache, ([index, frame]) => ({
      index,
      frame,
      flags: this.clean.has(index) ? PAGE_BASE : 0,
    }));
    return rows.sort((a, b) => a.index - b.index);
  }

  adoptPage(index: number, frame: number, flags: number): void {
    const path = `regular.page[${index}]`;
    this.checkIncoming(index, flags, path);
    if (flags & PAGE_BASE) this.clean.add(index);
    this.keepPage(index, frame);
  }

  refillPage(index: number): boolean {
    this.checkIncoming(index, PAGE_BASE, `regular.page[${index}]`);
    return this.pageFrame(index) >= 0;
  }

  private checkIncoming(index: number, flags: number, path: string): void {
    if (this.cache.has(index)) throw new ImageError('EPAGEMAP', path, 'stands twice');
    if (index >= pagesIn(this.size)) throw new ImageError('EPAGEMAP', path, 'lies past the end of the file');
    if ((flags & ~PAGE_BASE) !== 0) throw new ImageError('EPAGEMAP', path, `unknown flags ${flags}`);
    if (flags & PAGE_BASE && index * PAGE_SIZE >= this.lowerSize) {
      throw new ImageError('EPAGEMAP', path, 'is not in the base layer');
    }
  }

  override check(): void {
    super.check();
    assert(this.isRegular, 'a regular file of another type');
    assert(this.size <= MAX_FILE_SIZE, 'a file past the size limit');
    assert(this.lowerSize <= this.size, 'more of the base layer than the file is long');
    assert(this.lower !== '' || this.lowerSize === 0, 'bytes of no base file');
    checkBasePath(this.lower);
  }
}
