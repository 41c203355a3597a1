/** Owners of pages: address spaces and inodes. The page engine dumps and restores pages through this interface only. */

/** An address space's entry is writable now (not waiting for a copy on write). */
export const PAGE_WRITABLE = 1;
/** An inode's page still equals the base layer's file: its content need not be saved. */
export const PAGE_BASE = 2;

export interface OwnedPage {
  /** Page number within the owner: linear address or file offset, by 4096. */
  readonly index: number;
  /** The frame that holds it. */
  readonly frame: number;
  readonly flags: number;
}

export interface PageOwner {
  /** Every present page, in index order. */
  pages(): Iterable<OwnedPage>;
  /** At restore: installs `frame`, whose reference the owner takes over. Throws ImageError when `index` or `flags` cannot be. */
  adoptPage(index: number, frame: number, flags: number): void;
  /** At restore, for PAGE_BASE: reads the page from the base layer again; false when RAM is exhausted. */
  refillPage?(index: number): boolean;
  /** Frames that the owner uses beside its pages, such as page tables; the audit counts them. */
  tableFrames?(): readonly number[];
}

/** Whether an object owns pages. */
export function isPageOwner(object: object): object is PageOwner {
  return 'pages' in object && 'adoptPage' in object;
}
