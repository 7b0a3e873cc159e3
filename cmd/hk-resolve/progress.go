package main

import (
	"fmt"
	"time"

	"hostkit/pkg/cli"
)

const (
	// unseen is how long the asking may take without a word about it.
	unseen = time.Second
	// redraw is how often a line at a terminal rewrites itself, and repeat how often
	// a line is added where there is no terminal.
	redraw = 200 * time.Millisecond
	repeat = 30 * time.Second
	// first is what a name is taken to need as long as none has needed anything.
	first = time.Second
)

// progress tells how far the asking is, where it takes a person's time: at a
// terminal in one line that rewrites itself, elsewhere at once and then seldom.
type progress struct {
	say    func(format string, args ...any)
	status *cli.Status
	now    func() time.Time

	// done of the names of one host are answered, since began.
	done, of int
	began    time.Time
	// name is when the name that is asked for now was begun with, and slow and took
	// are how many names had to wait for their answer, and how long they did.
	name time.Time
	slow int
	took time.Duration
	// told is when there was a word about it, and ever whether there was any in this
	// run.
	told time.Time
	ever bool
}

// at hears that done of the names of a host are answered.
func (p *progress) at(done, of int) {
	now := p.now()
	if done == 0 {
		p.began, p.told = now, time.Time{}
	} else if took := now.Sub(p.name); took > first/4 {
		p.slow++
		p.took += took
	}
	p.done, p.of, p.name = done, of, now
	if done == of {
		p.status.Clear()
	}
}

// waiting hears, again and again, that a name's turn has not come yet.
func (p *progress) waiting(string) {
	now := p.now()
	if left := p.left(); now.Sub(p.began)+left <= unseen {
		return
	}
	switch {
	case p.status != nil && now.Sub(p.told) >= redraw:
		p.status.Show(fmt.Sprintf("hk-resolve: %s", p.text()))
	case p.status == nil && p.told.IsZero() && !p.ever:
		p.say("%s; it allows one request a second", p.text())
	case p.status == nil && now.Sub(p.told) >= repeat && !p.told.IsZero():
		p.say("%s", p.text())
	default:
		if p.told.IsZero() {
			p.told = now
		}
		return
	}
	p.told, p.ever = now, true
}

func (p *progress) text() string {
	return fmt.Sprintf("asking Repology: %d of %d, about %s left", p.done, p.of, spelled(p.left()))
}

// left is how long the names that are left will take if each is one that Repology
// must be asked for.
func (p *progress) left() time.Duration {
	each := first
	if p.slow > 0 {
		each = p.took / time.Duration(p.slow)
	}
	return max(time.Duration(p.of-p.done)*each-p.now().Sub(p.name), 0)
}

// spelled is a time for people, in minutes and seconds.
func spelled(d time.Duration) string {
	seconds := max(int(d.Round(time.Second)/time.Second), 1)
	if seconds < 60 {
		return fmt.Sprintf("%d s", seconds)
	}
	return fmt.Sprintf("%d min %d s", seconds/60, seconds%60)
}
