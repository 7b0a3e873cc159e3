package journal

import (
	"fmt"
	"strings"
	"time"

	"hostkit/pkg/doc"
)

// Script prints the journal of the host, up to so many bytes as its argument says,
// where there is one that is this user's own.
const Script = `hk_state_folder
file=$hk_state/journal
[ -O "$hk_state" ] && [ ! -h "$hk_state" ] && [ -f "$file" ] && [ -O "$file" ] && [ ! -h "$file" ] || exit 0
head -c "$1" "$file"`

// Unfinished is what a person is told of a run that is not over: nil of one that is.
// It is false for a journal that names no plan or no time.
func (j Journal) Unfinished() (*doc.UnfinishedRun, bool) {
	var digest doc.Digest
	// Later years have no form in RFC 3339.
	if digest.UnmarshalText([]byte(j.Plan)) != nil || j.BegunAt < 0 || j.BegunAt >= 253402300800 {
		return nil, false
	}
	if j.Over != "" {
		return nil, true
	}
	u := &doc.UnfinishedRun{
		Plan: digest, BegunAt: time.Unix(j.BegunAt, 0).UTC().Format(time.RFC3339),
		Holder: strings.ToValidUTF8(j.Holder, "\uFFFD"), Changes: len(j.Begun),
	}
	for i := range j.Begun {
		if j.Begun[i] || j.Ended[i] {
			u.Begun++
		}
		if j.Ended[i] {
			u.Ended++
		}
	}
	return u, true
}

// Describe names a run that is not over: who, when, which plan, how far.
func Describe(u doc.UnfinishedRun) string {
	who := u.Holder
	if who == "" {
		who = "somebody"
	}
	return fmt.Sprintf("the apply that %s began at %s (plan sha256:%.12s…, %d of its %d changes begun, %d ended)",
		who, u.BegunAt, u.Plan.Hex(), u.Begun, u.Changes, u.Ended)
}

// WayOut is what to do about a run that was cut off.
const WayOut = "with the file of that plan, hk-apply --confirm < FILE carries on, and hk-down --out down.json FILE makes the way back; " +
	"where none was kept, a new plan makes what is left"
