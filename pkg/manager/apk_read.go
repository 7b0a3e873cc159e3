package manager

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"hostkit/pkg/shell"
)

// apkPackage is one package of apk's database.
type apkPackage struct {
	version string
	// broken is what failed of it: "broken-files", "broken-script",
	// "broken-xattr", in the words of apk-query(8).
	broken string
}

// apkHost is what the script's have prints.
type apkHost struct {
	packages map[string]apkPackage
	// pinned has the entries of world that keep a package, by its name.
	pinned map[string]string
}

// apkFailed are the letters of a line "f:"; "S" is about checksums alone.
var apkFailed = []struct{ letter, word string }{
	{"f", "broken-files"}, {"s", "broken-script"}, {"x", "broken-xattr"},
}

// readApkHost reads what have prints. A package of a foreign architecture is
// "name:arch".
func readApkHost(text string) (apkHost, error) {
	host := apkHost{packages: map[string]apkPackage{}, pinned: map[string]string{}}
	head, rest, ok := strings.Cut(text, "\n")
	native, ok2 := strings.CutPrefix(head, "%arch ")
	world, ok3 := strings.CutPrefix(rest, "%world\n")
	world, list, ok4 := strings.Cut(world, "\n%installed\n")
	if !ok || !ok2 || !ok3 || !ok4 {
		return host, fmt.Errorf("the list of installed packages begins with %q", head)
	}
	for entry := range strings.FieldsSeq(world) {
		if name := apkPin(entry); name != "" {
			host.pinned[name] = entry
		}
	}
	var name string
	var p apkPackage
	keep := func() {
		if name != "" {
			host.packages[name] = p
		}
	}
	for line := range strings.Lines(list) {
		field, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		switch {
		case !ok && field == "":
			continue
		case field == "P":
			keep()
			name, p = value, apkPackage{}
		case name == "":
			return host, fmt.Errorf("apk's database has %q without a package", line)
		case field == "V":
			p.version = value
		case field == "A":
			if value != native && value != "noarch" && native != "" {
				name += ":" + value
			}
		case field == "f":
			for _, failed := range apkFailed {
				if strings.Contains(value, failed.letter) && p.broken == "" {
					p.broken = failed.word
				}
			}
		default:
			return host, fmt.Errorf("apk's database has %q", line)
		}
	}
	keep()
	for name, p := range host.packages {
		if p.version == "" {
			return host, fmt.Errorf("apk's database has no version of %q", name)
		}
	}
	return host, nil
}

// ReadInstalled tells packages that are wholly installed from those of which apk
// has noted that files or a script failed. Held are those that world keeps.
func (Apk) ReadInstalled(r shell.Result) (Inventory, error) {
	if r.Status != 0 {
		return Inventory{}, explainApk(r)
	}
	if r.Truncated {
		return Inventory{}, errors.New("the list of installed packages is too long")
	}
	host, err := readApkHost(string(r.Stdout))
	if err != nil {
		return Inventory{}, err
	}
	found := Inventory{Versions: map[string]string{}, Broken: map[string]string{}, Held: map[string]bool{}}
	for name, p := range host.packages {
		if p.broken != "" {
			found.Broken[name] = p.broken
		} else {
			found.Versions[name] = p.version
		}
		if host.pinned[name] != "" {
			found.Held[name] = true
		}
	}
	return found, nil
}

// apkUnread is a warning of apk that a repository's index could not be had.
var apkUnread = regexp.MustCompile(`(?m)^(?:WARNING|ERROR): [^\n]*(?:://|APKINDEX)[^\n]*$`)

// ReadIndex reads apk policy: a line "name policy:", one for each version, and
// under it where that is to be had. A repository with a tag does not count, since
// apk takes nothing from it unless world names the tag (apk-repositories(5)).
// Where the index of a repository could not be read, a name that the others do
// not have is not known.
func (Apk) ReadIndex(asks []Ask, r shell.Result) (Index, error) {
	if r.Status != 0 {
		return Index{}, explainApk(r)
	}
	index, rest, err := readIndexHead(r, "apk policy")
	if err != nil {
		return Index{}, err
	}
	policy, ok := strings.CutPrefix(rest, "%policy\n")
	if !ok {
		return index, nil
	}
	policy, providers, _ := strings.Cut(policy, "%providers\n")
	versions := readApkPolicy(policy)
	unknown := apkUnread.MatchString(policy)
	index.Candidates, index.Versions, index.Providers = map[string]string{}, map[string][]string{}, map[string][]string{}
	for _, ask := range asks {
		for _, name := range ask.Names {
			have := versions[string(name)]
			switch {
			case len(have) > 0:
				index.Candidates[string(name)] = have[0]
			case !unknown:
				index.Candidates[string(name)] = ""
			}
			if ask.Version != "" && !unknown {
				index.Versions[string(name)] = have
			}
		}
	}
	index.readApkProviders(providers)
	return index, nil
}

// readApkPolicy gives the versions of each name that can be installed, or are, the
// newest first.
func readApkPolicy(policy string) map[string][]string {
	found := map[string][]string{}
	var name, version string
	for line := range strings.Lines(policy) {
		line = strings.TrimSuffix(line, "\n")
		indent := len(line) - len(strings.TrimLeft(line, " "))
		word := line[indent:]
		switch {
		case indent == 0:
			name, version = "", ""
			if before, ok := strings.CutSuffix(word, " policy:"); ok {
				name = before
			}
		case name == "":
		case indent == 2:
			version = strings.TrimSuffix(word, ":")
		case version != "" && !strings.HasPrefix(word, "@"):
			if !slices.Contains(found[name], version) {
				found[name] = append(found[name], version)
			}
		}
	}
	for _, versions := range found {
		slices.SortStableFunc(versions, func(a, b string) int { return compareApkVersions(b, a) })
	}
	return found
}

// apkProvider is a line of apk list --providers: "<name> package-version arch …".
var apkProvider = regexp.MustCompile(`(?m)^<([^>\n]+)> (\S+)-([0-9][^-\s]*(?:-r[0-9]+)?) `)

func (x *Index) readApkProviders(text string) {
	for _, found := range apkProvider.FindAllStringSubmatch(text, -1) {
		name, provider := found[1], found[2]
		if candidate, asked := x.Candidates[name]; !asked || candidate != "" || slices.Contains(x.Providers[name], provider) {
			continue
		}
		x.Providers[name] = append(x.Providers[name], provider)
	}
	for _, names := range x.Providers {
		slices.Sort(names)
	}
}

// apkDone is the last line of what apk says of a transaction or an update that
// went through.
var apkDone = regexp.MustCompile(`(?m)^OK: `)

// ReadRefresh reads on where apk update ended with 0: it does so although the index
// of a repository was unreadable, and kept an old one with a word of warning.
func (Apk) ReadRefresh(r shell.Result) error {
	said := string(r.Stderr)
	if r.Status == 0 && apkDone.MatchString(said) && !apkUnread.MatchString(said) {
		return nil
	}
	return explainApk(r)
}

// ReadCommit tells what became of packages by what the host had before and after.
func (Apk) ReadCommit(r shell.Result) (Effect, error) {
	if r.Truncated {
		return Effect{}, errors.New("the answer of the transaction is too long")
	}
	text, ok := strings.CutPrefix(string(r.Stdout), "%before\n")
	before, after, ok2 := strings.Cut(text, "\n%after\n")
	if !ok || !ok2 {
		return Effect{}, explainApk(r)
	}
	was, err := readApkHost(before)
	is, err2 := readApkHost(after)
	if err := cmp.Or(err, err2); err != nil {
		return Effect{}, err
	}
	effect := apkEffect(was.packages, is.packages)
	if r.Status != 0 {
		return effect, explainApk(r)
	}
	return effect, nil
}

func apkEffect(before, after map[string]apkPackage) Effect {
	var e Effect
	for name := range maps.Keys(after) {
		from, to := before[name], after[name]
		p := Package{Name: name, Version: to.version, From: from.version, State: to.broken}
		switch c := compareApkVersions(to.version, from.version); {
		case from == to:
		case from.version == "":
			e.Installs = append(e.Installs, p)
		case c < 0:
			e.Downgrades = append(e.Downgrades, p)
		default:
			e.Upgrades = append(e.Upgrades, p)
		}
	}
	for name, from := range before {
		if _, stays := after[name]; !stays {
			e.Removes = append(e.Removes, Package{Name: name, From: from.version})
		}
	}
	e.sort()
	return e
}
