#!/usr/bin/env bash
# Install what Rheobase needs and is not there yet: Debian packages (utils/apt-packages.txt) and the Python virtual
# environment .venv (requirements.txt). Quick and silent about what is already there.
#
#     utils/setup.sh [GROUP...]        groups of apt-packages.txt; "build" when none is named
set -euo pipefail
cd "$(dirname "$0")/.."

readonly llvm=22
readonly python=/usr/bin/python3 # Debian's: another python3 on PATH may lack venv or differ in version

say() { printf 'setup: %s\n' "$*"; }
fail() {
  printf 'setup: error: %s\n' "$*" >&2
  exit 1
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo -- "$@"
  else
    fail "not root and no sudo found: run as root: $*"
  fi
}

installed_packages() { # PACKAGE or PATTERN...: those that are installed
  { dpkg-query -W -f='${db:Status-Abbrev}${Package}\n' "$@" 2>/dev/null || true; } | sed -n 's/^ii *//p'
}

apt_install() { # PACKAGE...: install those that are missing
  local installed missing=()
  installed=" $(installed_packages "$@" | tr '\n' ' ')"
  for package in "$@"; do
    [[ "$installed" == *" $package "* ]] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "installing Debian packages: ${missing[*]}"
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
  as_root "${apt[@]}" update </dev/null
  as_root "${apt[@]}" install -y --no-install-recommends "${missing[@]}" </dev/null ||
    fail "apt-get could not install ${missing[*]}; MLIR $llvm is in Debian 12's security suite: is it in the apt sources?"
}

# Debian's MLIR packages exclude one another, so that installing one silently removes another.
check_no_other_mlir() {
  local other
  other=$(installed_packages 'libmlir-[0-9]*-dev' | grep -v "^libmlir-$llvm-dev\$" || true)
  [ -z "$other" ] || fail "found $other, which cannot be installed beside libmlir-$llvm-dev: remove it first (apt-get remove $other)"
}

check_mlir_version() {
  local config=/usr/lib/llvm-$llvm/lib/cmake/mlir/MLIRConfigVersion.cmake version
  version=$(sed -n 's/^set(PACKAGE_VERSION "\([^"]*\)")$/\1/p' "$config" 2>/dev/null || true)
  [[ "$version" == $llvm.* ]] ||
    fail "MLIR ${version:-none} found in $config, $llvm.x expected: apt-get install --reinstall libmlir-$llvm-dev"
}

make_venv() {
  local stamp=.venv/requirements.installed
  if cmp -s requirements.txt "$stamp" && .venv/bin/python -c '' 2>/dev/null; then
    return
  fi
  say "making .venv with Python packages: $(grep -v '^#' requirements.txt | tr '\n' ' ')"
  "$python" -m venv --clear .venv
  .venv/bin/python -m pip install -q --disable-pip-version-check -r requirements.txt </dev/null
  cp requirements.txt "$stamp"
}

[ -r /etc/debian_version ] && command -v apt-get >/dev/null ||
  fail "this is not Debian: install the packages of utils/apt-packages.txt by hand, then use the CMake presets (CONTRIBUTING.md)"

groups=("${@:-build}")
packages=()
for group in "${groups[@]}"; do
  mapfile -t found < <(awk -v group="$group" '$1 == group { print $2 }' utils/apt-packages.txt)
  [ ${#found[@]} -gt 0 ] || fail "no group '$group' in utils/apt-packages.txt"
  packages+=("${found[@]}")
done
check_no_other_mlir
apt_install "${packages[@]}"
check_mlir_version
make_venv
