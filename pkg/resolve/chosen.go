package resolve

import (
	"errors"
	"fmt"
	"slices"

	"hostkit/pkg/doc"
	"hostkit/pkg/names"
)

// Choices are the packages that a run has chosen for the lock among several, by
// repository and by name in the config.
type Choices map[string]map[string]chosen

type chosen struct{ name, host string }

// add refuses what another host of the repository has chosen otherwise, by what
// it has installed or in its index: the lock can keep one only. The error joins a
// [names.Refusal] for each.
func (c Choices) add(h doc.HostDocument, reqs []names.Request, section doc.PackageNames) error {
	if c[section.Repository] == nil {
		c[section.Repository] = make(map[string]chosen)
	}
	before := c[section.Repository]
	var refused []error
	for _, q := range reqs {
		answer := section.Names[q.Name]
		ofList := len(q.As) > 1 && slices.Contains(q.As, answer.Package)
		if !ofList && !names.OfSeveral(answer) {
			continue
		}
		earlier, both := before[q.Name]
		if both && earlier.name != answer.Package {
			refused = append(refused, names.Refusef("choices_differ",
				fmt.Sprintf("write {\"name\": %q, \"as\": …} with the one that is meant", q.Name),
				"package %q: %s has %s, %s has %s, and the lock can keep one for %s only",
				q.Name, h.Host.Name, answer.Package, earlier.host, earlier.name, section.Repository))
			continue
		}
		before[q.Name] = chosen{answer.Package, h.Host.Name}
	}
	return errors.Join(refused...)
}
