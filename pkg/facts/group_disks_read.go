package facts

import (
	"slices"
	"strconv"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/shell"
)

const (
	mostMounts  = 2000
	mostDevices = 2000
	mostOptions = 64
)

func (disksGroup) Limit() int { return 1 << 20 }

func (disksGroup) Read(r shell.Result, facts *doc.Facts) error {
	disks, use, err := parseDisks(r)
	if err != nil {
		return err
	}
	facts.Disks, facts.Now.Disks = &disks, use
	return nil
}

func (disksGroup) Fail(facts *doc.Facts, why doc.Gathered) { facts.Disks = &doc.Disks{Gathered: why} }

func parseDisks(r shell.Result) (doc.Disks, map[string]doc.DiskUse, error) {
	parts, err := sections(r, 3)
	if err != nil {
		return doc.Disks{}, nil, err
	}
	disks := doc.Disks{Devices: map[string]doc.BlockDevice{}, FileSystems: map[string]doc.FileSystem{}}
	if len(parts[0]) == 0 {
		return doc.Disks{}, nil, unavailable("the host's /proc/self/mountinfo names no file system")
	}
	mounts := listing{raw: parts[0], most: mostMounts, into: &disks.Gathered}
	for line := range mounts.lines() {
		if point, fs, ok := parseMount(line); ok {
			disks.FileSystems[point] = fs
		} else {
			mounts.unread()
		}
	}
	devices := listing{raw: parts[1], most: mostDevices, into: &disks.Gathered}
	for line := range devices.lines() {
		if name, device, ok := parseDevice(line); ok {
			disks.Devices[name] = device
		} else {
			devices.unread()
		}
	}
	use := map[string]doc.DiskUse{}
	asked := listing{raw: parts[2], most: mostMounts, cut: r.Truncated, into: &disks.Gathered}
	for line := range asked.lines() {
		point, u, ok := parseUse(line)
		if _, mounted := disks.FileSystems[point]; !ok || !mounted {
			asked.unread()
			continue
		}
		use[point] = u
	}
	keepLasting(disks.FileSystems, use)
	return disks, use, nil
}

// keepLasting leaves out what comes and goes, and gives the others their size.
func keepLasting(all map[string]doc.FileSystem, use map[string]doc.DiskUse) {
	for point, fs := range all {
		if passing(point) {
			delete(all, point)
			continue
		}
		// A ZFS dataset is as large as what is in it and what is left of the pool.
		if fs.Type != "zfs" {
			fs.SizeBytes = use[point].SizeBytes
			all[point] = fs
		}
	}
}

// passing says whether a mount point is one of a session or a service. hier(7) has
// /run for what does not outlive a boot.
func passing(point string) bool {
	return strings.HasPrefix(point, "/run/") || strings.HasPrefix(point, "/var/run/")
}

// parseMount reads a line of proc_pid_mountinfo(5):
//
//	36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
func parseMount(line string) (point string, fs doc.FileSystem, ok bool) {
	mount, system, ok := strings.Cut(line, " - ")
	fields, more := strings.Split(mount, " "), strings.Split(system, " ")
	if !ok || len(fields) < 6 || len(more) != 3 {
		return "", fs, false
	}
	point, ok = named(unescapeMount(fields[4]))
	if !ok || !strings.HasPrefix(point, "/") {
		return "", fs, false
	}
	fs = doc.FileSystem{Device: text(unescapeMount(more[1])), Type: text(more[0])}
	fs.Options = mountOptions(fields[5], more[2])
	return point, fs, fs.Type != ""
}

// mountOptions joins the options of a mount and of its file system, as /proc/mounts
// does: what is read-only in either is.
func mountOptions(mount, system string) []string {
	own := strings.Split(mount, ",")
	for option := range strings.SplitSeq(system, ",") {
		switch {
		case option == "ro" && own[0] == "rw":
			own[0] = "ro"
		case option != "rw" && option != "ro" && option != "" && !slices.Contains(own, option):
			own = append(own, option)
		}
		if len(own) >= mostOptions {
			break
		}
	}
	own = own[:min(len(own), mostOptions)]
	for i, option := range own {
		own[i] = text(unescapeMount(option))
	}
	return own
}

// unescapeMount resolves the octal escapes of the kernel (mangle_path): space, tab,
// newline, backslash and #.
func unescapeMount(s string) string {
	before, rest, found := strings.Cut(s, `\`)
	if !found {
		return s
	}
	var b strings.Builder
	for found {
		b.WriteString(before)
		var c uint64
		err := strconv.ErrSyntax
		if len(rest) >= 3 {
			c, err = strconv.ParseUint(rest[:3], 8, 8)
		}
		if err == nil {
			b.WriteByte(byte(c))
			rest = rest[3:]
		} else {
			b.WriteByte('\\')
		}
		before, rest, found = strings.Cut(rest, `\`)
	}
	b.WriteString(before)
	return b.String()
}

// sectorBytes is the unit of sizes in /sys, whatever the device's own is.
const sectorBytes = 512

// parseDevice reads a line of tabs: name, size in sectors, read-only, removable,
// rotational, number of the partition, UUID and name of the device mapper, RAID
// level, model, and the names of the parents.
func parseDevice(line string) (string, doc.BlockDevice, bool) {
	fields := strings.Split(line, "\t")
	if len(fields) != 11 {
		return "", doc.BlockDevice{}, false
	}
	name, ok := named(fields[0])
	sectors, isNumber := number(fields[1])
	size, fits := bytesOf(sectors, sectorBytes)
	if !ok || !isNumber || !fits {
		return "", doc.BlockDevice{}, false
	}
	d := doc.BlockDevice{
		Type: deviceType(name, fields[5], fields[6], fields[8]), SizeBytes: size,
		Name: text(fields[7]), Model: text(strings.TrimSpace(fields[9])),
		ReadOnly: fields[2] == "1", Removable: fields[3] == "1", Rotational: fields[4] == "1",
	}
	const most = 256
	for parent := range strings.FieldsSeq(fields[10]) {
		if len(d.Parents) < most {
			d.Parents = append(d.Parents, text(parent))
		}
	}
	slices.Sort(d.Parents)
	return name, d, true
}

// deviceType is lsblk's word. A device-mapper UUID begins with the subsystem that
// made it ("LVM-…", "CRYPT-LUKS2-…", "part1-mpath-…").
func deviceType(name, partition, uuid, level string) string {
	subsystem, _, _ := strings.Cut(uuid, "-")
	switch {
	case partition != "":
		return "part"
	case strings.HasPrefix(subsystem, "part"):
		return "part"
	case subsystem != "":
		return text(strings.ToLower(subsystem))
	case strings.HasPrefix(name, "dm-"):
		return "dm"
	case level != "":
		return text(level)
	case strings.HasPrefix(name, "loop"):
		return "loop"
	case strings.HasPrefix(name, "sr"):
		return "rom"
	}
	return "disk"
}

// parseUse reads a line of `stat -f`: the size of a block, blocks in all, free,
// and free for users, inodes in all and free, and the mount point.
func parseUse(line string) (string, doc.DiskUse, bool) {
	fields := strings.SplitN(line, " ", 7)
	if len(fields) != 7 {
		return "", doc.DiskUse{}, false
	}
	var n [6]int64
	for i := range n {
		var ok bool
		if n[i], ok = number(fields[i]); !ok {
			return "", doc.DiskUse{}, false
		}
	}
	block, total, free, available := n[0], n[1], n[2], n[3]
	size, fits := bytesOf(total, block)
	if !fits || free > total || available > total || n[5] > n[4] {
		return "", doc.DiskUse{}, false
	}
	point, ok := named(fields[6])
	return point, doc.DiskUse{
		SizeBytes: size, UsedBytes: (total - free) * block, AvailableBytes: available * block,
		InodesTotal: n[4], InodesFree: n[5],
	}, ok
}
