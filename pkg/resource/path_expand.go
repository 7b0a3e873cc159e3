package resource

import (
	"errors"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"

	"hostkit/pkg/doc"
)

// problems gathers what is wrong with the declarations of a section.
type problems []Problem

func (ps *problems) add(message, hint string, members ...string) {
	*ps = append(*ps, Problem{Pointer: pointer(members...), Message: message, Hint: hint})
}

// lacks says of the problem that was added last that it is one for want of these
// members of the section.
func (ps *problems) lacks(members ...string) {
	last := &(*ps)[len(*ps)-1]
	for _, member := range members {
		last.Lacks = append(last.Lacks, pointer(member))
	}
}

// unwanted complains about members that say how something is, of something that
// is to be absent.
func (ps *problems) unwanted(name string, given map[string]bool) {
	for _, member := range sortedKeys(given) {
		if given[member] {
			ps.add(fmt.Sprintf("%s says how it should be, and state says that it should be absent", member),
				"drop one of the two", name, member)
		}
	}
}

// expandPaths is expandNamed for a section whose members are named by paths.
func expandPaths[D any](
	section doc.Raw, common func(D) Common, spec func(name string, d D, ps *problems) any,
) ([]Declared, []Problem) {
	return expandNamed(section, checkPath, common, spec)
}

// expandNamed reads a section whose members have names, of which check says what
// is wrong. spec returns what a declaration comes to, and adds what is wrong with
// it.
func expandNamed[D any](
	section doc.Raw, check func(name string) (message, hint string),
	common func(D) Common, spec func(name string, d D, ps *problems) any,
) ([]Declared, []Problem) {
	var ps problems
	var byName map[string]doc.Raw
	if err := json.Unmarshal(section, &byName); err != nil {
		ps.add(err.Error(), "")
		return nil, ps
	}
	var all []Declared
	for _, name := range sortedKeys(byName) {
		var d D
		if err := json.Unmarshal(byName[name], &d, json.RejectUnknownMembers(true)); err != nil {
			ps = append(ps, undecodable(name, err))
			continue
		}
		if message, hint := check(name); message != "" {
			ps.add(message, hint, name)
		}
		c := common(d)
		if c.State == "" {
			c.State = doc.Present
		}
		all = append(all, Declared{Name: name, Pointer: pointer(name), Common: c, Spec: spec(name, d, &ps)})
	}
	return all, ps
}

// undecodable is the problem that a declaration does not have the section's
// shape.
func undecodable(name string, err error) Problem {
	p := Problem{Pointer: pointer(name), Message: err.Error()}
	if at := (*json.SemanticError)(nil); errors.As(err, &at) {
		p.Pointer += string(at.JSONPointer)
		if at.Err != nil {
			p.Message = at.Err.Error()
		}
	}
	return p
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
