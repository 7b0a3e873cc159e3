package render

import (
	"strings"

	"hostkit/pkg/doc"
)

// arrivals are what the plan calls unchanged, and may not be so behind it.
func (p *page) arrivals(all []doc.Arrival) {
	if len(all) == 0 {
		return
	}
	p.line(2, magenta.of("MAY APPEAR, and stays then: plan again when this plan is applied"))
	for _, a := range all {
		by := make([]string, len(a.By))
		for i, address := range a.By {
			by[i] = string(address)
		}
		p.sentence(4, magenta.of("? "), bold.of(string(a.Address)+":"), "absent, and "+strings.Join(by, " or ")+" may bring it")
	}
}
