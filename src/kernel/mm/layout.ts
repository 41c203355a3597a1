/** The address space of an i386 task: 3 GiB, as under a true i386 kernel (Linux arch/x86/include/asm/page_32_types.h). */
import { PAGE_MASK, PAGE_SIZE } from '../../cpu/ram.ts';

export const TASK_SIZE = 0xc000_0000;
/** The kernel's trampolines for handlers without SA_RESTORER; one page, the last below TASK_SIZE. */
export const SIGPAGE = 0xbfff_f000;
/** `pop %eax; mov $__NR_sigreturn, %eax; int $0x80`; debuggers know the bytes. */
export const SIGRETURN_TRAMPOLINE = SIGPAGE;
/** `mov $__NR_rt_sigreturn, %eax; int $0x80` */
export const RT_SIGRETURN_TRAMPOLINE = SIGPAGE + 16;
/** The stack's end; it grows downwards up to RLIMIT_STACK. */
export const STACK_TOP = 0xbfff_e000;
/** New mappings are placed top-down below this. */
export const MMAP_BASE = 0xb7ff_f000;
/** Lowest address that a task may map (vm.mmap_min_addr). */
export const MMAP_MIN = 0x0001_0000;
/** Where position-independent programs are loaded (Linux ELF_ET_DYN_BASE on i386 is two thirds of TASK_SIZE; gdb shows 0x56555000). */
export const ELF_DYN_BASE = 0x5655_5000;

/** Bytes of the trampoline page's start. */
export const SIGPAGE_CODE: readonly number[] = [
  0x58, 0xb8, 0x77, 0x00, 0x00, 0x00, 0xcd, 0x80, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0xb8, 0xad, 0x00,
  0x00, 0x00, 0xcd, 0x80,
];

/** Whether an address or length is a multiple of the page size. */
export const aligned = (n: number): boolean => (n & PAGE_MASK) === 0;
/** Up to a page boundary; may reach 2^32. */
export const pageUp = (n: number): number => Math.ceil(n / PAGE_SIZE) * PAGE_SIZE;
