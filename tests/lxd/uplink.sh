#!/bin/bash
# Runs in the lab host of start.sh. The network namespace of LXD gets a way out, by a
# program that opens this machine's connections for it: no bridge, no rule of a
# firewall and no address is needed outside. LXD's image is imported.
# It comes after LXD's own network: through this way each address seems to be there,
# and LXD would find no range for its bridge that is free.
# usage: uplink.sh
set -euo pipefail

systemd-run --quiet --unit=uplink-of-lab \
	slirp4netns --configure --mtu=65520 --disable-host-loopback --netns-type=path /run/netns/lxd tap0
lxc image import /srv/image/metadata.tar /srv/image/rootfs.squashfs --alias lab/debian </dev/null
