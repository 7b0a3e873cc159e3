// Package lxd runs LXD's daemon in a lab host, for tests of what makes and uses
// instances: the daemon, its containers, its bridge and its DHCP server are all inside
// the host's namespaces, and gone with it.
//
//	d := lxd.Run(t)
//	out, err := d.Command(ctx, "lxc", "launch", d.Image, "hostkit-test").CombinedOutput()
//
// A command of [Daemon.Command] runs on this machine, with its files, but in LXD's
// network: there alone is an instance reached by its address. The client in its PATH
// is a script named lxc that calls the one in the host.
//
// What such a daemon can't: VMs, since there is no KVM in the lab, and limits of
// memory or CPU. The remote servers of images can't be reached everywhere, so there is
// an image of the lab's own.
package lxd
