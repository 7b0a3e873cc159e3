package manager

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// rpmSeveral defines several, which names the packages that may be there in
// several versions: what dnf.conf(5) calls installonlypkgs and zypp.conf
// multiversion, by default.
const rpmSeveral = `
several() {
	rpm -q --qf '%{NAME}\n' --whatprovides kernel kernel-PAE 'installonlypkg(kernel)' \
		'installonlypkg(kernel-module)' 'installonlypkg(vm)' 'multiversion(kernel)' | sort -u
}
`

// rpmInstalled prints the native architecture, then a line for each package; rpm
// prints nothing before a version without an epoch. Of packages that are there in
// several versions it then tells which may be.
const rpmInstalled = rpmSeveral + `
rpm --eval '%{_arch}' || exit
list=$(rpm -qa --qf '%{NAME} %{ARCH} %|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE} %{INSTALLTIME}\n') || exit
printf '%s\n' "$list"
twice=$(printf '%s\n' "$list" | cut -d' ' -f1,2 | grep -v '^gpg-pubkey ' | sort | uniq -d)
if [ -n "$twice" ]; then
	printf '%%installonly\n'
	several
fi
`

// readRPMInstalled reads what rpmInstalled prints. It tells packages that are
// there once from those that an interrupted transaction has left there twice. Keys
// that rpm trusts, which it lists as packages named gpg-pubkey, are none.
func readRPMInstalled(said string) (Inventory, error) {
	arch, rest, _ := strings.Cut(said, "\n")
	list, more, _ := strings.Cut(rest, "%installonly\n")
	mayBeTwice := map[string]bool{}
	for name := range strings.Lines(more) {
		mayBeTwice[strings.TrimSuffix(name, "\n")] = true
	}
	found := Inventory{Versions: map[string]string{}, Broken: map[string]string{}}
	times := map[string]int64{}
	for line := range strings.Lines(list) {
		if line == "\n" {
			continue
		}
		fields := strings.Split(strings.TrimSuffix(line, "\n"), " ")
		if len(fields) != 4 {
			return Inventory{}, fmt.Errorf("rpm printed %q", line)
		}
		name, version := rpmName(fields[0], fields[1], arch), strings.TrimPrefix(fields[2], "0:")
		time, err := strconv.ParseInt(fields[3], 10, 64)
		if err != nil {
			return Inventory{}, fmt.Errorf("rpm printed %q", line)
		}
		_, again := times[name]
		switch {
		case fields[0] == "gpg-pubkey":
			continue
		case again && !mayBeTwice[fields[0]]:
			found.Broken[name] = "duplicated"
			delete(found.Versions, name)
		case !again || time >= times[name]:
			found.Versions[name] = version
			times[name] = time
		}
	}
	return found, nil
}

// rpmName is the name by which a package goes. Builds for a level of the
// architecture (x86_64_v2) are native.
func rpmName(name, arch, native string) string {
	if arch == "noarch" || arch == native || strings.HasPrefix(arch, native+"_v") {
		return name
	}
	return name + ":" + arch
}

// rpmNameForm is what rpmbuild takes as Name (build/parsePreamble.c), without the
// signs that only macros may leave there.
var rpmNameForm = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._+-]*$`)

// parseRPMName takes a binary package's name and nothing else that the program
// takes in its place: globs, files, capabilities.
func parseRPMName(s, program string) (Name, error) {
	switch {
	case strings.ContainsAny(s, "*?[]"):
		return "", fmt.Errorf("%q is a pattern: name one package", s)
	case strings.Contains(s, "/"):
		return "", fmt.Errorf("%q is a file: name the package that has it", s)
	case strings.ContainsAny(s, "()<>= "):
		return "", fmt.Errorf("%q is a capability, not a package: a version goes into version", s)
	case strings.HasSuffix(s, "-"):
		return "", fmt.Errorf("%q ends with a dash, which no package of %s does", s, program)
	case !rpmNameForm.MatchString(s):
		return "", fmt.Errorf("%q is not a package name of %s: want letters, digits, ., _, + and -, beginning with a letter or digit", s, program)
	}
	return Name(s), nil
}

// rpmVersionForm is [epoch:]version-release in the characters of rpm-version(7).
// An epoch of 0 is the same as none, which is how rpm spells it.
var rpmVersionForm = regexp.MustCompile(`^(?:[1-9][0-9]*:)?[A-Za-z0-9._+~^]+-[A-Za-z0-9._+~^]+$`)

// parseRPMVersion takes an exact version with its release, which command tells.
func parseRPMVersion(s, command, example string) (Version, error) {
	switch {
	case strings.HasPrefix(s, "0:"):
		return "", fmt.Errorf("version %q: leave out the epoch 0", s)
	case !strings.Contains(s, "-"):
		return "", fmt.Errorf("version %q has no release: %s tells it, like 1.2-%s", s, command, example)
	case !rpmVersionForm.MatchString(s):
		return "", fmt.Errorf("%q is not a version of an rpm package, like 2:1.0-%s", s, example)
	}
	return Version(s), nil
}

// rpmVersions has the versions of packages, by name: usually one.
type rpmVersions map[string][]string

func (v rpmVersions) add(name, version string) {
	version = strings.TrimPrefix(version, "0:")
	if !slices.Contains(v[name], version) {
		v[name] = append(v[name], version)
	}
}

// rpmEffect tells what became of packages. One that was there in two versions and
// is in one now has become that one.
func rpmEffect(before, after rpmVersions) Effect {
	var e Effect
	names := slices.Sorted(maps.Keys(before))
	for name := range after {
		if _, known := before[name]; !known {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		came, went := without(after[name], before[name]), without(before[name], after[name])
		p := Package{Name: name, Version: newestRPM(came), From: newestRPM(went)}
		if came == nil && after[name] != nil {
			p.Version = newestRPM(after[name])
		}
		switch {
		case came == nil && went == nil:
		case p.Version == "":
			e.Removes = append(e.Removes, p)
		case p.From == "":
			e.Installs = append(e.Installs, p)
		case compareRPMVersions(p.Version, p.From) < 0:
			e.Downgrades = append(e.Downgrades, p)
		default:
			e.Upgrades = append(e.Upgrades, p)
		}
	}
	return e
}

// without gives the versions that the other list has not.
func without(versions, other []string) []string {
	var left []string
	for _, v := range versions {
		if !slices.Contains(other, v) {
			left = append(left, v)
		}
	}
	return left
}

func newestRPM(versions []string) string {
	if len(versions) == 0 {
		return ""
	}
	return slices.MaxFunc(versions, compareRPMVersions)
}

// noSuchVersion and noSuchPackage say what the package index has instead.
func noSuchVersion(name, version string, have []string) *Failure {
	return &Failure{
		"version_not_available", fmt.Sprintf("the package index has no version %s of %s", version, name),
		"it has " + strings.Join(have, ", "),
	}
}

func noSuchPackage(program, name string, providers []string, refreshHint string) *Failure {
	if len(providers) > 0 {
		return &Failure{
			"not_available", fmt.Sprintf("%s is no package, but a name that others provide: %s", name, strings.Join(providers, ", ")),
			"name one of them with as",
		}
	}
	return &Failure{"not_available", program + " has no package " + name, refreshHint + orName}
}
