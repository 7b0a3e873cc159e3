package names

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/doc"
)

// cellWord is a word of a field of the table.
const cellWord = `([a-z0-9_]+=)?\+?[A-Za-z0-9][A-Za-z0-9+._-]*`

func TestTableIsWellFormed(t *testing.T) {
	last := ""
	for line := range strings.Lines(tableText) {
		name, rest, _ := strings.Cut(line, "\t")
		if strings.HasPrefix(line, "#") || name == "name" {
			continue
		}
		if !Valid(name) || name <= last {
			t.Errorf("%q is no name, or not in order", name)
		}
		last = name
		for cell := range strings.SplitSeq(strings.TrimSuffix(rest, "\n"), "\t") {
			if cell != "" && !regexp.MustCompile(`^(`+cellWord+` )*`+cellWord+`$`).MatchString(cell) {
				t.Errorf("%s: %q is no package", name, cell)
			}
		}
	}
	if n := len(table); n < 300 {
		t.Errorf("the table has %d names", n)
	}
	var heads []string
	for _, c := range columns {
		heads = append(heads, c.column)
	}
	for name, row := range table {
		if len(row) == 0 {
			t.Errorf("%s has no package at all", name)
		}
		for column, e := range row {
			if !slices.Contains(heads, column) {
				t.Errorf("no repository reads column %q", column)
			}
			for _, w := range e.words {
				if w.part && len(table[w.name][column].packages()) != 1 {
					t.Errorf("%s: the part %s is no package in column %s", name, w.name, column)
				}
			}
		}
	}
	for _, c := range families["apt"] {
		if len(Known(c+"_1")) < 300 {
			t.Errorf("%s has %d packages", c, len(Known(c+"_1")))
		}
	}
}

func TestRepository(t *testing.T) {
	for _, test := range []struct {
		id, like, version, want string
	}{
		{"debian", "", "12", "debian_12"},
		{"debian", "", "", "debian_unstable"},
		{"ubuntu", "debian", "24.04", "ubuntu_24_04"},
		{"fedora", "", "43", "fedora_43"},
		{"alpine", "", "3.20.3", "alpine_3_20"},
		{"alpine", "", "3.22.0_alpha20250108", "alpine_edge"},
		{"arch", "", "", "arch"},
		{"arch", "", "20260101.0.1", "arch"},
		{"archarm", "arch", "", "arch"},
		{"manjaro", "arch", "", "manjaro_stable"},
		{"opensuse-leap", "suse opensuse", "15.6", "opensuse_leap_15_6"},
		{"opensuse-leap", "suse opensuse", "16.0", "opensuse_leap_16_0"},
		{"opensuse-tumbleweed", "opensuse suse", "20251101", "opensuse_tumbleweed"},
		{"almalinux", "rhel centos fedora", "9.4", "almalinux_9"},
		{"rocky", "rhel centos fedora", "9.4", "rocky_9"},
		{"centos", "rhel fedora", "10", "centos_stream_10"},
		{"rhel", "fedora", "9.4", "almalinux_9"},
		{"ol", "fedora", "8.10", "almalinux_8"},
		{"raspbian", "debian", "12", "debian_12"},
		{"devuan", "debian", "5", "debian_12"},
		{"linuxmint", "ubuntu debian", "22.1", "ubuntu_24_04"},
		{"linuxmint", "debian", "6", "debian_12"},
		{"pop", "ubuntu debian", "22.04", "ubuntu_22_04"},
		{"neon", "ubuntu debian", "24.04", "ubuntu_24_04"},
		// Numbers of their own.
		{"elementary", "ubuntu", "8", ""},
		{"kali", "debian", "2026.3", ""},
		{"amzn", "fedora", "2023", ""},
		{"centos", "rhel fedora", "7", ""},
		{"sles", "suse", "15.6", ""},
		{"alpine", "", "", ""},
		{"linux", "", "", ""},
	} {
		os := doc.OS{ID: test.id, IDLike: strings.Fields(test.like), VersionID: test.version}
		got, err := Repository(os)
		if got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%s %s: %q, %v; want %q", test.id, test.version, got, err, test.want)
		}
		own := test.want == "" || strings.HasPrefix(test.want, strings.ReplaceAll(test.id, "-", "_")) && test.want != "debian_unstable"
		if note := RepositoryNote(os); (note == "") != own {
			t.Errorf("%s %s: note %q", test.id, test.version, note)
		}
	}
}

func TestColumns(t *testing.T) {
	for repository, want := range map[string]string{
		"debian_12": "debian", "debian_unstable": "debian", "almalinux_9": "el", "arch": "arch",
		"archlinuxarm_aarch64": "", "manjaro_stable": "arch", "opensuse_leap_15_6": "opensuse", "": "", "gentoo": "",
	} {
		if got, _ := columnOf(repository); got != want {
			t.Errorf("%q reads column %q, want %q", repository, got, want)
		}
	}
}

func TestGuess(t *testing.T) {
	for _, test := range []struct {
		name, manager string
		want          []string
	}{
		{"openssl_dev", "apt", []string{"libssl-dev", "openssl-dev"}},
		{"hiredis_dev", "apt", []string{"hiredis-dev", "libhiredis-dev"}},
		{"hiredis_dev", "dnf", []string{"hiredis-dev", "hiredis-devel", "libhiredis-devel"}},
		{"curl", "apt", []string{"curl"}},
		{"foo_bar", "apt", []string{"foo-bar"}},
		{"procps", "zypper", []string{"procps", "procps4"}},
		{"build_essential", "dnf", []string{"build-essential"}},
	} {
		if got := Guess(Request{Name: test.name}, test.manager, nil); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
	if got := Guess(Request{Name: "curl", As: Candidates{"mycurl"}}, "apt", nil); !slices.Equal(got, []string{"mycurl"}) {
		t.Errorf("as: %q", got)
	}
}

var facts = &doc.PackageFacts{
	Index:     doc.Present,
	Installed: map[string]string{"foo-bar": "1", "htop": "3"},
	Broken:    map[string]string{"half-done": "unpacked"},
	Available: map[string]string{"new-thing": "2", "absent-one": "", "mail-agent": ""},
	Providers: map[string][]string{"mail-agent": {"exim", "postfix"}},
}

func lockOf(repository string, names map[string]doc.PackageName) *doc.PackageLock {
	return &doc.PackageLock{Repositories: map[string]doc.LockedRepository{repository: {Packages: names}}}
}

func TestResolveInOrderOfAuthority(t *testing.T) {
	lock := lockOf("debian_12", map[string]doc.PackageName{
		"openssl_dev": {Package: "libssl-dev", Source: "embedded", Rule: "table", Version: "3"},
		"odd":         {Package: "odd-locked", Source: "repology", Project: "odd"},
	})
	for name, test := range map[string]struct {
		req     Request
		options Options
		want    doc.PackageName
	}{
		"as":            {Request{Name: "odd", As: Candidates{"o"}}, Options{Lock: lock}, doc.PackageName{Package: "o", Source: "as"}},
		"as, closed":    {Request{Name: "q", As: Candidates{"o"}}, Options{Lock: lock, Closed: true}, doc.PackageName{Package: "o", Source: "as"}},
		"lock":          {Request{Name: "odd"}, Options{Lock: lock}, doc.PackageName{Package: "odd-locked", Source: "lock", Project: "odd"}},
		"lock first":    {Request{Name: "openssl_dev"}, Options{Lock: lock, Closed: true}, doc.PackageName{Package: "libssl-dev", Source: "lock", Rule: "table", Version: "3"}},
		"anew":          {Request{Name: "openssl_dev"}, Options{Lock: lock, Anew: []string{"openssl_dev"}}, doc.PackageName{Package: "libssl-dev", Source: "embedded", Rule: "table"}},
		"table":         {Request{Name: "ca_certificates"}, Options{Lock: lock}, doc.PackageName{Package: "ca-certificates", Source: "embedded", Rule: "table"}},
		"installed":     {Request{Name: "foo_bar"}, Options{}, doc.PackageName{Package: "foo-bar", Source: "index", Rule: "same name"}},
		"half there":    {Request{Name: "half_done"}, Options{}, doc.PackageName{Package: "half-done", Source: "index", Rule: "same name"}},
		"available":     {Request{Name: "new_thing"}, Options{}, doc.PackageName{Package: "new-thing", Source: "index", Rule: "same name"}},
		"table, absent": {Request{Name: "git", State: doc.Absent}, Options{}, doc.PackageName{Package: "git", Source: "embedded", Rule: "table"}},
	} {
		got, err := Resolve([]Request{test.req}, "debian_12", facts, test.options)
		if diff := cmp.Diff(map[string]doc.PackageName{test.req.Name: test.want}, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
}

func TestResolveRefuses(t *testing.T) {
	lock := lockOf("debian_12", map[string]doc.PackageName{"x": {Package: "x"}})
	at := "c.json#/services/a/packages/0"
	for name, test := range map[string]struct {
		reqs                []Request
		repository          string
		facts               *doc.PackageFacts
		options             Options
		code, message, hint string
	}{
		"unknown": {
			[]Request{{Name: "absent_one", DeclaredAt: at}},
			"debian_12", facts,
			Options{},
			"package_unknown", `package "absent_one": no name is known for it on debian_12, and the host's index has no absent-one (` + at + `)`,
			`is the name right? another name goes into as: {"name": "absent_one", "as": "…"}`,
		},
		"slip of the pen": {
			[]Request{{Name: "htpo"}},
			"debian_12", facts,
			Options{},
			"package_unknown", `package "htpo": no name is known for it on debian_12, and the host's index was not asked about htpo`,
			`did you mean htop? or write {"name": "htpo", "as": "htop"} if that is the package`,
		},
		"slip of the pen that the index has not": {
			[]Request{{Name: "htpo"}},
			"debian_12", &doc.PackageFacts{Index: doc.Present, Available: map[string]string{"htpo": ""}},
			Options{},
			"package_unknown", `package "htpo": no name is known for it on debian_12, and the host's index has no htpo`,
			`did you mean htop? another name goes into as: {"name": "htpo", "as": "…"}`,
		},
		"several": {
			[]Request{{Name: "mail_agent"}},
			"debian_12", facts,
			Options{},
			"package_ambiguous", `package "mail_agent": on debian_12, mail-agent is no package but a name that others provide: exim, postfix`,
			`write {"name": "mail_agent", "as": "…"} with one of exim, postfix`,
		},
		"no index": {
			[]Request{{Name: "new_thing"}},
			"debian_12", &doc.PackageFacts{Index: doc.Absent},
			Options{},
			"package_unknown", `package "new_thing": no name is known for it on debian_12, and the host has no package index yet to look it up in`,
			`write {"name": "new_thing", "as": "new-thing"} if that is the package`,
		},
		"no host": {
			[]Request{{Name: "new_thing"}},
			"debian_12", nil,
			Options{},
			"package_unknown", `package "new_thing": no name is known for it on debian_12, and no host was asked for it`,
			`write {"name": "new_thing", "as": "new-thing"} if that is the package`,
		},
		"not locked": {
			[]Request{{Name: "curl"}, {Name: "x"}, {Name: "bash"}},
			"debian_12", facts,
			Options{Lock: lock, LockName: "l", Closed: true},
			"not_locked", "the package lock l has no name for bash, curl on debian_12", "hk-eval CONFIG | hk-facts | hk-resolve --write-package-lock l adds what is missing",
		},
		"other repository": {
			[]Request{{Name: "curl"}},
			"fedora_43", facts,
			Options{Lock: lock, LockName: "l", Closed: true},
			"lock_mismatch", "the package lock l has names for debian_12, not for the host's fedora_43", "hk-resolve --write-package-lock l adds them",
		},
		"contradiction": {
			[]Request{{Name: "iproute", State: doc.Present}, {Name: "iproute2", State: doc.Absent, DeclaredAt: at}},
			"debian_12", facts,
			Options{},
			"contradiction", "iproute and iproute2 are both the package iproute2 on debian_12, and the config does not want the same of them (" + at + ")",
			"keep one of the two",
		},
	} {
		got, err := Resolve(test.reqs, test.repository, test.facts, test.options)
		var refusal *Refusal
		if !errors.As(err, &refusal) || got != nil {
			t.Errorf("%s: %v, %v", name, got, err)
			continue
		}
		if diff := cmp.Diff([]string{test.code, test.message, test.hint}, []string{refusal.Code(), err.Error(), refusal.Hint()}); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

// A host that could not look a name up has not said that there is none.
func TestResolveOfAHostThatCouldNotLook(t *testing.T) {
	facts := &doc.PackageFacts{
		Index: doc.Absent, Installed: map[string]string{"joey": "1"},
		Error: &doc.FactError{Code: "no_space", Message: "the host has no space left on a device"},
	}
	_, err := Resolve([]Request{{Name: "joe"}}, "debian_12", facts, Options{})
	var refusal *Refusal
	if !errors.As(err, &refusal) || refusal.Code() != "no_space" || !strings.Contains(refusal.Error(), facts.Error.Message) ||
		strings.Contains(refusal.Hint(), "joey") {
		t.Errorf("%v, hint %q", err, refusal.Hint())
	}
}
