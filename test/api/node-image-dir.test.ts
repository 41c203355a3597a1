import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DirectorySink, DirectorySource } from '../../src/api/node-image-dir.ts';
import { MAGIC } from '../../src/ckpt/record.ts';

/** A file of an image as far as directories care: the magic, then `text`. */
function bytesOf(text: string): Uint8Array {
  return Uint8Array.from([...MAGIC, ...Buffer.from(text)]);
}

function writeImage(directory: string, text: string): void {
  const sink = new DirectorySink(directory);
  sink.begin('inventory');
  sink.write(bytesOf(text));
  sink.begin('pages');
  sink.write(bytesOf('pages'));
  sink.write(new Uint8Array(3 << 20).fill(7));
  sink.commit();
}

function textOf(directory: string): string {
  return readFileSync(join(directory, 'inventory')).subarray(MAGIC.length).toString();
}

let parent: string;
let image: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'cr86-image-'));
  image = join(parent, 'img');
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

describe('an image directory', () => {
  it('shows nothing before the commit and everything after it', () => {
    const sink = new DirectorySink(image);
    sink.begin('inventory');
    sink.write(bytesOf('x'));
    expect(existsSync(image)).toBe(false);
    sink.commit();
    expect(readdirSync(parent)).toEqual(['img']);
    expect(textOf(image)).toBe('x');
  });

  it('is read back file by file, in parts', () => {
    writeImage(image, 'one');
    const source = new DirectorySource(image);
    expect(source.list()).toEqual(['inventory', 'pages']);
    expect(source.size('pages')).toBe(MAGIC.length + 5 + (3 << 20));
    expect(Buffer.from(source.read('inventory', MAGIC.length, 2)).toString()).toBe('on');
    expect(source.read('pages', 1 << 20, 2)).toEqual(Uint8Array.of(7, 7));
  });

  it('replaces an old image and leaves nothing else', () => {
    writeImage(image, 'old');
    writeImage(image, 'new');
    expect(textOf(image)).toBe('new');
    expect(readdirSync(parent)).toEqual(['img']);
  });

  it('keeps the old image when the new one is given up', () => {
    writeImage(image, 'old');
    const sink = new DirectorySink(image);
    sink.begin('inventory');
    sink.write(bytesOf('half'));
    sink.abort();
    expect(textOf(image)).toBe('old');
    expect(readdirSync(parent)).toEqual(['img']);
  });

  it('takes an empty directory, and refuses one with anybody else’s files', () => {
    mkdirSync(image);
    writeImage(image, 'one');
    expect(textOf(image)).toBe('one');
    writeFileSync(join(image, 'thesis.tex'), 'years of work');
    expect(() => new DirectorySink(image)).toThrow(
      /holds "thesis.tex", which is no image's; not replaced \[ENOTEMPTY\]/,
    );
    expect(readdirSync(parent)).toEqual(['img']);
  });

  it('finds the old image after a crash between the two renames, and puts it back', () => {
    writeImage(`${image}~`, 'old');
    expect(Buffer.from(new DirectorySource(image).read('inventory', MAGIC.length, 3)).toString()).toBe('old');
    const sink = new DirectorySink(image);
    sink.abort();
    expect(textOf(image)).toBe('old');
  });

  it('names a directory that is not there', () => {
    expect(() => new DirectorySource(join(parent, 'none'))).toThrow(/none: no such directory \[ENOENT\]/);
    expect(() => new DirectorySink(join(parent, 'none', 'img'))).toThrow(/\[ENOENT\]/);
  });
});

/** A mounted tmpfs of 1 MiB, or the reason why there is none. */
function tinyFilesystem(): { path: string } | { missing: string } {
  const path = mkdtempSync(join(tmpdir(), 'cr86-full-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path], { stdio: 'pipe' });
    return { path };
  } catch {
    rmSync(path, { recursive: true });
    return { missing: 'needs root to mount a tiny tmpfs' };
  }
}

describe('a full disk', () => {
  const disk = tinyFilesystem();
  afterEach(() => {
    if ('path' in disk) execFileSync('umount', [disk.path]);
  });

  it.skipIf('missing' in disk)('is a clear error (needs root to mount a tiny tmpfs)', () => {
    const { path } = disk as { path: string }; // the test is skipped otherwise
    const directory = join(path, 'img');
    const sink = new DirectorySink(directory);
    sink.begin('inventory');
    sink.write(bytesOf('x'));
    sink.begin('pages');
    expect(() => {
      sink.write(new Uint8Array(2 << 20));
      sink.commit();
    }).toThrow(/img: no space left on the device; nothing was changed \[ENOSPC\]/);
    sink.abort();
    expect(readdirSync(path)).toEqual([]);
  });
});
