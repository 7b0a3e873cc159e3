package manager

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"hostkit/pkg/shell"
)

// simulated is a line of apt-get -s: what is done, the package, the version it
// has, the version it gets.
var simulated = regexp.MustCompile(`^(Inst|Remv|Purg) (\S+)(?: \[([^\]]+)\])?(?: \((\S+) )?`)

// ReadPreview reads the steps of apt-get -s. A package that apt takes off and
// puts back in another version is not removed.
func (Apt) ReadPreview(t Transaction, r shell.Result) (Effect, error) {
	if r.Truncated {
		return Effect{}, errors.New("the preview of the transaction is too long")
	}
	said, left, _ := strings.Cut(string(r.Stdout), "%broken\n")
	said, apart, _ := strings.Cut(said, "%apart\n")
	if !t.Resume {
		if err := unfinished(t, left); err != nil {
			return Effect{}, err
		}
	}
	if r.Status != 0 {
		return Effect{}, explainApt(r)
	}
	if err := previewRefusal(said, t); err != nil {
		return Effect{}, err
	}
	before, after := readSimulation(said)
	for _, want := range t.Install {
		name := string(want.Name)
		if _, ok := after[name]; !ok && !strings.Contains(said, "\n"+name+" is already the newest version") {
			return Effect{}, &Failure{
				Code:    "not_available",
				Message: fmt.Sprintf("apt has no package %s and would take others for it%s", name, listed(after)),
				Hint:    "name the package that is wanted with as",
			}
		}
	}
	effect := aptEffect(before, after)
	if len(t.Install) > 0 {
		effect.Instead = inBoth(effect, aptEffect(readSimulation(apart)))
	}
	return effect, nil
}

// inBoth are the packages that come with the removals alone as well, and were not there
// before.
func inBoth(whole, apart Effect) []Package {
	var both []Package
	for _, p := range whole.Installs {
		if slices.ContainsFunc(apart.Installs, func(other Package) bool { return other.Name == p.Name }) {
			both = append(both, p)
		}
	}
	return both
}

// unfinished refuses to work beside what an interrupted dpkg has left, unless the
// transaction is to mend it: apt would go on with it, or refuse everything.
func unfinished(t Transaction, left string) error {
	named := t.Remove
	for _, want := range t.Install {
		named = append(slices.Clone(named), want.Name)
	}
	left, journal := strings.CutSuffix(left, "%journal\n")
	var broken []string
	for line := range strings.Lines(left) {
		line, _ := cutLast(strings.TrimSuffix(line, "\n"))
		p, err := readDpkgLine(line, "")
		switch {
		case err != nil:
			return err
		case slices.Contains(named, Name(strings.Split(p.name, ":")[0])):
			// What was being unpacked can't be configured.
			journal = journal && p.state != "unpacked" && p.state != "half-configured"
		default:
			broken = append(broken, fmt.Sprintf("%s (%s)", p.name, p.state))
		}
	}
	const mend = "run dpkg --configure -a on the host"
	switch {
	case len(broken) > 0 && strings.Contains(left, "half-installed"), len(broken) > 0 && strings.Contains(left, "reinstreq"):
		// apt refuses while dpkg's journal is there, and what else it has to
		// fetch for a package that is half there only it knows.
		return &Failure{"broken", brokenMessage(broken), mend + ", then apt-get --fix-broken install"}
	case len(broken) > 0:
		return &Failure{"broken", brokenMessage(broken), mend + ", or add them to the config"}
	case journal:
		return &Failure{"interrupted", "dpkg was interrupted at an earlier time", mend}
	}
	return nil
}

func brokenMessage(broken []string) string {
	return "the host has packages that are not wholly installed: " + strings.Join(broken, ", ")
}

// listed names packages, behind a colon.
func listed(packages map[string]dpkgPackage) string {
	if len(packages) == 0 {
		return ""
	}
	return ": " + strings.Join(slices.Sorted(maps.Keys(packages)), ", ")
}

// readSimulation gives the packages that are touched, as they are and as they
// would be.
func readSimulation(said string) (before, after map[string]dpkgPackage) {
	before, after = map[string]dpkgPackage{}, map[string]dpkgPackage{}
	for line := range strings.Lines(said) {
		found := simulated.FindStringSubmatch(line)
		if found == nil {
			continue
		}
		name, from, to := found[2], found[3], found[4]
		if _, seen := before[name]; from != "" && !seen {
			before[name] = dpkgPackage{name: name, version: from, state: "installed"}
		}
		if found[1] == "Inst" {
			after[name] = dpkgPackage{name: name, version: to, state: "installed"}
		} else {
			delete(after, name)
		}
	}
	return before, after
}

// previewRefusal finds in a simulation what the transaction itself would end on.
// What it releases is held only as long as it has not begun.
func previewRefusal(said string, t Transaction) error {
	held := strings.Fields(block(said, "The following held packages will be changed:"))
	held = slices.DeleteFunc(held, func(name string) bool { return slices.Contains(t.Release, Name(name)) })
	if len(held) > 0 {
		names := strings.Join(held, " ")
		hint := Apt{}.ReleaseCommand(held...) + " on the host"
		// A hold on what is to go a config says nothing of.
		_, after := readSimulation(said)
		if !slices.ContainsFunc(held, func(name string) bool { return after[name].name == "" }) {
			hint = "declare them with \"hold\": true to have them changed and held again, or " + hint
		}
		return &Failure{"held", "it would change packages that are held on the host: " + names, hint}
	}
	if names := block(said, "WARNING: The following essential packages will be removed."); names != "" {
		return &Failure{Code: "essential", Message: "it would remove packages that are essential: " + names}
	}
	return nil
}

// block returns the words of the indented lines that follow a headline of
// apt-get, on one line.
func block(said, headline string) string {
	_, rest, ok := strings.Cut(said, headline+"\n")
	if !ok {
		return ""
	}
	var words []string
	for line := range strings.Lines(rest) {
		if strings.HasPrefix(line, "This should NOT be done") {
			continue
		}
		if !strings.HasPrefix(line, " ") {
			break
		}
		words = append(words, strings.Fields(line)...)
	}
	return strings.Join(words, " ")
}
