/** Lists that are rebuilt after restore in an order that is saved. */
export interface Ordered {
  /** From Container.waitSeq. */
  readonly seq: number;
}

/** Enters something behind all that came before it, so that a restored list is the same. */
export function enter<T extends Ordered>(list: T[], item: T): void {
  let at = list.length;
  while (at > 0 && list[at - 1]!.seq > item.seq) at--;
  list.splice(at, 0, item);
}

/** Takes something off a list; nothing happens when it is not there. */
export function leave<T>(list: T[], item: T): void {
  const at = list.indexOf(item);
  if (at >= 0) list.splice(at, 1);
}
