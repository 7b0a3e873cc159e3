package lab_test

import (
	"strings"
	"testing"

	"hostkit/tests/lab"
)

func snapshot(t *testing.T, h *lab.Host) *lab.Snapshot {
	t.Helper()
	s, err := h.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func lines(differences []lab.Difference) string {
	var b strings.Builder
	for _, d := range differences {
		b.WriteString(d.String() + "\n")
	}
	return b.String()
}

func TestSnapshotsOfAnUnchangedHostAreEqual(t *testing.T) {
	h := lab.Run(t, lab.Options{RootPassword: "secret", Users: []lab.User{
		{Name: "ann", Password: "other", Sudo: lab.SudoWithPassword},
		{Name: "tess", Shell: "/usr/bin/tcsh"},
	}})
	before := snapshot(t, h)
	if got := lines(before.DiffExact(snapshot(t, h))); got != "" {
		t.Errorf("idle:\n%s", got)
	}
	// Logins, with a password and without, and sudo are not changes.
	ssh(t, h, "root", "true")
	ssh(t, h, "tess", "true")
	ssh(t, h, "ann", "echo other | sudo -S true")
	if _, err := passwordLogin(t, h, "root", "secret"); err != nil {
		t.Error(err)
	}
	if got := lines(before.DiffExact(snapshot(t, h))); got != "" {
		t.Errorf("after logins:\n%s", got)
	}
	if len(before.Paths) < 5000 || len(before.Packages) < 50 {
		t.Errorf("%d paths, %d packages", len(before.Paths), len(before.Packages))
	}
}

// Each change is as small as it can be, and made so that size and times stay.
func TestSnapshotFindsEachChange(t *testing.T) {
	h := lab.Run(t, lab.Options{NoIndex: true, Files: []lab.File{{Path: "/srv/a", Content: "aaaa"}, {Path: "/srv/gone"}}})
	cases := []struct{ name, command, want string }{
		{"mode", "chmod 600 /etc/passwd", "changed /etc/passwd (file): mode 0644 -> 0600"},
		{"owner", "chown 1:2 /etc/hostname", "changed /etc/hostname (file): owner 0:0 -> 1:2"},
		{"content of the base's file", "t=$(stat -c %y /usr/bin/yes); printf x | dd of=/usr/bin/yes conv=notrunc; touch -d \"$t\" /usr/bin/yes", "changed /usr/bin/yes (file): sha256 "},
		{"content of a new file", "t=$(stat -c %y /srv/a); printf b | dd of=/srv/a conv=notrunc; touch -d \"$t\" /srv/a", "changed /srv/a (file): sha256 "},
		{"time", "touch -d @1 /etc/shadow", "changed /etc/shadow (file): mtime "},
		{"removed", "rm /srv/gone", "removed /srv/gone (file): type file, mode 0644"},
		{"added in run", "mkdir -m 700 /run/new", "added /run/new (dir): type dir, mode 0700, owner 0:0"},
		{"link", "ln -sfn /nowhere /etc/localtime", "changed /etc/localtime (symlink): "},
		{"hard link", "ln /srv/a /srv/b", "changed /srv/a (file): links 1 -> 2"},
		{"xattr", "setcap cap_net_raw+ep /usr/bin/yes", "changed /usr/bin/yes (file): xattrs  -> security.capability="},
		{"beside what is the base's", "touch /usr/lib/systemd/new", "added /usr/lib/systemd/new (file)"},
		{"deep in what was the base's", "chmod 600 /usr/lib/systemd/system/ssh.service", "changed /usr/lib/systemd/system/ssh.service (file): mode 0644 -> 0600"},
		{"moved on the place of another", "rm -r /usr/lib/systemd && mv /etc/systemd /usr/lib/systemd", "removed /usr/lib/systemd/user/"},
		{"mounted over", "mount --bind /etc/apt /usr/share/common-licenses", "added /usr/share/common-licenses/sources.list.d (dir)"},
		{"unmounted", "umount /usr/share/common-licenses", "added /usr/share/common-licenses/GPL-3 (file)"},
		{"package", "dpkg --purge --force-depends tcsh", "removed package:tcsh:"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			before := snapshot(t, h)
			if out, err := h.Exec(t.Context(), "/bin/sh", "-c", c.command); err != nil {
				t.Fatalf("%v %s", err, out)
			}
			got := lines(lab.WithoutDirTimes(before.Diff(snapshot(t, h))))
			if !strings.Contains(got, c.want) {
				t.Errorf("%s:\ngot  %swant %s", c.command, got, c.want)
			}
		})
	}
}

func TestDiffExactSeesAFileReplacedByItsEqual(t *testing.T) {
	h := lab.Run(t, lab.Options{NoIndex: true, Files: []lab.File{{Path: "/srv/a", Content: "a"}}})
	before := snapshot(t, h)
	if _, err := h.Exec(t.Context(), "/bin/sh", "-c", "cp -p /srv/a /srv/n && mv /srv/n /srv/a"); err != nil {
		t.Fatal(err)
	}
	after := snapshot(t, h)
	if got := lines(lab.WithoutDirTimes(before.Diff(after))); got != "" {
		t.Errorf("Diff:\n%s", got)
	}
	if got := lines(lab.WithoutDirTimes(before.DiffExact(after))); !strings.Contains(got, "inode") {
		t.Errorf("DiffExact:\n%s", got)
	}
}
