package cli

import (
	"bytes"
	"errors"
	"io"
	"os"

	"hostkit/pkg/shell"
)

// Whole runs a filter whose output may be written only when the stream has ended:
// for the file out, if that has a name, or since a choice among the changes may
// match nothing. judge refuses such a choice, but not where a host has failed.
//
// It returns what is for the file. What is not, goes to stdout, of hosts that did not
// fail also where others did.
func Whole(s Streams, out string, chooses bool, filter func(Streams) error, judge func() error) ([]byte, error) {
	stdout := s.Stdout
	var kept bytes.Buffer
	switch {
	case out != "":
		s.Stdout = &kept
	case chooses:
		s.Stdout = &heldBack{&kept, stdout}
	}
	err := filter(s)
	var unmatched error
	if err == nil {
		unmatched = judge()
	}
	if err != nil || unmatched != nil {
		tellUnwritten(s, out, err)
	}
	if unmatched != nil {
		return nil, unmatched
	}
	if out == "" {
		if _, err := kept.WriteTo(stdout); err != nil {
			return nil, err
		}
	}
	return kept.Bytes(), err
}

// heldBack is stdout for as long as nothing may be written there.
type heldBack struct {
	*bytes.Buffer
	stdout io.Writer
}

func (h *heldBack) wrapped() any { return h.stdout }

// tellUnwritten says that a file which was to be written is not. It may have what an
// earlier run has left: the next command, which is typed from habit, would take it for
// this one's. Where only some hosts failed, there is a way on with the others.
func tellUnwritten(s Streams, out string, err error) {
	if out == "" {
		return
	}
	line := out + " is not written"
	if about, err := os.Stat(out); err == nil && about.Mode().IsRegular() {
		line += ": what is in it is older"
	}
	s.Say("%s", line)
	if hosts, ok := errors.AsType[*hostsFailed](err); ok && hosts.failed < hosts.of {
		s.line("hint:", "to go on with the other hosts, write > "+shell.Typed(out)+" in place of --out: it keeps all, and hk-apply passes over those that failed")
	}
}
