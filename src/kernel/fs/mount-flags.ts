/** MS_* of mount(2) as mounts keep them, Linux include/uapi/linux/mount.h. */
export const MNT_RDONLY = 1;
export const MNT_NOSUID = 2;
export const MNT_NODEV = 4;
export const MNT_NOEXEC = 8;
export const MS_REMOUNT = 0x20;
export const MNT_NOATIME = 0x400;
export const MNT_NODIRATIME = 0x800;
export const MS_BIND = 0x1000;
export const MS_MOVE = 0x2000;
export const MS_REC = 0x4000;
export const MS_SILENT = 0x8000;
export const MS_UNBINDABLE = 0x2_0000;
export const MS_PRIVATE = 0x4_0000;
export const MS_SLAVE = 0x8_0000;
export const MS_SHARED = 0x10_0000;
export const MNT_RELATIME = 0x20_0000;
export const MS_STRICTATIME = 0x100_0000;
export const MS_NOUSER = 0x8000_0000;
/** Old callers put this above the flags. */
export const MS_MGC_VAL = 0xc0ed_0000;
export const MS_MGC_MSK = 0xffff_0000;
export const MS_PROPAGATION = MS_UNBINDABLE | MS_PRIVATE | MS_SLAVE | MS_SHARED;

export const MNT_ATIME = MNT_NOATIME | MNT_NODIRATIME | MNT_RELATIME;
/** What a mount keeps. */
export const MNT_KEPT = MNT_RDONLY | MNT_NOSUID | MNT_NODEV | MNT_NOEXEC | MNT_ATIME;
/** What a namespace with fewer rights cannot take back. */
export const MNT_LOCKABLE = MNT_RDONLY | MNT_NOSUID | MNT_NODEV | MNT_NOEXEC;
