#!/bin/bash
# Puts the real mise, of the version and with the integrity that stand here, into a
# folder. npm fetches it: the package has the program that mise's own release has.
# usage: mise.sh OUT
set -euo pipefail

out=$1
package=@jdxcode/mise-linux-x64
version=2026.9.15
integrity=sha512-ButPFGyztN0Rk/HOHvHuf+W80CkvQRAjbDWHvhGJc3PnL3e2KhCYZIOyjx8wPkhr9VJa/7sJZXpxtt5JLjsfaQ==

say() { printf 'lab mise: %s\n' "$*" >&2; }

if ! command -v npm >/dev/null; then
	say "npm is missing: tests/lab/setup.sh installs it"
	exit 1
fi
work=$(mktemp -d "$out/work.XXXXXX")
trap 'rm -rf "$work"' EXIT
say "fetching $package@$version"
(cd "$work" && npm pack --silent "$package@$version" >&2)
archive=$(echo "$work"/*.tgz)
got=sha512-$(openssl dgst -sha512 -binary "$archive" | base64 -w0)
if [ "$got" != "$integrity" ]; then
	say "$package@$version has $got, and $integrity is wanted"
	exit 1
fi
tar -xzf "$archive" -C "$work" package/bin/mise
mv "$work/package/bin/mise" "$out/mise"
chmod 755 "$out/mise"
