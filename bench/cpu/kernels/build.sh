#!/bin/sh
# Builds the benchmark kernels (committed as kernels/*.elf) with any gcc that has -m32.
cd "$(dirname "$0")" || exit 1
for name in ka kb kc; do
  gcc -m32 -march=i686 -O2 -fno-tree-vectorize -fno-tree-loop-distribute-patterns -ffreestanding -fno-stack-protector \
    -fcf-protection=none -fno-pie -no-pie -fno-asynchronous-unwind-tables -nostdlib -static -Wl,--build-id=none -s \
    -o "$name.elf" "$name.c" || exit 1
done
