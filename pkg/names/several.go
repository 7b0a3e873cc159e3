package names

import (
	"fmt"
	"slices"
	"strings"

	"hostkit/pkg/doc"
)

// ruleOnly begins the rule by which one of the table's several packages was taken.
const ruleOnly = "table, the only one of "

// OfSeveral reports whether a host has decided which of the table's several
// packages it is. Another host of the same repository may have decided otherwise.
func OfSeveral(n doc.PackageName) bool { return strings.HasPrefix(n.Rule, ruleOnly) }

// oneOf settles a name for which the table has several packages, of which a host
// usually has one only. Where exactly one is installed, or else in the host's
// index, it is that one; otherwise a person chooses.
func (r *resolver) oneOf(q Request, packages []string) {
	only := func(has func(string) bool) []string {
		return slices.DeleteFunc(slices.Clone(packages), func(name string) bool { return !has(name) })
	}
	there := only(r.installed)
	if len(there) != 1 {
		there = only(r.has)
	}
	if len(there) == 1 {
		r.names[q.Name] = doc.PackageName{Package: there[0], Source: "embedded", Rule: ruleOnly + list(packages) + " that the host has"}
		return
	}
	why := "it may be " + choice(packages)
	if len(there) > 1 {
		packages = there
		why = "the host has " + list(there)
	} else if r.facts != nil && r.facts.Index != doc.Present {
		why += ", and the host has no package index yet that would say which there is"
	}
	r.refused = append(r.refused, Ambiguous(q, r.known(), why, packages))
}

// severalParts refuses a name that a distribution has no one package for.
func severalParts(q Request, repository string, parts []string) *Refusal {
	quoted := make([]string, len(parts))
	for i, part := range parts {
		quoted[i] = fmt.Sprintf("%q", part)
	}
	return &Refusal{
		code: "package_several",
		message: fmt.Sprintf("package %q: %s has no one package for it: it is %s together%s",
			q.Name, repository, sequence(parts, "and"), at(q)),
		hint: "write " + list(quoted) + " in its place",
	}
}

// choice joins words of which one is meant.
func choice(words []string) string { return sequence(words, "or") }

func sequence(words []string, before string) string {
	last := len(words) - 1
	if last < 1 {
		return list(words)
	}
	return strings.Join(words[:last], ", ") + " " + before + " " + words[last]
}
