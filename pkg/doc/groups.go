package doc

// The groups of facts that hk-facts gathers when it is asked with --groups, each
// a member of the facts under the group's name. Written by hk-facts; read by
// people, policy gates and later kinds. What changes from minute to minute stands
// in [Now] instead, so that a host that stays as it is has the same facts, byte
// for byte.
//
// Sizes are in bytes, whatever unit the host uses. A member that is missing was
// not to be had; one that is empty or 0 is so. Texts are the host's own: at most
// 256 bytes, cut ones end with "…", and bytes that are not UTF-8 stand as a
// backslash and three octal digits, as in mountinfo.

// Gathered is what every group has beside its own members.
type Gathered struct {
	// Error says why the group could not be had; nothing stands beside it.
	Error *FactError `json:"error,omitzero"`
	// Truncated says that the host had more than is kept of a list.
	Truncated bool `json:"truncated,omitzero"`
	// Unread is the number of lines of the host's answer that made no sense and
	// are left out.
	Unread int `json:"unread,omitzero"`
}

// CPU is the host's processors, as the kernel has them online.
type CPU struct {
	Gathered
	// Model is what the processor calls itself, "AMD EPYC 7B13"; on arm64 it is
	// the name that lscpu(1) has for the part.
	Model string `json:"model,omitzero"`
	// Vendor is the kernel's word, "GenuineIntel", "IBM/S390"; on arm64 the name of
	// the implementer, "ARM".
	Vendor string `json:"vendor,omitzero"`
	// LogicalCores is the number of processors that run threads, as of
	// `nproc --all` without those that are offline.
	LogicalCores int `json:"logical_cores,omitzero"`
	// PhysicalCores is the number of cores that these are threads of.
	PhysicalCores int `json:"physical_cores,omitzero"`
	// Sockets is the number of packages that the cores are in.
	Sockets int `json:"sockets,omitzero"`
	// Flags are the features that all processors have, sorted: "aes", "avx2", "neon",
	// and on RISC-V the one word of its isa.
	Flags []string `json:"flags,omitzero"`
}

// Memory is how much the host has, in bytes.
type Memory struct {
	Gathered
	// TotalBytes is what the kernel can use, a little less than what is built in.
	TotalBytes int64 `json:"total_bytes,omitzero"`
	// SwapTotalBytes is 0 where there is no swap.
	SwapTotalBytes *int64 `json:"swap_total_bytes,omitzero"`
}

// Disks is block devices, and the file systems that are mounted.
type Disks struct {
	Gathered
	// Devices is keyed by the kernel's name, "sda1", "nvme0n1", "dm-0". Devices of
	// size 0 (a loop device without a file, an empty drive) are left out.
	Devices map[string]BlockDevice `json:"devices,omitzero"`
	// FileSystems is keyed by mount point; of several mounts at one the last, which
	// is the one that is seen. Left out are those that only show the kernel's
	// state (proc, sysfs, cgroup2, …), what container engines mount in folders of
	// their own, and all below /run, where sessions mount and unmount.
	FileSystems map[string]FileSystem `json:"file_systems,omitzero"`
}

// BlockDevice is a disk, or what is made of one. The words are those of lsblk(8).
type BlockDevice struct {
	// Type is "disk", "part", "lvm", "crypt", "mpath", "loop", "rom", "raid1", ….
	Type string `json:"type"`
	// SizeBytes is the size of the device.
	SizeBytes int64 `json:"size_bytes"`
	// Parents are the devices that it lies on: a partition's disk, a volume's disks.
	Parents []string `json:"parents,omitzero"`
	// Name is what the device mapper calls it: "vg0-root".
	Name string `json:"name,omitzero"`
	// Model is the disk's own word.
	Model string `json:"model,omitzero"`
	// ReadOnly says that nothing can be written to it.
	ReadOnly bool `json:"read_only"`
	// Removable says that the medium can be taken out.
	Removable bool `json:"removable"`
	// Rotational is the kernel's guess; virtual disks often say true.
	Rotational bool `json:"rotational"`
}

// FileSystem is one that is mounted.
type FileSystem struct {
	// Device is what is mounted: "/dev/sda1", "tmpfs", "server:/export".
	Device string `json:"device"`
	// Type is the kernel's name: "ext4", "nfs4", "fuse.sshfs".
	Type string `json:"type"`
	// Options are in the order of /proc/mounts: "rw", "relatime", "errors=remount-ro".
	Options []string `json:"options"`
	// SizeBytes is missing where it changes with what is stored (ZFS), and of file
	// systems that are not asked since they may hang: those of the network, and FUSE.
	SizeBytes int64 `json:"size_bytes,omitzero"`
}

// Users is the accounts and groups that the host's name service lists (getent).
// Directories such as LDAP often list none of theirs, and hosts without getent
// have only their files. Nothing is read of the shadow files, and no password.
type Users struct {
	Gathered
	// Accounts is keyed by login name; of two with one name the first, as for
	// getpwnam(3).
	Accounts map[string]Account `json:"accounts,omitzero"`
	// Groups is keyed by name.
	Groups map[string]AccountGroup `json:"groups,omitzero"`
}

// Account is a line of passwd(5).
type Account struct {
	// UID is the account's number.
	UID int64 `json:"uid"`
	// GID is the account's own group, which does not list it as a member.
	GID int64 `json:"gid"`
	// Gecos is the comment: as a rule the full name.
	Gecos string `json:"gecos,omitzero"`
	// Home is the home folder, which need not exist.
	Home string `json:"home"`
	// Shell is empty where the host's default counts, /bin/sh.
	Shell string `json:"shell"`
}

// AccountGroup is a line of group(5).
type AccountGroup struct {
	// GID is the group's number.
	GID int64 `json:"gid"`
	// Members are the accounts that have it as a further group, sorted.
	Members []string `json:"members"`
}

// Systemd is the service manager, and what it is to start.
type Systemd struct {
	Gathered
	// State is "absent" where systemd does not run as process 1; nothing stands
	// beside it then.
	State Presence `json:"state,omitzero"`
	// Version is the number that says what it can do: 252.
	Version int `json:"version,omitzero"`
	// FullVersion is that of the build: "252.38-1~deb12u1".
	FullVersion string `json:"full_version,omitzero"`
	// DefaultTarget is what is booted into: "multi-user.target".
	DefaultTarget string `json:"default_target,omitzero"`
	// Units is keyed by name, "ssh.service": every unit that has a file, but for
	// transient ones, which come and go.
	Units map[string]Unit `json:"units,omitzero"`
}

// Unit is a unit's file.
type Unit struct {
	// UnitFileState is the word of `systemctl is-enabled`: "enabled", "disabled",
	// "static", "masked", ….
	UnitFileState string `json:"unit_file_state"`
	// Preset is what the distribution would have: "enabled", "disabled".
	Preset string `json:"preset,omitzero"`
}

// Ports is where the host listens.
type Ports struct {
	Gathered
	// Listening has every TCP socket that listens, and every UDP socket that takes
	// from anybody, sorted by protocol, port and address. UDP sockets on a port that
	// the kernel chose are as a rule those of clients; they stand in [Now] alone.
	Listening []Listener `json:"listening,omitzero"`
}

// Listener is a socket that waits for others. Those that share port and user
// (SO_REUSEPORT) are one.
type Listener struct {
	// Protocol is "tcp" or "udp".
	Protocol string `json:"protocol"`
	// Address is "0.0.0.0" or "::" for all; "::" takes IPv4 as well unless the
	// program said otherwise.
	Address string `json:"address"`
	// Port is the number that others connect to.
	Port int `json:"port"`
	// UID is the user who opened it.
	UID int64 `json:"uid"`
}

// LoadAverages is how many threads ran or waited for a processor or a disk, on
// average of the last 1, 5 and 15 minutes (proc_loadavg(5)). Written with the
// group cpu.
type LoadAverages struct {
	// Avg1 is that of the last minute.
	Avg1 float64 `json:"avg1"`
	// Avg5 is that of the last 5 minutes.
	Avg5 float64 `json:"avg5"`
	// Avg15 is that of the last 15 minutes.
	Avg15 float64 `json:"avg15"`
}

// MemoryUse is how much of the memory is free, in bytes (proc_meminfo(5)). Written
// with the group memory.
type MemoryUse struct {
	// FreeBytes is what nothing uses.
	FreeBytes int64 `json:"free_bytes"`
	// AvailableBytes is what programs can have without swapping. Kernels before 3.14
	// don't say.
	AvailableBytes *int64 `json:"available_bytes,omitzero"`
	// BuffersBytes is what the kernel keeps of block devices.
	BuffersBytes int64 `json:"buffers_bytes"`
	// CachedBytes is what the kernel keeps of files.
	CachedBytes int64 `json:"cached_bytes"`
	// SwapFreeBytes is what is free of the swap.
	SwapFreeBytes int64 `json:"swap_free_bytes"`
}

// DiskUse is how full a file system is, as df(1) counts. Written with the group
// disks.
type DiskUse struct {
	// SizeBytes is how large the file system is.
	SizeBytes int64 `json:"size_bytes"`
	// UsedBytes is what is taken.
	UsedBytes int64 `json:"used_bytes"`
	// AvailableBytes is what users other than root may still take.
	AvailableBytes int64 `json:"available_bytes"`
	// InodesTotal is 0 where the file system has no such limit.
	InodesTotal int64 `json:"inodes_total"`
	// InodesFree is how many more files there can be.
	InodesFree int64 `json:"inodes_free"`
}

// SystemdNow is what systemd has running. Written with the group systemd.
type SystemdNow struct {
	// SystemState is the word of `systemctl is-system-running`: "running",
	// "degraded", ….
	SystemState string `json:"system_state,omitzero"`
	// Units is keyed by name: the services, sockets, timers, paths, targets, mounts
	// and swaps that are loaded.
	Units map[string]UnitNow `json:"units"`
}

// UnitNow is what a unit is doing, in the words of `systemctl list-units`.
type UnitNow struct {
	// LoadState is "loaded", "not-found", "masked", ….
	LoadState string `json:"load_state"`
	// ActiveState is "active", "inactive", "failed", ….
	ActiveState string `json:"active_state"`
	// SubState is the type's own word: "running", "exited", "listening".
	SubState string `json:"sub_state"`
}

// ListenerNow is a socket that waits for others, with who holds it. Written with
// the group ports.
type ListenerNow struct {
	Listener
	// Processes are those that have it open, sorted by number. They are seen by
	// root; anybody else sees his own.
	Processes []Process `json:"processes"`
}

// Process is one of the host's.
type Process struct {
	// PID is the process's number.
	PID int64 `json:"pid"`
	// Name is what the process calls itself (comm), up to 15 bytes.
	Name string `json:"name"`
}
