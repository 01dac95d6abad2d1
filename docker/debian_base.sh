#!/bin/sh
# SPDX-License-Identifier: LGPL-3.0-or-later
# Makes a Debian base for the image where no registry is reachable, from the packages of Debian alone, as a tar file of
# about 80 MB (as small as the official debian:*-slim: no documentation, no translations). Needs root and debootstrap.
#   docker/debian_base.sh base.tar [trixie]
#   docker import base.tar debian:trixie-slim                      # Docker
#   printf 'FROM scratch\nADD base.tar /\n' | buildah build -t debian:trixie-slim -f - .
set -eu
[ $# -ge 1 ] || { sed -n 's/^# \{0,1\}//p' "$0" >&2; exit 2; }
command -v debootstrap >/dev/null 2>&1 || { echo "debootstrap is missing: apt-get install debootstrap" >&2; exit 1; }
[ "$(id -u)" = 0 ] || { echo "debootstrap needs root" >&2; exit 1; }

target=$1 release=${2:-trixie}
folder=$(mktemp -d "$(dirname "$target")/base-XXXXXX")
trap 'rm -rf "$folder" "$target.part"' EXIT
trap 'exit 130' INT TERM
debootstrap --variant=minbase "$release" "$folder/root" >"$folder/log" 2>&1 || { tail -n 20 "$folder/log" >&2; exit 1; }
cd "$folder/root"
rm -rf var/cache/apt/* var/lib/apt/lists/* var/log/* usr/share/doc/* usr/share/man/* usr/share/info/* usr/share/locale/*
cd "$OLDPWD"
tar -C "$folder/root" -cf "$target.part" .
mv "$target.part" "$target"
