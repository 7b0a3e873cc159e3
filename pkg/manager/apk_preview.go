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

// apkStep is a line of what apk does: "( 2/13) Upgrading musl (1.2.4-r0 ->
// 1.2.5-r1)"; behind a name may stand a repository tag.
var apkStep = regexp.MustCompile(`(?m)^\( *[0-9]+/[0-9]+\) (Installing|Upgrading|Replacing|Reinstalling|Downgrading|Purging) ([^\s@]+)(?:@\S+)? \((\S+?)(?: -> (\S+))?\)$`)

// ReadPreview reads the steps of a simulation.
func (Apk) ReadPreview(t Transaction, r shell.Result) (Effect, error) {
	if r.Truncated {
		return Effect{}, errors.New("the preview of the transaction is too long")
	}
	have, said, ok := strings.Cut(string(r.Stdout), "%apk\n")
	if !ok {
		return Effect{}, explainApk(r)
	}
	host, err := readApkHost(have)
	if err != nil {
		return Effect{}, err
	}
	if f := apkRefusal(t, host); f != nil {
		return Effect{}, f
	}
	if r.Status != 0 || !apkDone.MatchString(said) {
		return Effect{}, explainApkPreview(t, host, r)
	}
	effect := readApkSteps(said)
	return effect, apkMissed(t, host, effect, said)
}

func readApkSteps(said string) Effect {
	var e Effect
	seen := map[string]bool{}
	for _, step := range apkStep.FindAllStringSubmatch(said, -1) {
		p := Package{Name: step[2], Version: step[3]}
		if seen[p.Name] {
			continue
		}
		seen[p.Name] = true
		if step[4] != "" {
			p.From, p.Version = step[3], step[4]
		}
		switch step[1] {
		case "Installing":
			e.Installs = append(e.Installs, p)
		case "Downgrading":
			e.Downgrades = append(e.Downgrades, p)
		case "Purging":
			e.Removes = append(e.Removes, Package{Name: p.Name, From: p.Version})
		default:
			if p.From == "" {
				p.From = p.Version
			}
			e.Upgrades = append(e.Upgrades, p)
		}
	}
	e.sort()
	return e
}

// apkRefusal finds what apk would do without a word: to let go of a version that
// the host's world holds, since an entry is replaced whole.
func apkRefusal(t Transaction, host apkHost) *Failure {
	for _, want := range t.Install {
		pin := host.pinned[string(want.Name)]
		if pin != "" && !slices.Contains(t.Release, want.Name) {
			return &Failure{
				Code:    "held",
				Message: "it would change a package that is held on the host: /etc/apk/world has " + pin,
				Hint:    fmt.Sprintf("declare it with \"hold\": true to have it changed and held again, or %s on the host", Apk{}.ReleaseCommand(string(want.Name))),
			}
		}
	}
	return nil
}

var apkBreaks = regexp.MustCompile(`(?m)^  (\S+):\n(?:    [^\n]*\n)*?    breaks: world\[([^\]=<>~@]+)[^\]=<>~]*(=|<|~|=~|~=|<=)([^\]]*)\]`)

// explainApkPreview knows the transaction, so that a version that can't be had is
// told from one that the host's world holds, and a package that failed earlier
// from one that fails now: apk ends everything with an error until it is mended.
func explainApkPreview(t Transaction, host apkHost, r shell.Result) *Failure {
	_, stdout, _ := strings.Cut(string(r.Stdout), "%apk\n")
	said := stdout + "\n" + string(r.Stderr) + "\n"
	if found := apkBreaks.FindStringSubmatch(said); found != nil {
		offered, name, version := found[1], found[2], found[4]
		asked := slices.ContainsFunc(t.Install, func(w Want) bool { return string(w.Name) == name && string(w.Version) == version })
		pin := host.pinned[name]
		switch {
		case asked && strings.HasPrefix(offered, name+"-"):
			return &Failure{
				Code:    "version_not_available",
				Message: fmt.Sprintf("the package index has no version %s of %s", version, name),
				Hint:    "it has " + strings.TrimPrefix(offered, name+"-"),
			}
		case pin != "":
			return &Failure{
				Code:    "held",
				Message: fmt.Sprintf("it needs %s, but /etc/apk/world on the host holds %s", offered, pin),
				Hint:    Apk{}.ReleaseCommand(name) + " on the host lets go of it",
			}
		}
	}
	if strings.Contains(said, "ERROR: ") {
		return explainApk(shell.Result{Status: r.Status, Stdout: []byte(stdout), Stderr: r.Stderr})
	}
	for _, name := range slices.Sorted(maps.Keys(host.packages)) {
		if p := host.packages[name]; p.broken != "" {
			return &Failure{
				Code:    "interrupted",
				Message: fmt.Sprintf("%s was not installed wholly at an earlier time (%s)", name, p.broken),
				Hint:    "run apk fix " + name + " on the host",
			}
		}
	}
	return explainApk(shell.Result{Status: r.Status, Stdout: []byte(stdout), Stderr: r.Stderr})
}

// apkStays is a name and the names that keep it, over several lines.
var apkStays = regexp.MustCompile(`(?m)^  (\S+):((?: \S+)+(?:\n {5,}\S+(?: \S+)*)*)$`)

// apkMissed finds what the simulation went through without: a package in whose
// place apk takes others, and one to remove that others keep.
func apkMissed(t Transaction, host apkHost, e Effect, said string) error {
	has := func(list []Package, name string) bool {
		return slices.ContainsFunc(list, func(p Package) bool { return p.Name == name })
	}
	for _, want := range t.Install {
		name := string(want.Name)
		_, there := host.packages[name]
		if there && !has(e.Removes, name) || has(e.Installs, name) {
			continue
		}
		var others []string
		for _, p := range e.Installs {
			others = append(others, p.Name)
		}
		message := "apk has no package " + name + " and would take others for it"
		if others != nil {
			message += ": " + strings.Join(others, ", ")
		}
		return &Failure{Code: "not_available", Message: message, Hint: "name the package that is wanted with as"}
	}
	for _, removed := range t.Remove {
		name := string(removed)
		if _, there := host.packages[name]; !there || has(e.Removes, name) {
			continue
		}
		message := name + " stays, since others need it"
		for _, found := range apkStays.FindAllStringSubmatch(said, -1) {
			if found[1] == name {
				message += ": " + strings.Join(strings.Fields(found[2]), ", ")
			}
		}
		return &Failure{Code: "conflict", Message: message, Hint: "declare them in the config with \"state\": \"absent\" too"}
	}
	return nil
}
