package main

import (
	"io"

	"hostkit/pkg/render"
)

// queueMost bounds the texts that wait, in bytes.
const queueMost = 1 << 20

// queue is what waits to be shown: whether a plan is shown whole, or its changes
// with those of other hosts, is known when another plan comes or the stream ends; and
// so with reports.
type queue struct {
	waiting []waiting
	size    int
	// grouped says that there are several plans, or several reports.
	plans, reports bool
}

// waiting is a document that waits, or the text of one behind it.
type waiting struct {
	shown render.Shown
	event bool
	// undecided says that it is the only one of its schema so far.
	undecided bool
}

// grouped is the answer for a document's schema.
func (q *queue) grouped(s render.Shown) *bool {
	if s.IsPlan() {
		return &q.plans
	}
	return &q.reports
}

// take shows a document, or keeps it until it is known how.
func (v *viewer) take(s render.Shown, event bool) {
	w := waiting{shown: s, event: event}
	if s.Grouped() && !*v.queue.grouped(s) {
		w.undecided = true
		for i := range v.queue.waiting {
			other := &v.queue.waiting[i]
			if other.undecided && other.shown.IsPlan() == s.IsPlan() {
				other.undecided, w.undecided = false, false
				*v.queue.grouped(s) = true
			}
		}
	}
	v.queue.waiting = append(v.queue.waiting, w)
	v.queue.size += len(s.Text)
	if v.queue.size > queueMost {
		// What has waited so long is grouped alone.
		for i := range v.queue.waiting {
			if other := &v.queue.waiting[i]; other.undecided {
				other.undecided = false
				*v.queue.grouped(other.shown) = true
			}
		}
	}
	v.flush()
}

// flush shows what is decided, up to the first that is not.
func (v *viewer) flush() {
	q := &v.queue
	for len(q.waiting) > 0 && !q.waiting[0].undecided {
		w := q.waiting[0]
		q.waiting = q.waiting[1:]
		q.size -= len(w.shown.Text)
		if !w.shown.Grouped() || !*q.grouped(w.shown) {
			v.text(w.shown.Text, w.event)
			continue
		}
		v.text(w.shown.Head, false)
		v.fleet.Add(w.shown)
		if v.fleet.Full() {
			v.groups()
		}
	}
}

// end shows what is left when the stream has ended.
func (v *viewer) end() {
	for i := range v.queue.waiting {
		v.queue.waiting[i].undecided = false
	}
	v.flush()
	v.groups()
}

// groups shows what the hosts so far have in common.
func (v *viewer) groups() {
	v.text(v.fleet.Text(v.options), false)
	v.fleet = render.Fleet{}
}

// text shows one text behind an empty line; events stand close together.
func (v *viewer) text(text string, event bool) {
	if text == "" {
		return
	}
	if v.shown++; v.shown > 1 && !(event && v.events) {
		text = "\n" + text
	}
	v.events = event
	v.put(text)
}

func (v *viewer) put(text string) {
	if v.writeErr == nil && text != "" {
		_, v.writeErr = io.WriteString(v.s.Stdout, text)
	}
}
