package names

import "testing"

func TestNearRepository(t *testing.T) {
	for name, want := range map[string]string{
		"debian12": "debian_12", "Debian 12": "debian_12", "debian-12.5": "debian_12", "debain_13": "debian_13", "raspbian12": "debian_12",
		"ubuntu24.04": "ubuntu_24_04", "ubuntu_2404": "ubuntu_24_04", "Ubuntu 24.04.1": "ubuntu_24_04", "fedora43": "fedora_43",
		"alpine3.20.3": "alpine_3_20", "alpine_320": "alpine_3_20", "rhel9": "almalinux_9", "centos9": "centos_stream_9", "rokcy_9": "rocky_9",
		"opensuse-leap-15.6": "opensuse_leap_15_6", "opensuse_leap_156": "opensuse_leap_15_6", "opensuse-tumbleweed": "opensuse_tumbleweed",
		"Arch": "arch", "arhc": "arch", "debian": "", "bookworm": "", "": "", "12": "", "\u00df_": "",
	} {
		if got, ok := NearRepository(name); got != want || ok != (want != "") || ok && !KnownRepository(got) || KnownRepository(name) {
			t.Errorf("%q: %q, %t, want %q", name, got, ok, want)
		}
	}
}
