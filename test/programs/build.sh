#!/usr/bin/env bash
# Builds bin/NAME, a static i386 program with musl, of src/NAME.c, and records in expected/NAME.txt what the same source
# prints natively as a 64-bit program with musl and with glibc. Needs gcc with -m32, apt with i386 in its lists, and an
# x86-64 processor.
set -euo pipefail
export LC_ALL=C
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/../.."
npx --no-install tsx test/tools/fetch-debian.ts musl-dev musl-dev:amd64

build() { # build OUTPUT TRIPLE INCLUDE-AND-LIBRARY-ROOT SOURCE FLAGS...
  local output=$1 triple=$2 root=$3 source=$4
  shift 4
  gcc "$@" -std=gnu11 -O1 -Wall -Wextra -fno-pie -fno-stack-protector -fcf-protection=none -fno-asynchronous-unwind-tables \
    -fno-ident -ffunction-sections -fdata-sections "-ffile-prefix-map=$here/src=src" \
    -nostdinc -isystem "$root/include/$triple" -isystem "$(gcc -print-file-name=include)" \
    -static -no-pie -nostdlib -s -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,norelro -Wl,-z,noseparate-code \
    "$root/lib/$triple/crt1.o" "$root/lib/$triple/crti.o" "$source" -L"$root/lib/$triple" \
    -Wl,--start-group -lc "$(gcc "$@" -print-libgcc-file-name)" -Wl,--end-group "$root/lib/$triple/crtn.o" -o "$output"
}

mkdir -p "$here/bin" "$here/expected" .cache/programs
for source in "$here"/src/*.c; do
  name=$(basename "$source" .c)
  build "$here/bin/$name" i386-linux-musl .cache/debian/musl-dev/usr "$source" -m32 -march=i686
  build ".cache/programs/$name-musl64" x86_64-linux-musl .cache/debian/musl-dev:amd64/usr "$source" -m64
  ".cache/programs/$name-musl64" 300 >"$here/expected/$name-musl.txt"
  gcc -O1 -w -o ".cache/programs/$name-glibc64" "$source"
  ".cache/programs/$name-glibc64" 300 >"$here/expected/$name-glibc.txt"
  echo "$name: $(wc -c <"$here/bin/$name") bytes"
done
