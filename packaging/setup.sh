#!/usr/bin/env bash
# Installs what building and testing Jaga needs on Debian 12: sourced by demo.sh and test.sh.
# Only what is missing is installed; nothing is removed or reconfigured.

# need COMMAND PACKAGE...: installs the packages where the command is missing.
need() {
  command -v "$1" >/dev/null 2>&1 && return 0
  shift
  local sudo=""
  [ "$(id -u)" -eq 0 ] || sudo="sudo"
  if [ -z "${apt_updated:-}" ]; then
    $sudo apt-get update -qq
    apt_updated=yes
  fi
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# Rust may be installed for this user and not yet be on the path.
[ -f "$HOME/.cargo/env" ] && . "$HOME/.cargo/env"
if ! command -v cargo >/dev/null 2>&1; then
  echo "jaga: there is no Rust toolchain here; install one with rustup (https://rustup.rs), then run this again" >&2
  exit 2
fi
need cc build-essential
