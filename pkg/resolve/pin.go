package resolve

import (
	"errors"
	"fmt"

	"hostkit/pkg/doc"
	"hostkit/pkg/names"
)

// Pins are the versions that a run writes into the lock, by repository and by
// name in the config.
type Pins map[string]map[string]pin

type pin struct{ version, host string }

// add gives the names of a section that do not come from the lock or the config
// the version that the host's index offers. The error joins a [names.Refusal] for
// each that has none, or another than an earlier host's of the same repository:
// the lock can pin one only. A package that is to be absent, or that the config
// itself wants at a version, is never refused; one that it wants at the latest is
// not pinned.
func (p Pins) add(h doc.HostDocument, reqs []names.Request, section doc.PackageNames) error {
	if p[section.Repository] == nil {
		p[section.Repository] = make(map[string]pin)
	}
	pinned := p[section.Repository]
	var refused []error
	for _, q := range reqs {
		answer := section.Names[q.Name]
		if names.Fixed(answer) || answer.Source == "lock" || q.Latest {
			continue
		}
		found := pin{candidate(h, answer.Package), h.Host.Name}
		earlier, both := pinned[q.Name]
		differs := both && earlier.version != found.version
		needed := q.State != doc.Absent && q.Version == ""
		switch {
		case found.version == "" && needed:
			refused = append(refused, unpinned(h, q, section.Repository, answer.Package))
			continue
		case differs && needed:
			refused = append(refused, names.Refusef("pins_differ",
				fmt.Sprintf("refresh the older index and run hk-facts again, or write {\"name\": %q, \"version\": \"…\"}", q.Name),
				"package %q: the index of %s offers %s %s, that of %s offers %s, and the lock can pin one of %s only",
				q.Name, h.Host.Name, answer.Package, found.version, earlier.host, earlier.version, section.Repository))
			continue
		case differs:
			found = earlier
		case found.version == "":
			continue
		}
		pinned[q.Name] = found
		answer.Version = found.version
		section.Names[q.Name] = answer
	}
	return errors.Join(refused...)
}

// candidate is the version that the host's index offers, or "".
func candidate(h doc.HostDocument, name string) string {
	if facts := packageFacts(h); facts != nil {
		return facts.Available[name]
	}
	return ""
}

// unpinned words why there is no version to pin.
func unpinned(h doc.HostDocument, q names.Request, repository, name string) error {
	facts := packageFacts(h)
	why := names.IndexSays(facts, name)
	hint := fmt.Sprintf("leave --pin out, or write {\"name\": %q, \"version\": \"…\"}", q.Name)
	switch {
	case facts == nil:
		hint = "run hk-facts before hk-resolve --pin"
	case facts.Error != nil:
		why = "the host could not look it up: " + facts.Error.Message
		hint = "put that right on the host, then run hk-facts again"
	case facts.Index == doc.Present && !indexAsked(facts, name) && facts.Installed[name] != "":
		hint = "run hk-facts with --ask-index, then hk-resolve --pin again"
	case facts.Index == doc.Present && !indexAsked(facts, name):
		hint = fmt.Sprintf("lock it without --pin; hk-facts --package-lock then asks the index about it, and --update %s --pin pins it", q.Name)
	}
	return names.Refusef("not_pinned", hint, "package %q: there is no version of %s to pin on %s: %s", q.Name, name, repository, why)
}

// indexAsked reports whether hk-facts has asked the host's index about a package.
func indexAsked(facts *doc.PackageFacts, name string) bool {
	_, asked := facts.Available[name]
	return asked
}

// names lists what is pinned in a repository.
func (p Pins) names(repository string) []string {
	var all []string
	for name := range p[repository] {
		all = append(all, name)
	}
	return all
}
