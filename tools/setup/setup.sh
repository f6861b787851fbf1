#!/usr/bin/env bash
# Installs what the tree needs; `./dev setup [build|test|bench]` calls it.
#
#   build   Debian's packages to build and run, and under build/deps the models, ONNX Runtime and photographs
#   test    those, the compilers and checkers of `./dev test`, the AWS SDK for JavaScript, and what checks deploy/
#   bench   those, and the engines that `./dev bench search` measures ours against
#
# It looks at what is there instead of trusting a stamp, so a second run costs a second and repairs what is missing.
# ROLLCALL_MIRROR: a directory, or the prefix of a URL, that holds the npm tarballs of tools/setup/fetched*.txt by name.
# ROLLCALL_DEPS:   where the fetched files go; default build/deps.
set -euo pipefail
cd "$(dirname "$0")/../.."
lists=tools/setup
deps=${ROLLCALL_DEPS:-build/deps}
export DEBIAN_FRONTEND=noninteractive

say() { printf '   %s\n' "$*"; }
die() { printf 'setup: %s\n' "$*" >&2; exit 1; }
as_root() { if [[ $(id -u) == 0 ]]; then "$@"; else sudo --preserve-env=DEBIAN_FRONTEND "$@"; fi; }
names() { sed 's/#.*//; /^[[:space:]]*$/d' "$@"; }

# Of the packages given, those that are not installed.
missing() {
  dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null | awk '$2 == "installed" {print $1}' | sort -u |
    comm -13 - <(printf '%s\n' "$@" | sort -u)
}

# Turns apt's status lines (`pmstatus:package:percent:text`) into a line at every tenth.
progress() {
  local kind rest percent last=-1
  while IFS=: read -r kind rest percent _; do
    percent=${percent%%.*}
    [[ $kind == dlstatus || $kind == pmstatus ]] && [[ $percent =~ ^[0-9]+$ ]] || continue
    [[ $((percent / 10)) == "$last" ]] && continue
    last=$((percent / 10))
    [[ $kind == dlstatus ]] && say "downloading ${percent} %" || say "installing ${percent} %"
  done
}

install_packages() {
  local wanted
  command -v dpkg-query >/dev/null || die "this is no Debian system: install what $lists/packages-*.txt name by hand"
  mapfile -t wanted < <(missing "$@")
  [[ ${#wanted[@]} == 0 ]] && return
  [[ $(id -u) == 0 ]] || command -v sudo >/dev/null || die "run it as root, or install sudo; missing: ${wanted[*]}"
  mkdir -p build
  say "Debian packages: ${wanted[*]} (log: build/setup.log)"
  as_root apt-get update -qq >build/setup.log 2>&1 || die "apt-get update failed: see build/setup.log"
  { as_root bash -c 'exec 3>&1 >&2; exec apt-get install -y -q --no-install-recommends -o APT::Status-Fd=3 "$@"' \
      install "${wanted[@]}" 2>>build/setup.log || echo "failed:::" >build/setup.failed; } | progress
  [[ ! -e build/setup.failed ]] || { rm -f build/setup.failed; tail -n 5 build/setup.log; die "apt-get install failed"; }
}

# Debian starts a server of its own when the package comes in, unless told not to; the tests start theirs.
keep_postgresql_down() {
  [[ -z $(missing postgresql-common) ]] && return
  as_root mkdir -p /etc/postgresql-common/createcluster.d
  echo 'create_main_cluster = false' | as_root tee /etc/postgresql-common/createcluster.d/rollcall.conf >/dev/null
}

# An npm of another vendor stays; Debian's is installed only where there is none.
need_npm() {
  command -v npm >/dev/null || install_packages nodejs npm
}

digest_of() { sha256sum <"$1" | cut -d' ' -f1; }

# Leaves the tarball $2 of the npm package $1 in the directory $3.
fetch() {
  local spec=$1 tarball=$2 to=$3
  case ${ROLLCALL_MIRROR:-} in
    '')
      need_npm
      say "npm pack $spec"
      # npm names the file itself; the answer is discarded and the digest decides.
      (cd "$to" && npm pack --silent --ignore-scripts "$spec" >/dev/null) || die "npm pack $spec failed"
      ;;
    *://*)
      command -v curl >/dev/null || install_packages curl
      say "fetching ${ROLLCALL_MIRROR%/}/$tarball"
      curl -fsSL --retry 3 --max-time 1800 -o "$to/$tarball" "${ROLLCALL_MIRROR%/}/$tarball" || die "the mirror has no $tarball"
      ;;
    *) cp "$ROLLCALL_MIRROR/$tarball" "$to/" || die "the mirror $ROLLCALL_MIRROR has no $tarball" ;;
  esac
}

# Takes the files of one package out of its tarball: each verified before it moves to its place.
unpack_package() {
  local spec=$1 tarball=$2 digest=$3 scratch
  scratch=$(mktemp -d "$deps/.unpack.XXXXXX")
  fetch "$spec" "$tarball" "$scratch"
  [[ $(digest_of "$scratch/$tarball") == "$digest" ]] || die "$tarball is not the one pinned in $lists"
  while read -r path target file_digest; do
    tar -xzf "$scratch/$tarball" -C "$scratch" "$path"
    [[ $(digest_of "$scratch/$path") == "$file_digest" ]] || die "$path in $tarball has a wrong SHA-256"
    mkdir -p "$deps/$(dirname "$target")"
    mv "$scratch/$path" "$deps/$target"
  done
  rm -rf "$scratch"
}

# The `file` lines that belong to the package $1, without their first word.
files_of() { names $lists/fetched.txt | awk -v spec="$1" '$1 == "package" {on = $2 == spec} $1 == "file" && on {print $2, $3, $4}'; }

fetch_files() {
  local spec tarball digest
  mkdir -p "$deps"
  while read -r _ spec tarball digest; do
    files_of "$spec" | awk -v d="$deps" '{print $3 "  " d "/" $2}' | sha256sum --check --status 2>/dev/null && continue
    unpack_package "$spec" "$tarball" "$digest" < <(files_of "$spec")
  done < <(names $lists/fetched.txt | grep '^package')
  check_manifest
}

digest_of_tree() { (cd "$1" 2>/dev/null && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum) | sha256sum | cut -d' ' -f1; }

# Takes whole folders, of the one package that fetched-bench.txt names, out of its tarball.
fetch_trees() {
  local spec tarball digest scratch path target tree_digest wanted=()
  read -r _ spec tarball digest < <(names $lists/fetched-bench.txt | grep '^package')
  while read -r _ path target tree_digest; do
    [[ $(digest_of_tree "$deps/$target") == "$tree_digest" ]] || wanted+=("$path $target $tree_digest")
  done < <(names $lists/fetched-bench.txt | grep '^tree')
  [[ ${#wanted[@]} == 0 ]] && return
  scratch=$(mktemp -d "$deps/.unpack.XXXXXX")
  fetch "$spec" "$tarball" "$scratch"
  [[ $(digest_of "$scratch/$tarball") == "$digest" ]] || die "$tarball is not the one pinned in $lists"
  while read -r path target tree_digest; do
    tar -xzf "$scratch/$tarball" -C "$scratch" "$path"
    [[ $(digest_of_tree "$scratch/$path") == "$tree_digest" ]] || die "$path in $tarball is not the one pinned in $lists"
    rm -rf "${deps:?}/$target"
    mkdir -p "$deps/$(dirname "$target")"
    mv "$scratch/$path" "$deps/$target"
  done < <(printf '%s\n' "${wanted[@]}")
  rm -rf "$scratch"
}

# The manifest that the node loads must name the same files as the list here.
check_manifest() {
  local manifest=config/models.toml file digest
  [[ -f $manifest ]] || return 0
  while read -r file digest; do
    [[ ! -f $deps/models/$file || $(digest_of "$deps/models/$file") == "$digest" ]] ||
      die "$manifest and $lists/fetched.txt disagree on the SHA-256 of $file"
  done < <(sed -nE 's/^file *= *"([^"]+)".*/\1/p; s/^sha256 *= *"([0-9a-f]{64})".*/\1/p' $manifest | paste -d' ' - -)
}

# The npm packages that the directory $1 locks, in $2; no install script of any runs. $3 says what they are.
install_locked() {
  local from=$1 to=$2 what=$3
  cmp -s "$from/package-lock.json" "$to/package-lock.json" && [[ -e $to/.complete ]] && return
  need_npm
  say "$what (npm ci)"
  rm -rf "$to" && mkdir -p "$to"
  cp "$from/package.json" "$from/package-lock.json" "$to/"
  (cd "$to" && npm ci --ignore-scripts --no-audit --no-fund --silent) || die "npm ci of $what failed"
  touch "$to/.complete"
}

# Debian's prometheus, installed, would start a server on this machine: only its promtool is taken out of the package,
# which apt has verified as it does any other.
install_promtool() {
  local scratch
  [[ -x $deps/promtool ]] && return
  say "promtool (out of Debian's prometheus)"
  scratch=$(mktemp -d)
  as_root apt-get update -qq >>build/setup.log 2>&1 || die "apt-get update failed: see build/setup.log"
  (cd "$scratch" && apt-get download -qq -o APT::Sandbox::User=root prometheus && dpkg -x prometheus_*.deb .) ||
    die "apt-get download of prometheus failed"
  mv "$scratch/usr/bin/promtool" "$deps/promtool"
  rm -rf "$scratch"
}

mapfile -t packages < <(names $lists/packages-build.txt)
case ${1:-build} in
  build) install_packages "${packages[@]}" ;;
  test | bench)
    mapfile -t -O "${#packages[@]}" packages < <(names $lists/packages-test.txt)
    keep_postgresql_down
    install_packages "${packages[@]}"
    mkdir -p build "$deps"
    install_locked tests/e2e/sdk "$deps/sdk" "AWS SDK for JavaScript"
    install_locked tests/deploy "$deps/deploy-checks" "checkers of deploy/"
    install_promtool
    ;;
  *) die "unknown part '$1': build, test or bench" ;;
esac
fetch_files
[[ ${1:-build} != bench ]] || fetch_trees
