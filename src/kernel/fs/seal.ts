/** F_SEAL_*: what nobody may do to a file in memory any more. Linux include/uapi/linux/fcntl.h. */
export const F_SEAL_SEAL = 1;
export const F_SEAL_SHRINK = 2;
export const F_SEAL_GROW = 4;
export const F_SEAL_WRITE = 8;
export const F_SEAL_FUTURE_WRITE = 16;
export const F_ALL_SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE;
export const F_SEALS_WRITE = F_SEAL_WRITE | F_SEAL_FUTURE_WRITE;
