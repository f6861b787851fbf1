#!/usr/bin/env bash
# Builds CAF's core library with -fsanitize=thread under build/deps/caf-tsan, from Debian's own source package.
#
# ThreadSanitizer sees CAF's queues and reference counts only in a CAF that it has instrumented; with Debian's library a
# correct program of one actor reports dozens of races. The source comes by `apt-get source` from the mirrors that this
# system uses already, with lists of its own: nothing of the system's apt configuration changes, and it needs no root.
set -euo pipefail
cd "$(dirname "$0")/.."
version=0.17.6
compiler=clang++-16
flags="-fsanitize=thread -O1 -g1 -fno-omit-frame-pointer"
target=${ROLLCALL_DEPS:-$PWD/build/deps}/caf-tsan
stamp="$version $compiler $flags"

[[ -f $target/stamp && $(<"$target/stamp") == "$stamp" ]] && exit 0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Source entries for every Debian mirror that is configured, in either of apt's formats.
source_entries() {
  local file
  mkdir -p "$scratch/sources" "$scratch/lists/partial" "$scratch/cache"
  for file in /etc/apt/sources.list.d/*.sources; do
    [[ -f $file ]] && grep -q 'debian-archive-keyring' "$file" || continue
    sed 's/^Types:.*/Types: deb-src/' "$file" >"$scratch/sources/$(basename "$file")"
  done
  sed -nE 's/^deb(-src)? +/deb-src /p' /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
    grep -E 'bookworm[^ ]* +main' | sort -u >"$scratch/sources/debian.list" || true
}

apt() {
  apt-get -qq -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$scratch/sources" \
    -o Dir::State::lists="$scratch/lists" -o Dir::Cache="$scratch/cache" -o APT::Sandbox::User= "$@"
}

source_entries
apt update
# The upstream tarball alone: 0.17.6 builds unpatched.
mkdir "$scratch/source"
(cd "$scratch" && apt --download-only --tar-only source actor-framework &&
  tar -xf actor-framework_$version.orig.tar.gz -C source --strip-components=1)
# ccache knows the sources wherever they were unpacked.
export CCACHE_BASEDIR=$scratch CCACHE_NOHASHDIR=1
cmake -S "$scratch/source" -B "$scratch/build" -G Ninja -DCMAKE_UNITY_BUILD=ON -DCMAKE_BUILD_TYPE=None -DCMAKE_CXX_COMPILER=$compiler \
  -DCMAKE_CXX_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_FLAGS="$flags" -DCMAKE_INSTALL_PREFIX="$target" \
  -DCAF_NO_IO=yes -DCAF_NO_OPENSSL=yes -DCAF_NO_PYTHON=yes -DCAF_NO_OPENCL=yes -DCAF_NO_EXAMPLES=yes \
  -DCAF_NO_TOOLS=yes -DCAF_NO_UNIT_TESTS=yes
cmake --build "$scratch/build"
rm -rf "$target"
cmake --install "$scratch/build" >/dev/null
echo "$stamp" >"$target/stamp"
