#!/usr/bin/env bash
# Installs what building and testing Jaga needs on Debian 12: sourced by demo.sh and test.sh.
# Only what is missing is installed, and named; nothing is removed or reconfigured.

# need COMMAND PACKAGE...: installs the packages where the command is missing.
need() {
  command -v "$1" >/dev/null 2>&1 && return 0
  local missing=$1 sudo=""
  shift
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
      echo "jaga: \`$missing\` is missing: as root, run \`apt-get install $*\`, then this again" >&2
      exit 2
    fi
    sudo="sudo"
  fi
  echo "jaga: \`$missing\` is missing: installing $*" >&2
  if [ -z "${apt_updated:-}" ]; then
    $sudo apt-get update -qq
    apt_updated=yes
  fi
  $sudo env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "$@" </dev/null >/dev/null
}

# Rust may be installed for this user and not yet be on the path.
PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
export PATH
if ! command -v cargo >/dev/null 2>&1; then
  echo "jaga: there is no Rust toolchain here; install one with rustup (https://rustup.rs), then run this again" >&2
  exit 2
fi
# Cargo asks the registry over TLS; the barest system knows no authority to trust.
[ -e /etc/ssl/certs/ca-certificates.crt ] || need update-ca-certificates ca-certificates
# rustup may have been installed without any toolchain.
if ! cargo --version >/dev/null 2>&1; then
  echo "jaga: rustup has no toolchain: installing stable" >&2
  rustup toolchain install stable --profile minimal
  rustup default stable
fi
need cc build-essential
need pkg-config pkg-config
# Hyperscan; arm64 has Vectorscan, which is the same to us.
if ! pkg-config --exists libhs; then
  case $(uname -m) in
    aarch64) need libhs libvectorscan-dev ;;
    *) need libhs libhyperscan-dev ;;
  esac
fi
