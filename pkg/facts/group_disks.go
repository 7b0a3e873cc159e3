package facts

import "hostkit/pkg/shell"

// disksGroup reads the block devices in /sys, the mounts in
// /proc/self/mountinfo, and of local file systems how full they are.
type disksGroup struct{}

// disksScript prints three parts: the mounts as they stand in mountinfo, without
// the kernel's own and those of containers, of which a host may have thousands
// that say nothing of its disks; of each block device a line of tabs; and of each file
// system that is asked a line of `stat -f`.
//
// Only file systems of a type that is known to be local are asked, and none that
// is mounted below another one: statfs(2) on a network file system or FUSE waits
// for a server that may be gone, and can't be interrupted. A mount point with a
// line end in it is not asked, since stat prints it as it is.
const disksScript = `
hk_remote=
hk_asked=
hk_mounts() {
	set -f
	IFS='
'
	# shellcheck disable=SC2046 # a mount is a line
	set -- $(cat /proc/self/mountinfo)
	unset IFS
	hk_count=0
	for hk_line; do
		hk_point=${hk_line#* * * * }
		hk_point=${hk_point%% *}
		case $hk_point in
		/proc/* | /sys/* | /dev/pts | /dev/console | /dev/mqueue) continue ;;
		/run/containerd/* | /run/docker/* | /run/k3s/* | */containers/storage/*) continue ;;
		/var/lib/docker/* | /var/lib/containers/* | /var/lib/containerd/* | /var/lib/kubelet/* | /var/lib/rancher/*) continue ;;
		esac
		hk_type=${hk_line#* - }
		hk_type=${hk_type%% *}
		case $hk_type in
		proc | sysfs | devpts | devtmpfs | cgroup | cgroup2 | cpuset | securityfs | pstore | efivarfs | bpf | debugfs) continue ;;
		tracefs | configfs | fusectl | mqueue | hugetlbfs | binfmt_misc | autofs | rpc_pipefs | nfsd | nsfs) continue ;;
		selinuxfs | smackfs | apparmorfs | resctrl | xenfs | fuse.lxcfs) continue ;;
		esac
		hk_count=$((hk_count + 1))
		if hk_local; then
			[ "$hk_count" -gt 1000 ] || hk_asked="$hk_asked$hk_point
"
		else
			hk_remote="$hk_remote$hk_point/
"
		fi
		[ "$hk_count" -gt 2001 ] || printf '%s\n' "$hk_line"
	done
	printf '\000'
	hk_devices
	printf '\000'
	hk_ask
}

# hk_local is true for a type of file system that asks nobody else.
hk_local() {
	case $hk_type in
	ext2 | ext3 | ext4 | xfs | btrfs | zfs | f2fs | bcachefs | jfs | reiserfs | nilfs2 | vfat | msdos | exfat | ntfs | ntfs3) ;;
	tmpfs | ramfs | overlay | aufs | squashfs | erofs | iso9660 | udf | hfs | hfsplus | minix | ubifs | jffs2) ;;
	*) return 1 ;;
	esac
}

# hk_below is true when hk_point is below a file system that may hang.
hk_below() {
	IFS='
'
	for hk_other in $hk_remote; do
		case $hk_other in
		//) continue ;;
		esac
		case $hk_point in
		"$hk_other"*)
			unset IFS
			return 0
			;;
		esac
	done
	unset IFS
	return 1
}

# hk_ask asks the local file systems that lie below no other.
hk_ask() {
	set -f
	IFS='
'
	set --
	for hk_point in $hk_asked; do
		unset IFS
		case $hk_point in
		*'\012'*) continue ;;
		esac
		hk_below && continue
		hk_plain
		set -- "$@" "$hk_point"
	done
	unset IFS
	[ "$#" = 0 ] || stat -f -c '%S %b %f %a %c %d %n' -- "$@" 2>/dev/null
}

# hk_plain takes the kernel's escapes out of hk_point: \040, \011, \043 and \134.
# POSIX has printf understand a backslash and an octal number that begins with 0.
hk_plain() {
	case $hk_point in
	*\\*) ;;
	*) return 0 ;;
	esac
	hk_rest=$hk_point
	hk_point=
	while :; do
		case $hk_rest in
		*'\134'*)
			hk_point="$hk_point${hk_rest%%'\134'*}"'\0134'
			hk_rest=${hk_rest#*'\134'}
			;;
		*) break ;;
		esac
	done
	hk_point=$(printf '%b#' "$hk_point$hk_rest")
	hk_point=${hk_point%#}
}

# hk_say FILE prints the first line of one of the device's files.
hk_say() {
	hk_value=
	if [ -r "$hk_device/$1" ]; then
		read -r hk_value <"$hk_device/$1"
	fi 2>/dev/null
	printf '%s\t' "$hk_value"
}

hk_devices() {
	set +f
	hk_count=0
	for hk_device in /sys/class/block/*; do
		hk_size=0
		if read -r hk_size <"$hk_device/size"; then :; fi 2>/dev/null
		[ "$hk_size" != 0 ] || continue
		hk_count=$((hk_count + 1))
		[ "$hk_count" -le 2001 ] || break
		printf '%s\t%s\t' "${hk_device##*/}" "$hk_size"
		hk_say ro
		hk_say removable
		if [ -e "$hk_device/queue/rotational" ]; then
			hk_say queue/rotational
		else
			hk_say ../queue/rotational
		fi
		hk_say partition
		hk_say dm/uuid
		hk_say dm/name
		hk_say md/level
		hk_say device/model
		if [ -e "$hk_device/partition" ] && cd -P "$hk_device/.."; then
			printf '%s' "${PWD##*/}"
		else
			for hk_parent in "$hk_device"/slaves/*; do
				[ ! -e "$hk_parent" ] || printf '%s ' "${hk_parent##*/}"
			done
		fi
		printf '\n'
	done
	cd /
}

hk_mounts
`

func (disksGroup) Name() string { return "disks" }

func (disksGroup) Script() shell.Script { return shell.New(disksScript) }
