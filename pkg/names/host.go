package names

import (
	"fmt"
	"slices"

	"hostkit/pkg/doc"
)

// ForHost gives the names of a document's packages as hk-plan needs them: those
// that hk-resolve has written into the document, or else resolved here. With
// o.Lock, which must then agree with what the document says, only the lock is
// asked. Without facts there are no names, and no plan either. The error joins a *Refusal for each reason.
func ForHost(d doc.HostDocument, o Options) (map[string]doc.PackageName, error) {
	reqs, err := Requests(d.Resources)
	if err != nil || len(reqs) == 0 || d.Facts == nil {
		return nil, err
	}
	repository := d.Facts.PackageRepository
	section := d.Packages
	// A host whose distribution is not known may have been told one.
	if section != nil && repository == "" {
		repository = section.Repository
	}
	if section != nil && section.Repository != repository {
		return nil, refusal("repository_mismatch",
			fmt.Sprintf("the document's package names are those of %s, its facts those of %s", section.Repository, repository),
			"run hk-resolve again")
	}
	if o.Lock == nil && section != nil {
		return fromSection(reqs, *section)
	}
	o.Closed = o.Lock != nil
	if o.Closed && section != nil {
		if err := CheckSection(*section, *o.Lock, o.LockName); err != nil {
			return nil, err
		}
	}
	return Resolve(reqs, repository, d.Facts.Packages, o)
}

// fromSection takes the names from the document. They may be older than its
// resources, since facts and names can be joined to a newer config.
func fromSection(reqs []Request, section doc.PackageNames) (map[string]doc.PackageName, error) {
	r := resolver{repository: section.Repository, names: make(map[string]doc.PackageName)}
	for _, q := range reqs {
		answer, there := section.Names[q.Name]
		switch {
		case !there:
			r.outdated(q, "has no name for it")
		case len(q.As) > 0 && !slices.Contains(q.As, answer.Package):
			r.outdated(q, fmt.Sprintf("says %s, the config says as %q", answer.Package, list(q.As)))
		case len(q.As) == 0 && answer.Source == sourceAs:
			r.outdated(q, fmt.Sprintf("says %s because of an `as` that the config no longer has", answer.Package))
		default:
			r.names[q.Name] = answer
		}
	}
	r.refuseContradictions(reqs)
	return r.answer()
}

func (r *resolver) outdated(q Request, why string) {
	r.refused = append(r.refused, &Refusal{
		code:    "not_resolved",
		message: fmt.Sprintf("package %q: the document's package names are older than its resources: it %s%s", q.Name, why, at(q)),
		hint:    "run hk-resolve again",
	})
}
