package render

import (
	"fmt"

	"hostkit/pkg/doc"
)

// irreversible is what a plan of hk-down does not take back. It stands before what
// the plan does: whoever confirms it should have seen this.
func (p *page) irreversible(left []doc.Irreversible) {
	if len(left) == 0 {
		return
	}
	p.blank()
	p.line(2, alarm.of(fmt.Sprintf("STAYS AS IT IS: %d that can't be taken back, or not wholly", len(left))))
	for _, l := range left {
		p.sentence(4, alarm.of("! "), bold.of(string(l.Address)+":"), l.Reason)
	}
}
