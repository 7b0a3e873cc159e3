// Package lab makes throwaway Debian hosts on this machine, each with a real
// sshd, dpkg, apt, sudo and login shells, for tests and for the demo.
//
//	host := lab.Run(t, lab.Options{RootPassword: "secret"})
//	// ssh -i host.Identity -o UserKnownHostsFile=host.KnownHosts -p 2222 root@host.IP
//
// A host is one process tree in its own mount, PID, UTS and IPC namespaces, on
// an overlay whose lower layers all hosts share. That makes one in a tenth of a
// second where a container manager takes one or two, needs no daemon, and is
// what these facts leave:
//
//   - All mounts are made by the host's PID 1 inside its own mount namespace.
//     The kernel undoes them when the last process of the namespace is gone, so
//     no crash of ours leaves a mount. From outside, the merged file system is
//     seen through /proc/PID/root ([Host.Root]).
//   - PID 1 is cloned by this process with a parent-death signal of SIGKILL, and
//     the death of a namespace's PID 1 kills everything in it. The signal comes
//     when the parent THREAD ends, so the goroutine that starts a host keeps its
//     thread until the host is gone.
//   - PID 1 is sshd itself. It ignores what it does not handle when signalled
//     from inside, as init does, and a login that ends is reaped by it.
//   - The network is the machine's: apt works inside without more. Hence each
//     host listens on a loopback address of its own, 127.x.y.z port 2222, which
//     is reserved between processes by binding an abstract socket of that name:
//     its scope is the network namespace, as the address's is, and the kernel
//     frees it with the process.
//   - With [Options.Systemd] PID 1 becomes systemd instead, and sshd its ssh.service:
//     still no more than these namespaces and one of cgroups, no container manager,
//     and half a second. Its cgroup is a folder in the machine's cgroup2, which is
//     removed with the host's files.
//   - The layers are plain folders in the cache ([CacheDir]): an overlay's lower
//     layer must not change while mounted, so a base is built aside, renamed
//     into place, and never written again.
//
// # What such a host is not
//
// systemd does not run in it unless asked for, and then without consoles. The kernel
// is shared and its settings (/proc/sys) are read-only, memory and CPU are not
// limited, and two hosts see each other's ports. policy-rc.d forbids package scripts
// to start daemons.
package lab
