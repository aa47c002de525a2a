#!/usr/bin/env bash
# Makes the Debian package, and installs it in a clean Debian: starts the sensor there as its unit
# does, lets it hear a capture, and removes it again. JAGA names the binary; without it
# target/release/jaga is taken. Needs root. A clean Debian comes by debootstrap, from DEBIAN_MIRROR, or
# is a copy of the folder DEBIAN_ROOT.
set -euo pipefail
cd "$(dirname "$0")/.."
. packaging/setup.sh
need dpkg-shlibdeps dpkg-dev
need strip binutils
need debootstrap debootstrap
need ip iproute2
need tcpreplay tcpreplay
need unshare util-linux

work=$(mktemp -d)
space=jaga-deb-$$
pid=""
finish() {
  [ -z "$pid" ] || kill "$pid" 2>/dev/null || true
  ip netns del "$space" 2>/dev/null || true
  rm -rf --one-file-system "$work"
}
trap finish EXIT
say() { printf 'package: %s\n' "$*"; }
fail() { say "$*" >&2; exit 1; }

package=$(bash packaging/deb.sh "$work")
[ "$(dpkg-deb -f "$package" Package)" = jaga ] || fail "$package is no package of jaga"
bash packaging/deb.sh "$work/again" >/dev/null
cmp "$package" "$work/again/$(basename "$package")" || fail "the same sources make another package"
say "$(basename "$package"): $(du -h "$package" | cut -f1), the same twice; needs $(dpkg-deb -f "$package" Depends)"

root=$work/root
. /etc/os-release
libraries=$(dpkg-deb -f "$package" Depends | tr ',' '\n' | sed -E 's/\|.*//; s/\(.*//; s/ //g' | paste -sd,)
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
if [ -n "${DEBIAN_ROOT:-}" ]; then
  cp -a "$DEBIAN_ROOT" "$root"
elif [ "$(id -u)" -ne 0 ] || ! debootstrap --variant=minbase --include="$libraries,logrotate" \
  "${VERSION_CODENAME:-bookworm}" "$root" "$mirror" >"$work/debootstrap" 2>&1; then
  say "SKIPPED: a clean Debian root needs root's rights and debootstrap ($(tail -1 "$work/debootstrap" 2>/dev/null))" >&2
  exit 0
fi
# In the clean root, with its own /proc, and with none of its mounts seen outside.
inside() { unshare --mount --fork sh -c 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"' "$root" "$@"; }

if ! inside true 2>"$work/inside"; then
  say "SKIPPED: nothing can be run in a clean Debian root ($(tail -1 "$work/inside"))" >&2
  exit 0
fi

cp "$package" "$root/jaga.deb"
before=$(inside sh -c 'find / -xdev \( -path /proc -o -path /run -o -path /tmp \) -prune -o -print | sort')
inside dpkg -i /jaga.deb >"$work/installed" 2>&1 || fail "$(cat "$work/installed")"
grep -q "name the interface" "$work/installed" || fail "it does not say what to do next"
inside dpkg --verify jaga >"$work/verify" && [ ! -s "$work/verify" ] || fail "$(cat "$work/verify")"
inside sh -c 'getent passwd jaga | grep -q ":/var/lib/jaga:/usr/sbin/nologin$"' || fail "no user jaga"
inside jaga --version >/dev/null
inside sh -c 'zcat /usr/share/man/man1/jaga-run.1.gz | grep -q "^.TH"' || fail "no manual page"
inside bash -n /usr/share/bash-completion/completions/jaga || fail "completions are broken"
inside sh -c 'logrotate --debug /etc/logrotate.d/jaga 2>&1 | grep -q "error:"' && fail "logrotate refuses"
told=$(inside systemd-analyze verify --man=no jaga.service jaga-capture@span0.service 2>&1) || fail "$told"
[ -z "$(echo "$told" | grep jaga || true)" ] || fail "$told"
for file in /etc/jaga/jaga.toml /etc/jaga/conf.d/00-places.toml /etc/logrotate.d/jaga; do
  inside dpkg-query --show --showformat='${Conffiles}' jaga | grep -q "^ $file " || fail "$file is no conffile"
done
say "installed in a clean ${VERSION_CODENAME:-bookworm}: user, units, manual, completions, rotation"

# As the unit starts it, with the folders that systemd would make.
if ip netns add "$space" 2>/dev/null; then
  ip -n "$space" link set lo up
  ip -n "$space" link add span0 arp off type veth peer name tap0 arp off
  ip -n "$space" link set span0 up
  ip -n "$space" link set tap0 up
  inside install -d -o jaga -g jaga -m 700 /var/lib/jaga /var/cache/jaga
  inside install -d -o jaga -g jaga -m 750 /var/log/jaga
  printf '[capture]\ninterfaces = ["span0"]\n' >"$root/etc/jaga/conf.d/sensor.toml"
  ip netns exec "$space" chroot "$root" setpriv --reuid jaga --regid jaga --clear-groups \
    --no-new-privs --inh-caps=-all,+net_raw --ambient-caps=-all,+net_raw \
    --bounding-set=-all,+net_raw env XDG_CACHE_HOME=/var/cache \
    /usr/bin/jaga run -c /etc/jaga/jaga.toml </dev/null >/dev/null 2>"$work/sensor" &
  pid=$!
  for _ in $(seq 300); do
    grep -q "listening at" "$work/sensor" && break
    kill -0 "$pid" 2>/dev/null || fail "$(cat "$work/sensor")"
    sleep 0.2
  done
  ip netns exec "$space" tcpreplay -q -t -i tap0 pcaps/sites/it-ot-pivot.pcap >/dev/null 2>&1
  for _ in $(seq 100); do
    [ -s "$root/var/log/jaga/alerts.json" ] && grep -q '"alert"' "$root/var/log/jaga/alerts.json" && break
    sleep 0.2
  done
  kill "$pid"
  wait "$pid" || true
  pid=""
  alerts=$(grep -c '"event_type":"alert"' "$root/var/log/jaga/alerts.json" || true)
  [ "$alerts" -gt 0 ] || fail "no alert from a capture of an attack: $(tail -3 "$work/sensor")"
  say "it listens as its unit starts it: $alerts alerts"
  rm "$root/etc/jaga/conf.d/sensor.toml"
else
  say "SKIPPED: listening needs network namespaces" >&2
fi

# Removed: the settings stay. Purged: all goes but the user.
echo '# mine' >>"$root/etc/jaga/jaga.toml"
inside dpkg --remove jaga >/dev/null 2>&1 || fail "it cannot be removed"
inside test ! -e /usr/bin/jaga || fail "the program stays"
inside grep -q '# mine' /etc/jaga/jaga.toml || fail "settings are lost"
inside dpkg -i /jaga.deb >/dev/null 2>&1 </dev/null || fail "it cannot be installed again"
inside grep -q '# mine' /etc/jaga/jaga.toml || fail "settings were written over"
inside dpkg --purge jaga >/dev/null 2>&1 || fail "it cannot be purged"
after=$(inside sh -c 'find / -xdev \( -path /proc -o -path /run -o -path /tmp \) -prune -o -print | sort')
left=$(comm -13 <(echo "$before") <(echo "$after") | grep -vE '^/(var/lib/dpkg/|var/log/|etc/(passwd|group|shadow|gshadow)-$|var/lib/systemd)' || true)
[ -z "$left" ] || fail "left behind: $left"
say "removed with settings kept, purged with nothing left but its user"
