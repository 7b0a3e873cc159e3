package manager_test

import (
	"testing"

	"hostkit/pkg/manager"
)

func TestTheManagerOfAHostIsThatOfItsDistribution(t *testing.T) {
	for _, test := range []struct {
		programs, ids []string
		want          string
	}{
		{[]string{"apt-get"}, []string{"debian"}, "apt"},
		{[]string{"apt-get", "dnf"}, []string{"debian"}, "apt"},
		{[]string{"apt-get", "dnf"}, []string{"linuxmint", "ubuntu", "debian"}, "apt"},
		{[]string{"apt-get", "dnf"}, []string{"fedora"}, "dnf"},
		{[]string{"apt-get", "dnf"}, []string{"ol", "fedora"}, "dnf"},
		{[]string{"apt-get", "dnf"}, []string{"linux"}, "apt"},
		{[]string{"apt-get", "pacman"}, []string{"arch"}, "pacman"},
		{[]string{"apt-get", "pacman"}, []string{"garuda", "arch"}, "pacman"},
		{[]string{"apt-get", "pacman"}, []string{"debian"}, "apt"},
		{[]string{"dnf", "zypper"}, []string{"opensuse-leap", "suse", "opensuse"}, "zypper"},
		{[]string{"dnf", "zypper"}, []string{"opensuse-leap-micro", "suse", "opensuse"}, "zypper"},
		{[]string{"dnf", "zypper"}, []string{"sles", "suse"}, "zypper"},
		{[]string{"apt-get", "zypper"}, []string{"debian"}, "apt"},
		{[]string{"dnf", "zypper"}, []string{"fedora"}, "dnf"},
		{[]string{"dnf"}, []string{"debian"}, "dnf"},
		{[]string{"emerge"}, []string{"gentoo"}, ""},
		{nil, []string{"debian"}, ""},
	} {
		m, ok := manager.Of(test.programs, test.ids)
		if ok != (test.want != "") || ok && m.Name() != test.want {
			t.Errorf("%v on %v: %v, want %q", test.programs, test.ids, m, test.want)
		}
	}
}
