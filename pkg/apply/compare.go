package apply

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tidwall/gjson"

	"hostkit/pkg/doc"
	"hostkit/pkg/facts"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/names"
)

// otherTarget finds what makes this another host than the plan's.
func (r *run) otherTarget(basics facts.Basics, host facts.Host) []doc.Mismatch {
	planned, found := r.plan.Target, basics.Target(host.HostKey())
	found.PackageRepository, _ = names.Repository(basics.OS)
	var others []doc.Mismatch
	for _, side := range []struct{ what, planned, found string }{
		{hostKey, keyText(planned.Identity.HostKey), keyText(found.Identity.HostKey)},
		{"identity.machine_id", string(planned.Identity.MachineID), string(found.Identity.MachineID)},
		{"identity.arch", planned.Identity.Arch, found.Identity.Arch},
		{"os.id", planned.OS.ID, found.OS.ID},
		{"package_manager", planned.PackageManager, found.PackageManager},
		{"package_repository", planned.PackageRepository, found.PackageRepository},
	} {
		if side.planned != side.found {
			others = append(others, doc.Mismatch{What: side.what, Planned: raw(side.planned), Found: raw(side.found)})
		}
	}
	return others
}

// hostKey is what a mismatch of host keys is called.
const hostKey = "identity.host_key"

func keyText(k *doc.HostKey) string {
	if k == nil {
		return ""
	}
	return k.Type + " " + k.Fingerprint
}

// compareKeys names both keys where Connect found that the host has another one.
func (r *run) compareKeys(err error) {
	var other interface {
		Keys() (planned doc.HostKey, found *doc.HostKey)
	}
	if errors.As(err, &other) {
		planned, found := other.Keys()
		r.stale = append(r.stale, doc.Mismatch{What: hostKey, Planned: raw(keyText(&planned)), Found: raw(keyText(found))})
	}
}

// compareChanges sorts the changes into those to be made, those made already,
// and those that the host has moved away from.
func (r *run) compareChanges(found map[doc.Address]doc.Attributes) {
	var resumed []doc.Address
	for _, c := range r.plan.Changes {
		kind, state := r.kinds[c.Kind], found[c.Address]
		if c.Action == doc.Run {
			continue // compareActs
		}
		switch {
		case r.halfMade(c, state):
			resumed = append(resumed, c.Address)
			r.fates[r.index[c.Address]].BegunBefore = true
			r.todo[c.Address] = true
		case len(state) > 0 && kind.Holds(c.After, state):
			r.settleAlready(c.Address)
		case len(state) > 0 && kind.Holds(c.Before, state):
			r.todo[c.Address] = true
		default:
			if len(state) == 0 {
				state = doc.Attributes("null")
			}
			r.stale = append(r.stale, doc.Mismatch{What: string(c.Address), Planned: c.Before, Found: state})
		}
	}
	if len(r.stale) == 0 {
		r.sayResumed(resumed)
	}
}

func (r *run) staleFailure() error {
	// What was sorted before is not made either.
	for i := range r.fates {
		r.fates[i].Status = doc.ChangeNotReached
	}
	what := make([]string, len(r.stale))
	forbidden := false
	for i, m := range r.stale {
		what[i] = m.What
		if why := gjson.GetBytes(m.Found, "error"); why.Exists() {
			what[i] += " (" + why.Get("message").String() + ")"
			forbidden = forbidden || why.Get("code").String() == "permission_denied"
		}
	}
	advice := "run hk-facts and hk-plan again, and read the new plan"
	if r.isWayBack() {
		advice = r.adviseStaleWayBack()
	}
	if forbidden && r.unprivileged() {
		// The plan was made by somebody who may look: with --sudo, and this is without.
		advice = becomeRoot
	}
	return &Failure{
		What: "stale", Status: doc.StatusStale, exit: 5,
		Message: fmt.Sprintf("the host no longer is what the plan was made from: %s; nothing was changed", strings.Join(what, ", ")),
		Advice:  advice,
	}
}

// raw is a string as JSON.
func raw(s string) doc.Raw {
	text, err := jsonx.Marshal(s)
	if err != nil {
		return doc.Raw(`"?"`)
	}
	return text
}
