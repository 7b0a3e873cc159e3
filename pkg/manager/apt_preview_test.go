package manager

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/shell"
)

func TestAptReadPreviewRefuses(t *testing.T) {
	for name, test := range map[string]struct{ said, code, message string }{
		// apt takes the only provider of a virtual name without a word when it
		// is told to be quiet.
		"one provider": {
			"Inst hk-provider (1.0 localhost [all])\nConf hk-provider (1.0 localhost [all])\n",
			"not_available", "apt has no package hk-virtual and would take others for it: hk-provider",
		},
		"held": {
			"The following held packages will be changed:\n  hk-a\n  hk-virtual\nThe following packages will be upgraded:\n  hk-a\nInst hk-virtual (1 x [all])\n",
			"held", "it would change packages that are held on the host: hk-a hk-virtual",
		},
		"essential": {
			"WARNING: The following essential packages will be removed.\nThis should NOT be done unless you know exactly what you are doing!\n  perl-base\n0 upgraded\n",
			"essential", "it would remove packages that are essential: perl-base",
		},
		"unpacked and left": {
			"Inst hk-virtual (1 x [all])\n%broken\nhalf-configured ok hk-b all 1 install\nunpacked ok hk-c all 1 install\n%journal\n",
			"broken", "the host has packages that are not wholly installed: hk-b (half-configured), hk-c (unpacked)",
		},
		"half unpacked": {
			"E: The package hk-b needs to be reinstalled\n%broken\nhalf-installed reinstreq hk-b all 1 install\n",
			"broken", "the host has packages that are not wholly installed: hk-b (reinst-required)",
		},
		"interrupted": {
			"Inst hk-virtual (1 x [all])\n%broken\n%journal\n",
			"interrupted", "dpkg was interrupted at an earlier time",
		},
	} {
		_, err := Apt{}.ReadPreview(Transaction{Install: []Want{{Name: "hk-virtual"}}}, shell.Result{Stdout: []byte(test.said)})
		var failure *Failure
		if !errors.As(err, &failure) || failure.Code != test.code || failure.Message != test.message {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What is to be mended, and held packages that the transaction lets go, are in
// nobody's way.
func TestAptReadPreviewOfWhatTheTransactionMends(t *testing.T) {
	tx := Transaction{Install: []Want{{Name: "hk-b"}, {Name: "hk-c"}}, Release: []Name{"hk-c"}}
	said := "The following held packages will be changed:\n  hk-c\nInst hk-b [1] (2 x [all])\nInst hk-c [1] (2 x [all])\n" +
		"%broken\nhalf-configured ok hk-b amd64 1 hold\n%journal\n"
	got, err := Apt{}.ReadPreview(tx, shell.Result{Stdout: []byte(said)})
	want := Effect{Upgrades: []Package{{Name: "hk-b", Version: "2", From: "1"}, {Name: "hk-c", Version: "2", From: "1"}}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

// A hint is of use when it is followed word for word.
func TestAptPreviewHints(t *testing.T) {
	const headline = "The following held packages will be changed:\n  hk-a\n"
	for name, test := range map[string]struct{ said, hint string }{
		"held and installed": {
			headline + "Inst hk-a [1] (2 x [all])\n",
			`declare them with "hold": true to have them changed and held again, or apt-mark unhold hk-a on the host`,
		},
		"held and not there": {
			headline + "Inst hk-a (2 x [all])\n",
			`declare them with "hold": true to have them changed and held again, or apt-mark unhold hk-a on the host`,
		},
		"held and to go": {headline + "Remv hk-a [1]\n", "apt-mark unhold hk-a on the host"},
		"half unpacked": {
			"%broken\nhalf-installed reinstreq hk-b all 1 install\nunpacked ok hk-c all 1 install\n%journal\n",
			"run dpkg --configure -a on the host, then apt-get --fix-broken install",
		},
	} {
		_, err := Apt{}.ReadPreview(Transaction{}, shell.Result{Stdout: []byte(test.said)})
		var failure *Failure
		if !errors.As(err, &failure) || failure.Hint != test.hint {
			t.Errorf("%s: %#v", name, err)
		}
	}
}
