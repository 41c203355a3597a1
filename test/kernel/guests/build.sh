#!/usr/bin/env bash
# Builds the guest programs of the kernel's tests: src/NAME.c becomes the static i386 file bin/NAME, with what it prints
# on a real kernel in expected/NAME.txt, unless that is written by hand (WRITTEN in ../machine.ts). Needs what
# images/build.sh needs, which must have fetched musl before.
#   test/kernel/guests/build.sh [NAME...]
set -euo pipefail
export LC_ALL=C
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
musl=$here/../../../.cache/images/musl/usr
[ -d "$musl" ] || { echo "build.sh: run images/build.sh first: it fetches musl" >&2; exit 1; }
names=("$@")
[ ${#names[@]} -gt 0 ] || names=($(cd "$here/src" && ls ./*.c | xargs -n1 basename -s .c))
for name in "${names[@]}"; do
  gcc -m32 -march=i686 -std=gnu11 -Os -Wall -Wextra -Wno-unused-result -Wno-array-bounds -fno-strict-aliasing -Wno-strict-aliasing -fno-pie -fno-stack-protector -fcf-protection=none \
    -fno-asynchronous-unwind-tables -fno-ident -ffunction-sections -fdata-sections "-ffile-prefix-map=$here/src=src" \
    -nostdinc -isystem "$musl/include/i386-linux-musl" -isystem "$(gcc -print-file-name=include)" \
    -static -no-pie -nostdlib -s -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,norelro -Wl,-z,noseparate-code \
    "$musl/lib/i386-linux-musl/crt1.o" "$musl/lib/i386-linux-musl/crti.o" "$here/src/$name.c" \
    -L"$musl/lib/i386-linux-musl" -Wl,--start-group -lc "$(gcc -m32 -print-libgcc-file-name)" -Wl,--end-group \
    "$musl/lib/i386-linux-musl/crtn.o" -o "$here/bin/$name"
  echo "$name: $(wc -c <"$here/bin/$name") bytes"
done
(cd "$here/../../.." && npx tsx test/kernel/guests/record.ts "${names[@]}")
