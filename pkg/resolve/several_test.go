package resolve_test

import (
	"errors"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/pkg/names"
	"hostkit/pkg/resolve"
)

// Two hosts of one release whose indexes have different ones of the packages that
// the table knows for a name: a lock can keep one only.
func TestHostsThatDecideOtherwise(t *testing.T) {
	o := resolve.Options{Grow: &doc.PackageLock{}, Choices: make(resolve.Choices)}
	for i, available := range []string{"wget1-wget", "wget1-wget", "wget2-wget"} {
		h := host("fedora_43", "wget")
		h.Host.Name = available
		h.Facts.Packages.Available = map[string]string{available: "1"}
		_, err := resolve.Host(t.Context(), h, o)
		var refusal *names.Refusal
		if i < 2 && err != nil || i == 2 && (!errors.As(err, &refusal) || refusal.Code() != "choices_differ") {
			t.Errorf("%s: %v", available, err)
		}
	}
}
