package resolve

import (
	"regexp"
	"slices"
	"strings"

	"hostkit/pkg/repology"
)

// family is what the distributions have in common whose repositories begin with
// the prefix.
type family struct {
	prefix string
	// devel ends the names of development packages. Where it is empty the package
	// itself has what compilers need.
	devel string
	// provides says that Repology lists what a package provides among the names of
	// binary packages, as it does for rpm.
	provides bool
}

var families = []family{
	{"debian_", "-dev", false},
	{"ubuntu_", "-dev", false},
	{"alpine_", "-dev", false},
	{"fedora_", "-devel", true},
	{"almalinux_", "-devel", true},
	{"rocky_", "-devel", true},
	{"centos_stream_", "-devel", true},
	{"epel_", "-devel", true},
	{"opensuse_", "-devel", true},
	{"arch", "", false},
	{"manjaro_", "", false},
}

// familyOf also says whether the family is known.
func familyOf(repository string) (family, bool) {
	i := slices.IndexFunc(families, func(f family) bool { return strings.HasPrefix(repository, f.prefix) })
	if i < 0 {
		return family{}, false
	}
	return families[i], true
}

// choice is a package, and the rule that chose it, or else those that may be
// meant.
type choice struct {
	binary, rule string
	candidates   []string
}

// choose picks the one binary package of a project's records in one repository
// that is meant by name. looked says that the name was looked up as that of a
// binary package and the project is where it was found. The rules, in order:
//
//   - the binary package that was looked up;
//   - of a single source package the binary package of the same name;
//   - the binary package that is called as the project;
//   - the binary package that is called as was asked.
//
// Nothing else is a choice, not even a project's only binary package.
func choose(f family, records []repology.Record, project, name string, looked bool) choice {
	binaries, sources := built(f, records)
	has := func(name string) bool { return slices.Contains(binaries, name) }
	switch {
	case looked && has(name):
		return choice{binary: name, rule: "binname equals the name asked"}
	case !looked && len(sources) == 1 && has(sources[0]):
		return choice{binary: sources[0], rule: "binname equals srcname"}
	case !looked && has(project):
		return choice{binary: project, rule: "binname equals the project"}
	case !looked && has(name):
		return choice{binary: name, rule: "binname equals the name asked"}
	case looked && !has(name):
		// An rpm provides it: it may be a package's name, or not.
		return choice{candidates: append(binaries, name)}
	case len(binaries) == 0:
		return choice{candidates: sources}
	}
	return choice{candidates: binaries}
}

// chooseDevel picks the development package among a project's records in one
// repository. The rules, in order: the only one; those that are called as the
// single source package, as the project and as was asked, with the family's
// ending, each without and then with "lib" before it.
func chooseDevel(f family, records []repology.Record, project, name string) choice {
	// openSUSE's bzip2 has libbz2-devel, which does not carry its source's name.
	all := f
	all.provides = false
	binaries, sources := built(all, records)
	literal := slices.ContainsFunc(binaries, func(b string) bool { return strings.HasPrefix(b, name+"-headers") })
	devel := slices.DeleteFunc(binaries, func(b string) bool { return !strings.HasSuffix(b, f.devel) })
	// Debian's linux has linux-libc-dev, and some linux-headers that it is not.
	if len(devel) == 1 && !literal {
		return choice{binary: devel[0], rule: "the only " + f.devel + " package"}
	}
	bases := []struct{ of, name string }{{"project", project}, {"name asked", name}}
	if len(sources) == 1 {
		bases = slices.Insert(bases, 0, struct{ of, name string }{"srcname", sources[0]})
	}
	for _, base := range bases {
		for _, lib := range []string{"", "lib"} {
			if binary := lib + base.name + f.devel; slices.Contains(devel, binary) {
				return choice{binary: binary, rule: "binname equals " + lib + "<" + base.of + ">" + f.devel}
			}
		}
	}
	return choice{candidates: devel}
}

// built gives the binary packages and the source packages of records. Records
// whose version Repology takes for wrong count only where there are no others:
// their names are often those of another program.
func built(f family, records []repology.Record) (binaries, sources []string) {
	sound := slices.DeleteFunc(slices.Clone(records), repology.Record.Doubtful)
	if len(sound) == 0 {
		sound = records
	}
	for _, r := range sound {
		if r.SrcName != "" {
			sources = append(sources, r.SrcName)
		}
		for _, name := range append([]string{r.BinName}, r.BinNames...) {
			if name != "" && (!f.provides || belongs(name, r.SrcName)) {
				binaries = append(binaries, name)
			}
		}
	}
	slices.Sort(binaries)
	slices.Sort(sources)
	return slices.Compact(binaries), slices.Compact(sources)
}

// number ends source packages of which a distribution has several versions:
// postgresql18, python3.13.
var number = regexp.MustCompile(`[-_]?[0-9][0-9.]*$`)

// belongs reports whether something that an rpm is said to provide may be a
// package of its own: those carry the name of their source. The rest
// ("webserver", "mail(transport)") are names that several packages provide.
func belongs(name, source string) bool {
	stem := number.ReplaceAllString(source, "")
	return stem != "" && strings.Contains(strings.ToLower(name), strings.ToLower(stem))
}
