#!/usr/bin/env bash
# Makes a Debian package of a binary of Jaga: jaga_VERSION_ARCHITECTURE.deb in the folder named, or
# in target/. JAGA names the binary (without it target/release/jaga); its architecture is that of
# the package, amd64 or arm64. The binary must run here, as it writes its man pages itself.
# The same sources and the same binary make the same package, octet for octet.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$(realpath -m "${1:-target}")
jaga=$(realpath "${JAGA:-${CARGO_TARGET_DIR:-target}/release/jaga}")
fail() { echo "deb: $*" >&2; exit 1; }
[ -x "$jaga" ] || fail "$jaga is not there: build it with \`cargo build --release --locked\`, or name it with JAGA"
for tool in dpkg-deb dpkg-shlibdeps strip; do
  command -v "$tool" >/dev/null || fail "\`$tool\` is missing: apt-get install dpkg-dev binutils"
done
# The machine that the binary is for (ELF, e_machine).
case $(od -An -tx1 -j18 -N2 "$jaga" | tr -d ' ') in
  3e00) arch=amd64 ;;
  b700) arch=arm64 ;;
  *) fail "$jaga is for neither amd64 nor arm64" ;;
esac
version=$("$jaga" --version | cut -d' ' -f2)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y Cargo.toml)}
export SOURCE_DATE_EPOCH

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
umask 022
put() { install -D -m "$1" "$2" "$root$3"; }

put 755 "$jaga" /usr/bin/jaga
strip --strip-unneeded "$root/usr/bin/jaga"
put 644 packaging/jaga.service /usr/lib/systemd/system/jaga.service
put 644 packaging/jaga-capture@.service /usr/lib/systemd/system/jaga-capture@.service
put 644 packaging/jaga.sysusers /usr/lib/sysusers.d/jaga.conf
put 644 packaging/jaga.logrotate /etc/logrotate.d/jaga
put 644 packaging/jaga.toml /etc/jaga/jaga.toml
put 644 packaging/places.toml /etc/jaga/conf.d/00-places.toml
# To be read: the sensor has them within itself.
for file in rules/*.rules; do put 644 "$file" "/usr/share/jaga/$file"; done
mkdir "$work/man"
"$jaga" man "$work/man" >/dev/null
for page in "$work"/man/*.1; do
  gzip -9n "$page"
  put 644 "$page.gz" "/usr/share/man/man1/$(basename "$page").gz"
done
for shell in bash zsh fish; do "$jaga" completions "$shell" >"$work/$shell"; done
put 644 "$work/bash" /usr/share/bash-completion/completions/jaga
put 644 "$work/zsh" /usr/share/zsh/vendor-completions/_jaga
put 644 "$work/fish" /usr/share/fish/vendor_completions.d/jaga.fish
doc=/usr/share/doc/jaga
for file in README.md docs/*.md packaging/appliance.md packaging/prometheus-alerts.yml \
  packaging/grafana-dashboard.json; do
  put 644 "$file" "$doc/$(basename "$file")"
done
gzip -9nc CHANGELOG.md >"$work/changelog.gz"
put 644 "$work/changelog.gz" "$doc/changelog.gz"
cat >"$work/copyright" <<'TEXT'
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: jaga

Files: *
Copyright: the authors of Jaga
License: Apache-2.0
 On Debian systems the text of the Apache License, version 2.0, stands in
 /usr/share/common-licenses/Apache-2.0.
TEXT
put 644 "$work/copyright" "$doc/copyright"

# The libraries that it needs, in the versions that it needs.
mkdir -p "$work/shlibs/debian"
printf 'Source: jaga\n\nPackage: jaga\nArchitecture: %s\nDescription: jaga\n' "$arch" \
  >"$work/shlibs/debian/control"
needs=$(cd "$work/shlibs" && dpkg-shlibdeps -O -e"$root/usr/bin/jaga" 2>"$work/shlibs/said") ||
  fail "$(cat "$work/shlibs/said")"
needs=${needs#shlibs:Depends=}

install -d "$root/DEBIAN"
cat >"$root/DEBIAN/control" <<TEXT
Package: jaga
Version: $version
Architecture: $arch
Maintainer: Jaga <jaga@localhost>
Installed-Size: $(du -sk --apparent-size --exclude=DEBIAN "$root" | cut -f1)
Depends: $needs, iproute2, procps, systemd | systemd-standalone-sysusers
Recommends: ethtool, logrotate
Section: net
Priority: optional
Description: passive security monitor for industrial control networks
 Jaga listens at a mirror port, decodes control protocols (Modbus, S7comm,
 DNP3, EtherNet/IP, IEC 104, PROFINET and others), knows the devices and says
 in plain words what changed, who did it and what it can mean for the plant.
 It never sends a frame on the network that it watches.
TEXT
printf '%s\n' /etc/jaga/jaga.toml /etc/jaga/conf.d/00-places.toml /etc/logrotate.d/jaga \
  >"$root/DEBIAN/conffiles"
cat >"$root/DEBIAN/postinst" <<'TEXT'
#!/bin/sh
set -e
if [ "$1" = configure ]; then
  systemd-sysusers jaga.conf
  if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    # Runs on with the new version where it ran; is not started by itself: where to listen is
    # for people to say.
    systemctl try-restart jaga.service || true
  fi
  if [ -z "$2" ]; then
    echo "jaga: name the interface in /etc/jaga/conf.d/sensor.toml, then start jaga.service:"
    echo "jaga: /usr/share/doc/jaga/appliance.md says how"
  fi
fi
TEXT
cat >"$root/DEBIAN/prerm" <<'TEXT'
#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
  systemctl --no-reload disable --now jaga.service || true
fi
TEXT
cat >"$root/DEBIAN/postrm" <<'TEXT'
#!/bin/sh
set -e
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload || true
fi
if [ "$1" = purge ]; then
  # What it kept and wrote. The user stays, so that nobody gets its number; what people put into
  # /etc/jaga stays too.
  rm -rf /var/lib/jaga /var/cache/jaga /var/log/jaga
  for folder in /etc/jaga/conf.d /etc/jaga; do
    rmdir --ignore-fail-on-non-empty "$folder" 2>/dev/null || true
  done
fi
TEXT
chmod 755 "$root"/DEBIAN/p*
(cd "$root" && find usr etc -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
mkdir -p "$out"
file=$out/jaga_${version}_$arch.deb
dpkg-deb --root-owner-group -Zxz --build "$root" "$file" >/dev/null
echo "$file"
