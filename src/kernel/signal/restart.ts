/** What an interrupted call leaves in eax until the signal decides; user space never sees these, but tracers do. Linux include/linux/errno.h. */
export const ERESTARTSYS = 512;
export const ERESTARTNOINTR = 513;
export const ERESTARTNOHAND = 514;
export const ERESTART_RESTARTBLOCK = 516;
