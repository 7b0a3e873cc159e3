package names

import (
	"strings"
	"testing"

	"hostkit/pkg/doc"
)

// osRelease reads what os-release(5) says of a distribution, in words like
// ID=debian; a comma is a space.
func osRelease(words string) doc.OS {
	var os doc.OS
	for word := range strings.FieldsSeq(words) {
		switch key, value, _ := strings.Cut(word, "="); key {
		case "ID":
			os.ID = value
		case "ID_LIKE":
			os.IDLike = strings.Split(value, ",")
		case "VERSION_ID":
			os.VersionID = value
		}
	}
	return os
}

// A derivative has the repository whose packages it carries, and says so; one that
// rebuilds them by a schedule of its own has none.
func TestDerivatives(t *testing.T) {
	for _, test := range []struct{ name, release, repository, note string }{
		{"Linux Mint 22", "ID=linuxmint ID_LIKE=ubuntu,debian VERSION_ID=22", "ubuntu_24_04", "those of Ubuntu"},
		{"Linux Mint 21.3", "ID=linuxmint ID_LIKE=ubuntu,debian VERSION_ID=21.3", "ubuntu_22_04", "those of Ubuntu"},
		{"LMDE 7", "ID=linuxmint ID_LIKE=debian VERSION_ID=7", "debian_13", "those of Debian"},
		{"Pop!_OS 24.04", "ID=pop ID_LIKE=ubuntu,debian VERSION_ID=24.04", "ubuntu_24_04", "those of Ubuntu"},
		{"Raspberry Pi OS, 64 bit", "ID=debian VERSION_ID=13", "debian_13", ""},
		{"Raspberry Pi OS, 32 bit", "ID=raspbian ID_LIKE=debian VERSION_ID=12", "debian_12", "those of Debian"},
		{"Devuan 5", "ID=devuan ID_LIKE=debian VERSION_ID=5", "debian_12", "those of Debian"},
		{"Devuan 6.0", "ID=devuan ID_LIKE=debian VERSION_ID=6.0", "debian_13", "those of Debian"},
		{"Devuan Ceres", "ID=devuan ID_LIKE=debian", "", ""},
		{"Kali", "ID=kali ID_LIKE=debian VERSION_ID=2026.3", "", ""},
		{"Debian testing or unstable", "ID=debian", "debian_unstable", "taken for Debian unstable"},
		{"Amazon Linux 2023", "ID=amzn ID_LIKE=fedora VERSION_ID=2023", "", ""},
		{"Oracle Linux 9", "ID=ol ID_LIKE=fedora VERSION_ID=9.6", "almalinux_9", "those of AlmaLinux"},
		{"RHEL 9", "ID=rhel ID_LIKE=fedora VERSION_ID=9.6", "almalinux_9", "those of AlmaLinux"},
		{"RHEL 10", "ID=rhel ID_LIKE=centos,fedora VERSION_ID=10.1", "almalinux_10", "those of AlmaLinux"},
		{"AlmaLinux 10", "ID=almalinux ID_LIKE=rhel,centos,fedora VERSION_ID=10.0", "almalinux_10", ""},
		{"Rocky Linux 10", "ID=rocky ID_LIKE=rhel,centos,fedora VERSION_ID=10.0", "rocky_10", ""},
		{"CentOS Stream 10", "ID=centos ID_LIKE=rhel,fedora VERSION_ID=10", "centos_stream_10", ""},
		{"CentOS Linux 7", "ID=centos ID_LIKE=rhel,fedora VERSION_ID=7", "", ""},
		{"Manjaro", "ID=manjaro ID_LIKE=arch", "manjaro_stable", ""},
		{"EndeavourOS", "ID=endeavouros ID_LIKE=arch", "arch", "those of Arch Linux"},
		{"Arch Linux ARM", "ID=archarm ID_LIKE=arch", "arch", "on x86_64"},
		{"Alpine edge", "ID=alpine VERSION_ID=3.24.0_alpha20260127", "alpine_edge", ""},
		{"Alpine 3.22.2", "ID=alpine VERSION_ID=3.22.2", "alpine_3_22", ""},
		{"postmarketOS", "ID=postmarketos ID_LIKE=alpine VERSION_ID=v25.06", "", ""},
		{"Leap 16.0", "ID=opensuse-leap ID_LIKE=suse,opensuse VERSION_ID=16.0", "opensuse_leap_16_0", ""},
		{"SLES 15.7", "ID=sles ID_LIKE=suse VERSION_ID=15.7", "", ""},
		{"Ubuntu 26.04", "ID=ubuntu ID_LIKE=debian VERSION_ID=26.04", "ubuntu_26_04", ""},
	} {
		os := osRelease(test.release)
		got, err := Repository(os)
		if got != test.repository || (err != nil) != (got == "") {
			t.Errorf("%s: %q, %v; want %q", test.name, got, err, test.repository)
		}
		if err != nil && !strings.Contains(err.Error(), os.ID) {
			t.Errorf("%s: the refusal does not name it: %v", test.name, err)
		}
		if note := RepositoryNote(os); !strings.Contains(note, test.note) || (note == "") != (test.note == "") {
			t.Errorf("%s: note %q, want %q", test.name, note, test.note)
		}
		if got != "" && !KnownRepository(got) {
			t.Errorf("%s: nothing is known of %s", test.name, got)
		}
	}
}
