package render

import (
	"fmt"
	"strings"

	"hostkit/pkg/doc"
)

const statusColumns = 14

func (p *page) changeReport(c doc.ChangeReport) {
	l, action := lookOfStatus(c.Status), lookOf(c.Action)
	p.line(2, pad(l.ink.of(l.word), statusColumns), pad(action.ink.of(action.word), wordColumns), noInk.last(string(c.Address)))
	const indent = 2 + statusColumns
	if c.Message != "" {
		p.prose(indent, noInk.of(""), l.ink, c.Message)
	}
	if len(c.Transaction) > 0 {
		p.list(indent, dim.of("with "), ", ", plain(c.Transaction)...)
	}
	if c.Backup != "" {
		p.line(indent, dim.of("backup "), noInk.last(c.Backup))
	}
	if c.Output != "" {
		for line := range strings.SplitSeq(strings.TrimSuffix(c.Output, "\n"), "\n") {
			p.line(indent, dim.of("| "), noInk.last(line))
		}
	}
}

// sayAlike counts the first changes that a report says the same of, as of all that one
// transaction failed to make. It is 1 where they are too few to be put together.
func sayAlike(cs []doc.ChangeReport) int {
	const few = 3
	first, n := cs[0], 1
	for _, c := range cs[1:] {
		bare := c.Output == "" && c.Backup == "" && len(c.Transaction) == 0
		if !bare || c.Message != first.Message || c.Status != first.Status || c.Action != first.Action {
			break
		}
		n++
	}
	if first.Message == "" || n < few {
		return 1
	}
	return n
}

// likewise names the changes that what stands above is said of, too.
func (p *page) likewise(cs []doc.ChangeReport) {
	if len(cs) == 0 {
		return
	}
	names := make([]segment, len(cs))
	for i, c := range cs {
		names[i] = noInk.last(string(c.Address))
	}
	p.list(2+statusColumns, dim.of(fmt.Sprintf("and %d likewise: ", len(cs))), ", ", names...)
}
