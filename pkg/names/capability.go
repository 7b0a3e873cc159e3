package names

import (
	"slices"
	"strings"

	"hostkit/pkg/doc"
)

// devel ends the names of a distribution's development packages, by column of the
// table. Where it is empty the package itself has what compilers need.
var devel = map[string]string{
	"debian": "-dev", "ubuntu": "-dev", "alpine": "-dev",
	"fedora": "-devel", "el": "-devel", "opensuse": "-devel",
	"arch": "",
}

// Headers ends names that are some packages' own: linux-headers.
const Headers = "_headers"

// Capability splits a name that asks for what a compiler needs of a library:
// "openssl_dev" wants the development package of openssl, whatever that is
// called.
func Capability(name string) (base string, devel bool) {
	for _, end := range []string{"_dev", "_devel", Headers} {
		if base, ok := strings.CutSuffix(name, end); ok && base != "" {
			return base, true
		}
	}
	return name, false
}

// develNames are what a distribution may call the development package that a name
// asks for, going by its rule alone.
func develNames(name, column string) []string {
	base, wanted := Capability(name)
	ending, known := devel[column]
	switch {
	case !wanted || !known || strings.HasSuffix(name, Headers):
		return nil
	case ending == "":
		return []string{Dashed(base)}
	case strings.HasPrefix(base, "lib"):
		return []string{Dashed(base) + ending}
	}
	return []string{Dashed(base) + ending, "lib" + Dashed(base) + ending}
}

// develRule words how a development package was found in a host's index.
func develRule(column string) string {
	if devel[column] == "" {
		return "headers are in the package itself"
	}
	return "the only " + devel[column] + " package of that name that the host has"
}

// hasDevel takes the development package that the distribution's rule gives a
// name, where the host has exactly one such.
func (r *resolver) hasDevel(q Request) bool {
	column, _ := columnOf(r.repository)
	there := slices.DeleteFunc(develNames(q.Name, column), func(name string) bool { return !r.has(name) })
	if len(there) != 1 {
		return false
	}
	r.names[q.Name] = doc.PackageName{Package: there[0], Source: "index", Rule: develRule(column)}
	return true
}
