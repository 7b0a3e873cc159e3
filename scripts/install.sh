#!/usr/bin/env bash
# Puts the commands, their man pages and completions in their usual folders below
# a prefix, or takes away what it put there.
# usage: install.sh [--uninstall] [--zsh FOLDER] [--destdir DESTDIR] BIN PREFIX
#   BIN      the folder of the binaries
#   PREFIX   "/usr/local", where they will be found
#   DESTDIR  stands before PREFIX while a package is made
#   FOLDER   of zsh's completions below PREFIX; Debian has one of its own
set -euo pipefail
cd "$(dirname "$0")/.."

target=install uninstall='' destdir='' zsh=share/zsh/site-functions
while [ $# -gt 2 ]; do
	case $1 in
	--uninstall) target=uninstall uninstall=yes ;;
	--destdir)
		destdir=$2
		shift
		;;
	--zsh)
		zsh=$2
		shift
		;;
	*) break ;;
	esac
	shift
done
if [ $# -ne 2 ]; then
	printf 'usage: install.sh [--uninstall] [--zsh FOLDER] [--destdir DESTDIR] BIN PREFIX\n' >&2
	exit 2
fi
bin=$1 prefix=$2

# typed TEXT prints a word as it is typed into a shell.
typed() {
	case $1 in
	*[!A-Za-z0-9/._+-]*) printf "'%s'" "${1//\'/\'\\\'\'}" ;;
	*) printf %s "$1" ;;
	esac
}

case $prefix in
/*) ;;
*)
	case $prefix in
	'') absolute=/usr/local ;;
	[~]/*) absolute=${HOME:-}/${prefix#??} ;;
	*) absolute=$PWD/$prefix ;;
	esac
	printf '%s: error: PREFIX=%s: want a path that begins with /\n' "$target" "$(typed "$prefix")" >&2
	printf '%s: hint: make %s PREFIX=%s\n' "$target" "$target" "$(typed "$absolute")" >&2
	exit 2
	;;
esac
given=''
if [ "$prefix" != /usr/local ]; then given=" PREFIX=$(typed "$prefix")"; fi
if [ -n "$destdir" ]; then given="$given DESTDIR=$(typed "$destdir")"; fi
prefix=$destdir$prefix

# Whether the folder, or the nearest above it that is there, can be written to.
above=$prefix
until [ -e "$above" ]; do above=$(dirname "$above"); done
if ! [ -d "$above" ]; then
	printf '%s: error: %s: it is a file, not a folder\n' "$target" "$above" >&2
	printf '%s: hint: name another folder: make %s PREFIX=%s\n' "$target" "$target" "$(typed "${HOME:-~}/.local")" >&2
	exit 1
fi
if ! [ -w "$above" ]; then
	printf '%s: error: %s: you may not write there\n' "$target" "$above" >&2
	printf '%s: hint: sudo make %s%s, or name a folder of your own: make %s PREFIX=%s\n' \
		"$target" "$target" "$given" "$target" "$(typed "${HOME:-~}/.local")" >&2
	exit 1
fi

# put MODE FILE PLACE: the file's place, below the prefix.
put() {
	local place=$prefix/$3
	if [ -n "$uninstall" ]; then
		rm -f "$place"
	elif [ -e "$2" ]; then
		mkdir -p "${place%/*}"
		install -m "$1" "$2" "$place"
	else
		printf 'install: error: %s is missing\ninstall: hint: make build makes the commands, make generate their pages and completions\n' "$2" >&2
		exit 1
	fi
}

# What no command alone is about: hostkit(7), and the pages beside it.
for page in cmd/*.[1-9]; do
	put 644 "$page" "share/man/man${page##*.}/${page##*/}"
done
for folder in cmd/hk-*; do
	name=${folder#cmd/}
	put 755 "$bin/$name" "bin/$name"
	put 644 "$folder/$name.1" "share/man/man1/$name.1"
	put 644 "$folder/$name.bash" "share/bash-completion/completions/$name"
	put 644 "$folder/_$name" "$zsh/_$name"
	put 644 "$folder/$name.fish" "share/fish/vendor_completions.d/$name.fish"
done

# Who stages a package installs nowhere yet.
if [ -z "$uninstall$destdir" ]; then
	case :$PATH: in
	*:"$prefix/bin":*) ;;
	*) printf "install: %s is not in PATH: export PATH=%s:\$PATH\n" "$prefix/bin" "$(typed "$prefix/bin")" ;;
	esac
fi
