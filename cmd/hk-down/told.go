package main

import (
	"fmt"
	"slices"
	"strings"

	"hostkit/pkg/cli"
	"hostkit/pkg/doc"
)

// warnOfWhatStays names what stays as it is, all that stay for one reason in one line:
// the plan has each by itself.
func warnOfWhatStays(s cli.Streams, p doc.Plan) {
	var reasons []string
	of := make(map[string][]doc.Address)
	for _, left := range p.Irreversible {
		if of[left.Reason] == nil {
			reasons = append(reasons, left.Reason)
		}
		of[left.Reason] = append(of[left.Reason], left.Address)
	}
	for _, reason := range reasons {
		stay := "stays as it is"
		if len(of[reason]) > 1 {
			stay = "stay as they are"
		}
		s.Warn(fmt.Sprintf("%s: %s: %s: %s", p.Host.Name, stay, few(of[reason]), reason), "")
	}
}

// madeBefore are the changes taken back that the run of the report has found made by an
// earlier one of its plan.
func madeBefore(r doc.Report, p doc.Plan) []doc.Address {
	var made []doc.Address
	for _, c := range r.Changes {
		again := func(back doc.Change) bool { return back.Address == c.Address }
		if c.Status == doc.ChangeAlready && c.BegunBefore && slices.ContainsFunc(p.Changes, again) {
			made = append(made, c.Address)
		}
	}
	return made
}

// few names the first of many.
func few(addresses []doc.Address) string {
	const most = 4
	var names []string
	for _, a := range addresses[:min(len(addresses), most)] {
		names = append(names, string(a))
	}
	text := strings.Join(names, ", ")
	if more := len(addresses) - len(names); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
