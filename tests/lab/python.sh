# shellcheck shell=bash disable=SC2154
# The layer of Python, which Ansible's modules run in on a host.

add python3 python3-apt
rm -rf "$root"/tmp/*
umount "$root/dev" "$root/proc" "$root"
rm -rf "$out/work" "$root"
say "done"
