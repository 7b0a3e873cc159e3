package e2e

import (
	"fmt"
	"testing"

	"hostkit/tests/lab"
)

// noise is what people put into the files that their login shells read.
const noise = `echo "Welcome back! 3 updates, \$5 off"
echo '{"schema":"hostkit.report/v1"}'
printf 'no line end'
echo "a warning" >&2
`

// Whatever the login shell is, and whatever it says before the first word of
// ours: the plan is what changes, as root through sudo.
func TestAnyLoginShellWillDo(t *testing.T) {
	t.Parallel()
	var users []lab.User
	for name, shell := range map[string]string{
		"fay": "/usr/bin/fish", "tess": "/usr/bin/tcsh", "basil": "/bin/bash", "dan": "/bin/dash", "zoe": "/bin/sh",
	} {
		users = append(users, lab.User{Name: name, Shell: shell, Sudo: lab.SudoNoPassword})
	}
	host := newSite(t, lab.Options{NoIndex: true, Users: users, SSHD: []string{"Banner /etc/issue"}})
	host.exec(`cat >/etc/bash.bashrc; cp /etc/bash.bashrc /home/basil/.bashrc; cp /etc/bash.bashrc /home/basil/.bash_profile
		cp /etc/bash.bashrc /etc/profile; cp /etc/bash.bashrc /etc/motd`, noise)
	for _, user := range users {
		s := host.with(func(s *site) { s.reach["user"], s.reach["sudo"] = user.Name, true })
		// A first login with fish makes folders in the home.
		s.facts(folder)
		s.makesOddThings("/srv/" + user.Name)
	}
}

// makesOddThings takes names and contents that a shell could take for something
// else through the whole pipe, and away again.
func (s *site) makesOddThings(top string) {
	s.Helper()
	wants := object{"directories": object{top: object{"owner": "nobody"}}, "files": object{}, "symlinks": object{}}
	gone := object{"directories": object{top: object{"state": "absent"}}, "files": object{}, "symlinks": object{}}
	for i, name := range oddNames {
		file, link := top+"/"+name, fmt.Sprintf("%s/link %d %s", top, i, name)
		wants["files"].(object)[file] = object{"content": name + "\n", "mode": "0640", "owner": "daemon"}
		wants["symlinks"].(object)[link] = object{"to": name}
		gone["files"].(object)[file] = object{"state": "absent"}
		gone["symlinks"].(object)[link] = object{"state": "absent"}
	}
	before := s.snapshot()
	s.applied(s.plan(wants))
	s.mustHaveNoChange(wants)
	made := s.snapshot()
	for i, name := range oddNames {
		file, link := made.Paths[top+"/"+name], made.Paths[fmt.Sprintf("%s/link %d %s", top, i, name)]
		if file.SHA256 != sum(name+"\n") || file.Mode != 0o640 || file.UID != 1 || link.Link != name {
			s.Errorf("%q is %+v, its link %+v", name, file, link)
		}
	}
	s.applied(s.plan(gone))
	s.mustHaveNoChange(gone)
	for _, d := range lab.WithoutDirTimes(before.Diff(s.snapshot())) {
		if !allowed(d.Path) {
			s.Errorf("made and taken away, and still: %s", d)
		}
	}
}
