#!/usr/bin/env bash
# Builds the guest programs: images/src/NAME.c and images/src/NAME/*.c become the static i386 file images/root/bin/NAME.
#
#   images/build.sh            build all, then run each natively and record what it prints in images/expected
#   images/build.sh NAME...    build only these, record nothing
#   images/build.sh --check    build into .cache/images and say whether the committed files are equal; change nothing
#
# Needs gcc with -m32 (Debian: gcc-multilib). musl's headers and library for i386 come from Debian's musl-dev:i386,
# unpacked into .cache/images/musl: installed, the package would push gcc-multilib out. Bytes repeat exactly
# with the versions named below; other versions work, and --check then tells which one differs.
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=$(dirname "$here")/.cache/images
src=$here/src
MUSL_VERSION=1.2.3-1
MUSL_SHA256=e7e49904a302b4c986cc7729b1af9117f7a01a928b12c43e75bdd015697bff82
GCC_VERSION=12.2.0

fetch_musl() {
  [ -e "$cache/musl/.complete" ] && return
  rm -rf "$cache/musl" "$cache/download"
  mkdir -p "$cache/download"
  if ! (cd "$cache/download" && apt-get download "musl-dev:i386=$MUSL_VERSION") >"$cache/apt.log" 2>&1; then
    echo "build.sh: apt-get cannot download musl-dev:i386=$MUSL_VERSION (see $cache/apt.log); it needs Debian 12 with" \
      "'dpkg --add-architecture i386' and 'apt-get update'" >&2
    exit 1
  fi
  local found=("$cache"/download/musl-dev_*_i386.deb)
  echo "$MUSL_SHA256  ${found[0]}" | sha256sum --quiet --check || exit 1
  dpkg-deb -x "${found[0]}" "$cache/musl"
  touch "$cache/musl/.complete"
}

# i686 without SSE: what the interpreter's first tier executes. No build id, notes or unwind tables: they cost space,
# and an id would change with every rebuild of the toolchain. noseparate-code keeps text in one page run with the headers.
compile_flags=(
  -m32 -march=i686 -mtune=i686 -std=gnu11 -Os -Wall -Wextra -Werror -fno-pie -fno-stack-protector -fcf-protection=none
  -fno-asynchronous-unwind-tables -fno-ident -ffunction-sections -fdata-sections "-ffile-prefix-map=$src=src"
)
link_flags=(
  -m32 -static -no-pie -nostdlib -s -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,norelro -Wl,-z,noseparate-code
)

build() { # build NAME OUTPUT
  local name=$1 output=$2 lib=$cache/musl/usr/lib/i386-linux-musl
  local sources=("$src/$name.c")
  [ -d "$src/$name" ] && sources=("$src/$name"/*.c)
  gcc "${compile_flags[@]}" -nostdinc -isystem "$cache/musl/usr/include/i386-linux-musl" \
    -isystem "$(gcc -print-file-name=include)" -I "$src" "${link_flags[@]}" "$lib/crt1.o" "$lib/crti.o" \
    "${sources[@]}" "$src"/lib/*.c -L"$lib" -Wl,--start-group -lm -lc "$(gcc -m32 -print-libgcc-file-name)" -Wl,--end-group \
    "$lib/crtn.o" -o "$output"
  strip --strip-all --remove-section=.comment --remove-section=.eh_frame --remove-section='.note*' "$output"
  chmod 755 "$output"
}

names() {
  local entry
  for entry in "$src"/*.c "$src"/*/main.c; do
    case $entry in
      */main.c) basename "$(dirname "$entry")" ;;
      *) basename "$entry" .c ;;
    esac
  done | sort
}

check() {
  local name differ=0 count=0
  mkdir -p "$cache/fresh"
  for name in $(names); do
    build "$name" "$cache/fresh/$name"
    count=$((count + 1))
    cmp "$here/root/bin/$name" "$cache/fresh/$name" || differ=1
  done
  for name in "$here"/root/bin/*; do
    [ -e "$cache/fresh/$(basename "$name")" ] || { echo "$name has no source"; differ=1; }
  done
  if [ $differ = 0 ]; then
    echo "images: $count programs equal a fresh build"
  else
    echo "images: a fresh build differs. Committed files are built with gcc $GCC_VERSION and musl $MUSL_VERSION;" \
      "this is gcc $(gcc -dumpfullversion)" >&2
    exit 1
  fi
}

main() {
  local name
  echo 'int main;' | gcc -m32 -x c -c -o /dev/null - 2>/dev/null || { echo 'build.sh: needs gcc -m32 (gcc-multilib)' >&2; exit 1; }
  mkdir -p "$cache" "$here/root/bin"
  fetch_musl
  if [ "${1:-}" = --check ]; then
    check
  elif [ $# -gt 0 ]; then
    for name; do build "$name" "$here/root/bin/$name"; done
  else
    for name in $(names); do build "$name" "$here/root/bin/$name"; done
    (cd "$here/.." && npx tsx test/native/record.ts)
  fi
}

main "$@"
