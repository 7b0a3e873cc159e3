package names

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"hostkit/pkg/cli/suggest"
	"hostkit/pkg/doc"
)

// most candidates that a message lists.
const most = 5

// unknown words the refusal of a name that nobody knows, with what may be meant
// and the element for the config that settles it. asked is what the one says who
// was asked last; it may be empty.
func (r *resolver) unknown(q Request, asked string) *Refusal {
	own := Dashed(q.Name)
	refusal := &Refusal{code: "package_unknown"}
	if r.facts != nil && r.facts.Error != nil {
		// Nobody has answered: another name would fare no better.
		refusal.code = r.facts.Error.Code
		refusal.message = fmt.Sprintf("package %q: no name is known for it on %s, and the host could not look it up: %s%s",
			q.Name, r.known(), r.facts.Error.Message, at(q))
		refusal.hint = "put that right on the host, then run hk-facts again"
		return refusal
	}
	providers := r.providers(own)
	if len(providers) > 0 {
		refusal.code = "package_ambiguous"
		refusal.message = fmt.Sprintf("package %q: on %s, %s is no package but a name that others provide: %s%s",
			q.Name, r.known(), own, list(providers), at(q))
		refusal.hint = element(q.Name, providers)
		return refusal
	}
	refusal.message = fmt.Sprintf("package %q: no name is known for it on %s, %s%s", q.Name, r.known(), r.says(own, asked), at(q))
	near := r.near(own)
	question, or := "", ""
	if known := r.nearNames(q.Name); len(known) > 0 {
		question = fmt.Sprintf("did you mean %s?", list(known))
		or = question + " or "
	}
	switch {
	case len(near) > 0:
		refusal.hint = or + element(q.Name, near)
	case r.lacks(own):
		// The same name in as would be refused too.
		refusal.hint = fmt.Sprintf("%s another name goes into as: {\"name\": %q, \"as\": \"…\"}", cmp.Or(question, "is the name right?"), q.Name)
	default:
		refusal.hint = or + element(q.Name, []string{own})
	}
	return refusal
}

// lacks reports whether the host's index was asked about a name and has none.
func (r *resolver) lacks(own string) bool {
	if r.facts == nil || r.facts.Index != doc.Present {
		return false
	}
	version, asked := r.facts.Available[own]
	return asked && version == ""
}

// says is what was found out about a name.
func (r *resolver) says(own, asked string) string {
	if asked == "" {
		return "and " + IndexSays(r.facts, own)
	}
	return IndexSays(r.facts, own) + ", and " + asked
}

// IndexSays is what a host knows of a package that its index does not offer.
func IndexSays(facts *doc.PackageFacts, own string) string {
	switch {
	case facts == nil:
		return "no host was asked for it"
	case facts.Index != doc.Present:
		return "the host has no package index yet to look it up in"
	}
	if _, asked := facts.Available[own]; !asked {
		return fmt.Sprintf("the host's index was not asked about %s", own)
	}
	return fmt.Sprintf("the host's index has no %s", own)
}

// element is the line to add to the config. Only a person can choose among
// several.
func element(name string, candidates []string) string {
	if len(candidates) == 1 {
		return fmt.Sprintf("write {\"name\": %q, \"as\": %q} if that is the package", name, candidates[0])
	}
	return fmt.Sprintf("write {\"name\": %q, \"as\": \"…\"} with one of %s", name, Few(byDistance(Dashed(name), candidates)))
}

func (r *resolver) providers(own string) []string {
	if r.facts == nil {
		return nil
	}
	return r.facts.Providers[own]
}

// near finds packages of the host whose names are nearly the one asked for.
func (r *resolver) near(own string) []string {
	if r.facts == nil {
		return nil
	}
	var known []string
	for name := range r.facts.Installed {
		known = append(known, name)
	}
	for name, version := range r.facts.Available {
		if version != "" {
			known = append(known, name)
		}
	}
	return nearest(own, known)
}

// nearNames finds names of the table that have an answer for the repository.
func (r *resolver) nearNames(name string) []string {
	var known []string
	for candidate := range table {
		if packages, parts := listed(candidate, r.repository); packages != nil || parts != nil {
			known = append(known, candidate)
		}
	}
	return nearest(name, known)
}

// byDistance puts the words that are least far from one first.
func byDistance(word string, words []string) []string {
	words = slices.Sorted(slices.Values(words))
	slices.SortStableFunc(words, func(a, b string) int {
		return cmp.Compare(suggest.Distance(word, a), suggest.Distance(word, b))
	})
	return words
}

// nearest returns the words of which word is a beginning or a slip of the pen,
// the nearest first.
func nearest(word string, known []string) []string {
	slices.Sort(known)
	known = slices.Compact(known)
	far := func(k string) int { return suggest.Distance(word, k) }
	found := slices.DeleteFunc(known, func(k string) bool {
		begins := len(word) >= 4 && strings.HasPrefix(k, word)
		return !begins && (far(k) > len(word)/4 || len(word) < 3)
	})
	slices.SortStableFunc(found, func(a, b string) int { return cmp.Compare(far(a), far(b)) })
	return found[:min(len(found), most)]
}
