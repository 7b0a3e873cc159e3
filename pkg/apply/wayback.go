package apply

import (
	"slices"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/resource"
)

// isWayBack reports whether the plan takes another one back.
func (r *run) isWayBack() bool { return strings.HasPrefix(r.plan.Tool, "hk-down ") }

// adviseStaleWayBack says what to do where something has changed since the way up.
func (r *run) adviseStaleWayBack() string {
	advice := "if there are later reports, take them back first, the newest before the others"
	var edited []doc.Address
	for _, m := range r.stale {
		a := doc.Address(m.What)
		if _, planned := r.index[a]; planned {
			edited = append(edited, a)
		}
	}
	if len(edited) > 0 {
		advice += "; what was changed by hand is kept with " + r.downIgnoring(edited) + " REPORT"
	}
	return advice + "; else plan what should be with hk-facts and hk-plan"
}

// adviseToLeave says how a way back is made without what has failed. An act that can be
// done once only would be in the way for ever, and so would a folder that somebody has
// put something in since.
func (r *run) adviseToLeave() (advice string) {
	var again, full []doc.Address
	for _, fate := range r.fates {
		switch {
		case fate.Status != doc.ChangeFailed:
		case fate.Action == doc.Run:
			again = append(again, fate.Address)
		case fate.Kind == "directory" && fate.Action == doc.Delete:
			full = append(full, fate.Address)
		}
	}
	if len(again) > 0 {
		advice += "; what need not be done again on the way back is left out with " + r.downIgnoring(again) + " REPORT"
	}
	if len(full) > 0 {
		advice += "; a folder that may stay, with what is in it, is kept with " + r.downIgnoring(full) + " REPORT"
	}
	return advice
}

// downIgnoring is the command that makes this way back without these changes, whole: it
// leaves what they stand on, which hk-down does not take away under them, and what this
// one was made without.
func (r *run) downIgnoring(addresses []doc.Address) string {
	ignored := slices.Clone(addresses)
	// What was made before something goes after it.
	for _, c := range r.plan.Changes {
		under := func(d doc.Dependency) bool { return d.With == "" && slices.Contains(ignored, d.Address) }
		if _, act := r.kinds[c.Kind].(resource.Reactor); !act && !slices.Contains(ignored, c.Address) && slices.ContainsFunc(c.DependsOn, under) {
			ignored = append(ignored, c.Address)
		}
	}
	for _, left := range r.plan.Irreversible {
		if strings.Contains(left.Reason, resource.LeftOut) && !slices.Contains(ignored, left.Address) {
			ignored = append(ignored, left.Address)
		}
	}
	return resource.DownIgnoring(ignored...)
}
