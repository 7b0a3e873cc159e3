package resource

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"hostkit/pkg/doc"
)

// Without leaves a command out that names a path which goes: it would fail, and be in
// the way of all that comes behind it. Which service or program goes with a package is
// known to the host alone, so that is seen when the act's turn comes.
func (triggers) Without(c doc.Change, removed []doc.Change) (doc.Change, error) {
	after, err := readTriggerChange(c)
	if err != nil {
		return c, err
	}
	var needed doc.Address
	for _, gone := range removed {
		switch {
		case gone.Kind == packages{}.Name():
			after.GoesWith = append(after.GoesWith, gone.Address)
		case after.Run == nil && after.unitOf(gone):
			after.GoesWith = append(after.GoesWith, gone.Address)
		case after.names(gone) && len(gone.Address.Name()) > len(needed.Name()):
			needed = gone.Address // the file rather than its folder
		}
	}
	if needed != "" {
		return c, fmt.Errorf("not run again, since %s goes, without which it fails%s", needed, after.litter(removed))
	}
	if len(after.GoesWith) > 0 {
		c.After = attributes(after)
		c.Reason += fmt.Sprintf("; nothing to do if %s goes with %s", after.needs(), listedAddresses(after.GoesWith))
	}
	return c, nil
}

// needs is what an act can't be done without.
func (a Act) needs() string {
	if a.Run != nil {
		return a.Run[0]
	}
	return "the service " + a.Reload + a.Restart
}

// gone is the remark on an act that found nothing to do.
func (t triggerState) gone() string {
	verb := "run"
	if t.Run == nil {
		verb = t.verb()
	}
	return fmt.Sprintf("the host has %s no more, since the plan removes %s, so there was nothing to %s",
		t.needs(), listedAddresses(t.GoesWith), verb)
}

// listedAddresses names the first of them.
func listedAddresses(as []doc.Address) string {
	text := string(as[0])
	if more := len(as) - 1; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// unitFolders are where service managers look for a service: systemd.unit(5), and
// init.d of System V and OpenRC.
var unitFolders = []string{
	"/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system",
	"/usr/lib/systemd/system", "/lib/systemd/system", "/etc/init.d",
}

// unitOf reports whether a path of that name is the file of the act's service. An
// instance, app@1, has the file of its template, app@.
func (a Act) unitOf(gone doc.Change) bool {
	name := strings.TrimSuffix(a.Reload+a.Restart, ".service")
	if template, _, is := strings.Cut(name, "@"); is {
		name = template + "@"
	}
	return slices.Contains(unitFolders, path.Dir(gone.Address.Name())) &&
		strings.TrimSuffix(path.Base(gone.Address.Name()), ".service") == name
}

// namedByPath are those whose resources are called as their path is.
var namedByPath = []string{directories{}.Name(), files{}.Name(), symlinks{}.Name(), mises{}.Name()}

// names reports whether a word of the command has the path of a change, or one in it.
func (a Act) names(gone doc.Change) bool {
	return slices.Contains(namedByPath, gone.Kind) &&
		slices.ContainsFunc(a.Run, func(word string) bool { return hasPath(word, gone.Address.Name()) })
}

// litter says what to do about folders that a command may have put something in.
func (a Act) litter(removed []doc.Change) string {
	var folders []doc.Address
	for _, gone := range removed {
		if gone.Kind == (directories{}).Name() && a.names(gone) {
			folders = append(folders, gone.Address)
		}
	}
	if folders == nil {
		return ""
	}
	return fmt.Sprintf("; %s goes only if it is empty: first remove what the command has put there, or keep the folder with %s REPORT",
		folders[len(folders)-1], DownIgnoring(folders...))
}

// hasPath reports whether p, or a path below it, stands in a word of a command: by
// itself, behind --file=, or in the text for a shell.
func hasPath(word, p string) bool {
	const before, within = " \t\n\"'`=<>|&;(,:@", "._-*?[{$"
	for at := 0; ; {
		i := strings.Index(word[at:], p)
		if i < 0 {
			return false
		}
		start, rest := at+i, word[at+i+len(p):]
		begins := start == 0 || strings.IndexByte(before, word[start-1]) >= 0
		ends := rest == "" || !isAlphanumeric(rest[0]) && strings.IndexByte(within, rest[0]) < 0
		if begins && ends {
			return true
		}
		at = start + 1
	}
}

func isAlphanumeric(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= 0x80
}
