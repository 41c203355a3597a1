#!/bin/sh
# Builds the benchmark kernels (committed as kernels/*.elf) with any gcc that has -m32.
cd "$(dirname "$0")" || exit 1

# name, and the options that choose its floating point
build() {
  name=$1
  shift
  gcc -m32 -march=i686 -O2 -fno-tree-vectorize -fno-tree-loop-distribute-patterns -ffreestanding -fno-stack-protector \
    -fcf-protection=none -fno-pie -no-pie -fno-asynchronous-unwind-tables -fno-math-errno -nostdlib -static \
    -Wl,--build-id=none -s "$@" -o "$name.elf" "$name.c" || exit 1
}

for name in k0 ka kb kc; do build "$name"; done
build kf -mfpmath=387
build kd -msse2 -mfpmath=sse
build ki -msse2
