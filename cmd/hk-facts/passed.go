package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"hostkit/pkg/cli/suggest"
)

// passedOver are hosts that --host has not matched, for the hint when it has matched
// none. It is safe for use by several goroutines.
type passedOver struct {
	mu    sync.Mutex
	names []string
	count int
}

// The stream may have any number of hosts: no more names than these are kept.
const namesKept = 100

func (p *passedOver) note(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count++
	if len(p.names) < namesKept {
		p.names = append(p.names, name)
	}
}

// hint says which host was probably meant, or which there are.
func (p *passedOver) hint(globs []string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	slices.Sort(p.names)
	for _, glob := range globs {
		if near, ok := suggest.Nearest(glob, p.names); ok {
			return "did you mean " + strconv.Quote(near)
		}
	}
	shown := p.names[:min(len(p.names), 10)]
	list := strings.Join(shown, ", ")
	if more := p.count - len(shown); more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return "known here: " + list
}
