/**
 * What a packet costs its socket: buffers are charged with the memory that Linux takes for it on i386, not with the bytes
 * in it, so that a buffer is full when it is full there. Linux include/linux/skbuff.h, net/core/sock.c.
 */
import { PAGE_SIZE } from '../../cpu/ram.ts';

/** sizeof(struct sk_buff), aligned. */
const SKB_SIZE = 192;
/** sizeof(struct skb_shared_info), aligned; it stands behind the data. */
const SHARED_INFO = 256;
const CACHE_LINE = 64;
/** Most that a packet holds without pages of its own: one page's rest, and four pages' rest. */
export const SKB_MAX_HEAD = PAGE_SIZE - SHARED_INFO;
export const SKB_MAX_ALLOC = 4 * PAGE_SIZE - SHARED_INFO;
/** Pages that a packet may have beside its head. */
const FRAGS_SIZE = 32_768;
/** The longest packet of a stream. */
export const STREAM_CHUNK_MAX = SKB_MAX_HEAD + FRAGS_SIZE;

function pageAlign(n: number): number {
  return Math.ceil(n / PAGE_SIZE) * PAGE_SIZE;
}

/** Charge for a packet with `linear` bytes in its head and `paged` bytes in pages (Linux SKB_TRUESIZE, alloc_skb_with_frags). */
export function truesize(linear: number, paged: number): number {
  const wanted = Math.ceil(linear / CACHE_LINE) * CACHE_LINE + SHARED_INFO;
  let bucket = SHARED_INFO;
  while (bucket < wanted) bucket *= 2;
  return bucket + SKB_SIZE + pageAlign(paged);
}

/** Charge for a chunk of a stream (Linux unix_stream_sendmsg): what exceeds a head goes to pages. */
export function streamCharge(size: number): number {
  const paged = Math.min(size, pageAlign(Math.max(0, size - SKB_MAX_HEAD)));
  return truesize(size - paged, paged);
}

/** Charge for a datagram (Linux unix_dgram_sendmsg). */
export function datagramCharge(size: number): number {
  const paged = Math.min(size, pageAlign(Math.max(0, size - SKB_MAX_ALLOC)));
  return truesize(size - paged, paged);
}

/** Headers in front of a UDP packet's data, and what is kept free for lower layers. */
const UDP_HEADROOM = 28 + 31;

/** Charge for a UDP packet at its receiver (Linux __ip_append_data): a long one lies in pages byte by byte. */
export function udpCharge(size: number): number {
  if (size + UDP_HEADROOM < SKB_MAX_ALLOC) return truesize(size + UDP_HEADROOM, 0);
  return truesize(UDP_HEADROOM, 0) + size;
}
