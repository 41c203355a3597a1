/** A device number as inodes keep it and user space packs it (Linux new_encode_dev). */
export function deviceNumber(major: number, minor: number): number {
  return (major << 8) | (minor & 0xff) | ((minor & ~0xff) << 12);
}
