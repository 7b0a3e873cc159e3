// Package facts observes hosts: one login, one batch, whatever the number of
// resources. Nothing on the host is changed.
package facts

import (
	"context"
	"fmt"
	"slices"
	"time"

	"hostkit/pkg/doc"
	"hostkit/pkg/names"
	"hostkit/pkg/resource"
	"hostkit/pkg/secret"
	"hostkit/pkg/shell"
)

// Host is a shell that is open on a host.
type Host interface {
	// Run and RunLast are those of [shell.Session].
	Run(ctx context.Context, steps []shell.Step, each func(i int, r shell.Result) error) error
	RunLast(ctx context.Context, steps []shell.Step, each func(i int, r shell.Result) error) error
	// HostKey is the key that the server proved to own; nil when local.
	HostKey() *doc.HostKey
	// Server is the SSH server; nil when local.
	Server() *doc.SSHFacts
	Close() error
}

// More is what a host is asked beyond what its resources need.
type More struct {
	Groups []Group
	// Lock has names that the package index is asked about too; it may be nil.
	Lock *doc.PackageLock
	// Secret is what a reference of the resources comes to; zero where it could not be
	// had. nil where they hold none.
	Secret func(ref doc.SecretRef) secret.Value
	// AskIndex asks it also about packages that are installed, which takes a host
	// half a second of CPU.
	AskIndex bool
}

// Observe asks a host for its identity, for everything that the resources need,
// and for more, in one flight that also ends the session.
//
// The answer must be there within [Limit]; a *StuckError says that it was not.
func Observe(ctx context.Context, h Host, rs []doc.Resource, kinds []resource.Kind, more More) (doc.Facts, error) {
	return observe(ctx, h, rs, kinds, more, Limit)
}

func observe(
	ctx context.Context, h Host, rs []doc.Resource, kinds []resource.Kind, more More, limit time.Duration,
) (doc.Facts, error) {
	facts := doc.Facts{Observed: map[doc.Address]doc.Observation{}}
	var basics Basics
	asked, err := survey(rs, kinds, resource.Site{Lock: more.Lock, AskIndex: more.AskIndex, Secret: more.Secret})
	if err != nil {
		return doc.Facts{}, &invalidError{err}
	}
	probes := append(BasicProbes(&basics), asked...)
	if !slices.Contains(more.Groups, Group(runsGroup{})) {
		probes = append(probes, unfinishedProbe())
	}
	for _, g := range more.Groups {
		probes = append(probes, groupProbe(g))
	}
	steps := make([]shell.Step, len(probes))
	for i, p := range probes {
		steps[i] = shell.Step{Name: p.Name, Script: p.Script, Limit: p.Limit}
	}
	stuck := &StuckError{Step: probes[0].Name, Limit: limit}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, stuck)
	defer cancel()
	err = h.RunLast(ctx, steps, func(i int, r shell.Result) error {
		if i+1 < len(probes) {
			stuck.Step = probes[i+1].Name
		}
		if err := probes[i].Read(r, &facts); err != nil {
			return fmt.Errorf("%s: %w", probes[i].Name, err)
		}
		return nil
	})
	if err != nil {
		return doc.Facts{}, err
	}
	facts.Identity = basics.identity(h.HostKey())
	facts.SSH = h.Server()
	facts.Now.UptimeSeconds = basics.UptimeSeconds
	// A distribution that Repology does not know has no repository: only the
	// resources that need a name suffer, in hk-plan.
	facts.PackageRepository, _ = names.Repository(basics.OS)
	return facts, nil
}

// Limit is how long a host may take to be observed. Most take less than a second;
// the keepalives of the connection tell nothing about a script that waits for a
// file system which does not answer.
const Limit = 5 * time.Minute

// StuckError says that a host did not finish a step of the observation in time.
type StuckError struct {
	// Step is the one that was running.
	Step string
	// Limit is what ran out.
	Limit time.Duration
}

func (e *StuckError) Error() string {
	return fmt.Sprintf("%s: no answer within %s", e.Step, e.Limit)
}

// Code is the stable word for programs.
func (*StuckError) Code() string { return "timeout" }

// Hint says what to look at.
func (*StuckError) Hint() string {
	return "nothing was changed; look for what hangs on the host: a file system, a name service, a lock"
}

// Exit is the status of a host that does not answer.
func (*StuckError) Exit() int { return 4 }

// survey gathers the probes of every kind for its own resources.
func survey(rs []doc.Resource, kinds []resource.Kind, on resource.Site) ([]resource.Probe, error) {
	byKind := make(map[string][]doc.Resource)
	for _, r := range rs {
		byKind[r.Kind] = append(byKind[r.Kind], r)
	}
	var probes []resource.Probe
	for _, k := range kinds {
		if own := byKind[k.Name()]; len(own) > 0 {
			more, err := k.Survey(own, on)
			if err != nil {
				return nil, err
			}
			probes = append(probes, more...)
		}
	}
	return probes, nil
}

// invalidError says that a resource of the document can't be asked about.
type invalidError struct{ error }

// Code and Exit are those of refused input.
func (*invalidError) Code() string { return "invalid_document" }

// Exit is the status of refused input.
func (*invalidError) Exit() int { return 3 }
