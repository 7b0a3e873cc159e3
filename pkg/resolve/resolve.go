// Package resolve adds to a host document what the host's distribution calls
// its packages: package names says it, this package says for which repository,
// asks Repology about names that nobody else knows, and keeps the lock.
package resolve

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"hostkit/pkg/doc"
	"hostkit/pkg/mise"
	"hostkit/pkg/names"
)

// Options say who is asked, and for which repository.
type Options struct {
	// Names has the lock; it is read, never changed.
	Names names.Options
	// Repology is asked about names that nobody else knows; nil asks nobody.
	Repology Repology
	// Asking, where it is not nil, hears how many of a host's names Repology has
	// answered, see [names.Options].
	Asking func(done, of int)
	// Repository stands in for what facts would say of a host.
	Repository string
	// Grow, when it is not nil, gets every name that was found and that it lacks.
	Grow *doc.PackageLock
	// Choices, when it is not nil, gets what was chosen among several for Grow.
	Choices Choices
	// Update lists names that are resolved without the lock and replaced in Grow;
	// "all" among them stands for every name.
	Update []string
	// Pins, when it is not nil, gets the version of every name that Grow gets.
	Pins Pins
}

// Host gives the section `packages` of a host document. The error joins a
// [names.Refusal] for each reason, or says why Repology could not be asked; Grow is
// then as it was.
func Host(ctx context.Context, h doc.HostDocument, o Options) (doc.PackageNames, error) {
	section := doc.PackageNames{Names: map[string]doc.PackageName{}}
	reqs, err := names.Requests(h.Resources)
	if err != nil {
		return section, err
	}
	if section.Repository, err = repository(h, reqs, o.Repository); err != nil {
		return section, err
	}
	ask := o.Names
	ask.Anew = anew(reqs, o.Update)
	ask.Ask, ask.Asking = asked(ctx, o.Repology), o.Asking
	found, err := names.Resolve(reqs, section.Repository, packageFacts(h), ask)
	release, err2 := mise.Resolve(h.Resources, ask)
	if err := names.Join(err, err2); err != nil {
		return section, err
	}
	section.Names, section.Mise = found, release
	if o.Grow == nil {
		return section, nil
	}
	if o.Choices != nil {
		if err := o.Choices.add(h, reqs, section); err != nil {
			return section, err
		}
	}
	replaced := ask.Anew
	if o.Pins != nil {
		if err := o.Pins.add(h, reqs, section); err != nil {
			return section, err
		}
		// An earlier host may have had no version to pin, and no need of one.
		replaced = slices.Concat(replaced, o.Pins.names(section.Repository))
	}
	if err := names.Add(o.Grow, section, replaced); err != nil {
		return section, err
	}
	mise.Lock(o.Grow, release, ask.Anew)
	return section, nil
}

// repository is what the host's facts say, or else what the caller says.
func repository(h doc.HostDocument, reqs []names.Request, given string) (string, error) {
	switch {
	case h.Facts == nil && given == "" && len(reqs) > 0:
		return "", names.Refusef("no_facts", "run hk-facts before hk-resolve, or name the repository with --repository",
			"the document of host %q has no facts", h.Host.Name)
	case h.Facts == nil || h.Facts.PackageRepository == "":
		return given, nil
	case given != "" && given != h.Facts.PackageRepository:
		return "", names.Refusef("repository_mismatch", "leave --repository out: facts know it",
			"host %q has packages of %s, not of %s", h.Host.Name, h.Facts.PackageRepository, given)
	}
	return h.Facts.PackageRepository, nil
}

func packageFacts(h doc.HostDocument) *doc.PackageFacts {
	if h.Facts == nil {
		return nil
	}
	return h.Facts.Packages
}

// anew lists the names that are to be resolved without the lock.
func anew(reqs []names.Request, update []string) []string {
	for _, name := range update {
		if name != "all" {
			continue
		}
		all := make([]string, len(reqs))
		for i, q := range reqs {
			all[i] = q.Name
		}
		return append(all, mise.Kind)
	}
	return update
}

// Note is what a person should know about the names of a host, or "".
func Note(h doc.HostDocument, section doc.PackageNames) string {
	if h.Facts == nil || len(section.Names) == 0 {
		return ""
	}
	note := names.RepositoryNote(h.Facts.OS)
	if note == "" {
		return ""
	}
	return fmt.Sprintf("names of %s: %s", section.Repository, note)
}

// Stale is what a person should know about names that stand on answers which are
// older than they may be, or "".
func Stale(section doc.PackageNames) string {
	var old []string
	for _, name := range slices.Sorted(maps.Keys(section.Names)) {
		if since := section.Names[name].StaleSince; since != "" {
			old = append(old, fmt.Sprintf("%s (of %s)", name, since))
		}
	}
	if old == nil {
		return ""
	}
	return "names from older answers of Repology, which were not confirmed anew: " + names.Few(old)
}
