package resource

import (
	"hostkit/pkg/doc"
	"hostkit/pkg/shell"
)

// reasonTakenBack is the reason of what Undo returns.
const reasonTakenBack = "taken back"

// LeftOut stands in the reason of what a way back leaves because it was told to.
const LeftOut = "with --ignore"

// DownIgnoring is the command that makes a way back without these changes, for hints.
func DownIgnoring(addresses ...doc.Address) string {
	command := "hk-down"
	for _, a := range addresses {
		command += " --ignore " + shell.Typed(string(a))
	}
	return command
}

// turned is c turned round: it finds one side and leaves the other.
func turned(c doc.Change, finds, leaves doc.Attributes) doc.Change {
	c.Action, c.Reason = turnedAction(finds, leaves), reasonTakenBack
	c.Before, c.After = finds, leaves
	c.DependsOn = []doc.Dependency{}
	return c
}

// turnedAction is what a change from one side to the other does.
func turnedAction(finds, leaves doc.Attributes) doc.Action {
	from, err := readAttributes[presence](finds)
	to, err2 := readAttributes[presence](leaves)
	switch {
	case err != nil || err2 != nil || from.State == to.State:
		return doc.Update
	case to.State == doc.Absent:
		return doc.Delete
	}
	return doc.Create
}
