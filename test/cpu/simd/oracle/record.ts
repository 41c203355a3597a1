/** Layout of the records that native.c reads and writes. */
export const REQUEST_SIZE = 96;
export const REPLY_SIZE = 64;
export const CODE_SIZE = 12;
export const REQUEST = {
  code: 0,
  mxcsr: 12,
  xmm: 16,
  memory: 48,
  mmx: 64,
  eax: 72,
  status: 76,
  control: 78,
  top: 80,
} as const;
export const REPLY = {
  trap: 0,
  mxcsr: 4,
  xmm: 8,
  memory: 24,
  mmx: 40,
  eax: 48,
  eflags: 52,
  status: 54,
  tags: 56,
} as const;
/** TOP in every request: MMX instructions set it to zero. */
export const TOP = 3;
