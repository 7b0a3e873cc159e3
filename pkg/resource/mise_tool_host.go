package resource

import (
	"bytes"
	"fmt"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/mise"
	"hostkit/pkg/shell"
)

// toolObservation is what hk-facts tells of a version of a tool beside whether it
// is there.
type toolObservation struct {
	// Installed are all versions of the tool that are there.
	Installed []string `json:"installed,omitzero"`
	// Incomplete says that the version was begun and not ended.
	Incomplete bool `json:"incomplete,omitzero"`
}

// Survey looks at the folders of all tools at once. mise is not run: it would write
// caches, and go online.
func (miseTools) Survey(rs []doc.Resource, _ Site) ([]Probe, error) {
	dirs := make([]string, len(rs))
	tools := make([]mise.Tool, len(rs))
	for i, r := range rs {
		var spec toolSpec
		if err := decodeSpec(r, &spec); err != nil {
			return nil, err
		}
		if err := spec.check(r.Name); err != nil {
			return nil, fmt.Errorf("%s: %w", r.Address, err)
		}
		dirs[i], tools[i] = spec.SystemDataDir, spec.tool(r.Name)
	}
	return []Probe{{
		Name: "look which tools mise has installed", Script: mise.LookAtTools(dirs, tools),
		Read: func(r shell.Result, facts *doc.Facts) error {
			found, err := readTools(r, tools)
			if err != nil {
				return err
			}
			for i, one := range rs {
				facts.Observed[one.Address] = found[i].observation(dirs[i])
			}
			return nil
		},
	}}, nil
}

// foundTool is what the host says of a version of a tool.
type foundTool struct {
	state     string
	installed []string
}

// readTools reads a line for each tool.
func readTools(r shell.Result, tools []mise.Tool) ([]foundTool, error) {
	lines := bytes.Split(bytes.TrimSpace(r.Stdout), []byte("\n"))
	if r.Status != 0 || len(lines) != len(tools) {
		return nil, fmt.Errorf("the host says nothing clear of mise's tools: exit status %d", r.Status)
	}
	found := make([]foundTool, len(tools))
	for i, line := range lines {
		words := strings.Fields(string(line))
		if len(words) == 0 {
			return nil, fmt.Errorf("the host says nothing of %s", tools[i])
		}
		found[i] = foundTool{words[0], words[1:]}
	}
	return found, nil
}

func (f foundTool) presence() doc.Presence {
	if f.state == mise.ToolPresent {
		return doc.Present
	}
	return doc.Absent
}

func (f foundTool) observation(dir string) doc.Observation {
	if f.state == mise.ToolDenied {
		return doc.Observation{Error: &doc.FactError{Code: "permission_denied", Message: dir + " may not be looked into"}}
	}
	o := doc.Observation{State: f.presence()}
	seen := toolObservation{Incomplete: f.state == mise.ToolHalf}
	seen.Installed = f.installed[:min(len(f.installed), 100)]
	if seen.Incomplete || len(seen.Installed) > 0 {
		o.Attributes = attributes(seen)
	}
	return o
}

// Recheck looks at the folders again, all of a plan in one probe.
func (miseTools) Recheck(cs []doc.Change, _ Site) ([]Recheck, error) {
	dirs := make([]string, len(cs))
	tools := make([]mise.Tool, len(cs))
	for i, change := range cs {
		c, err := readToolChange(change)
		if err != nil {
			return nil, err
		}
		dirs[i], tools[i] = c.spec.SystemDataDir, c.tool()
	}
	return []Recheck{{
		Name: "look which tools mise has installed", Script: mise.LookAtTools(dirs, tools),
		Read: func(r shell.Result) (map[doc.Address]doc.Attributes, error) {
			found, err := readTools(r, tools)
			if err != nil {
				return nil, err
			}
			states := make(map[doc.Address]doc.Attributes, len(cs))
			for i, c := range cs {
				states[c.Address] = attributes(presence{State: found[i].presence()})
			}
			return states, nil
		},
	}}, nil
}

// readBackends refuses the first tool that the host can't install.
func readBackends(r shell.Result) error {
	for line := range strings.Lines(string(r.Stdout)) {
		tool, programs, _ := strings.Cut(strings.TrimSpace(line), " ")
		hint := "declare the package that has it, and let the tool depend on that"
		if backend := mise.BackendOf(tool); len(backend.Tools) > 0 {
			hint = fmt.Sprintf("declare the tool %q too, or a package that the tool depends on", backend.Tools[0])
		}
		return &Refusal{
			Code:    "backend_missing",
			Message: fmt.Sprintf("%s is installed with %s, which the host does not have", tool, strings.Join(strings.Fields(programs), " or ")),
			Hint:    hint,
		}
	}
	return nil
}

// Steps makes one call of all that is to be installed, and one of all that is to
// go.
func (miseTools) Steps(cs []doc.Change, _ Site) ([]Work, error) {
	calls, err := toolCalls(cs)
	if err != nil {
		return nil, err
	}
	works := make([]Work, len(calls))
	for i, call := range calls {
		works[i] = call.work()
	}
	return works, nil
}

func (call toolCall) work() Work {
	list := make([]string, len(call.tools))
	for i, t := range call.tools {
		list[i] = t.String()
	}
	work := Work{Name: "install " + strings.Join(list, ", "), Changes: call.changes, Alone: true}
	if call.after != doc.Present {
		work.Name = "remove " + strings.Join(list, ", ")
		work.Script = mise.Uninstall(call.place, call.tools)
		work.Read = func(r shell.Result) (Outcome, error) { return Outcome{}, mise.ReadUninstall(r) }
		return work
	}
	work.Script = mise.Install(call.place, call.tools, call.with)
	work.Read = func(r shell.Result) (Outcome, error) {
		failed, err := mise.ReadInstall(call.tools, r)
		if err != nil {
			return Outcome{}, err
		}
		o := Outcome{Failed: make(map[doc.Address]error, len(failed))}
		for i, t := range call.tools {
			if f := failed[t.Name]; f != nil {
				o.Failed[call.changes[i]] = f
			}
		}
		return o, nil
	}
	return work
}
