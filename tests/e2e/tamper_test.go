package e2e

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
)

// tampered is a plan with one thing changed.
type tampered struct {
	// at is the JSON pointer of it, and how is what was done there.
	at, how string
	raw     []byte
}

func (m tampered) String() string { return m.at + " " + m.how }

// tamper changes everything in a JSON document in turn: every member and every
// element, however deep, becomes another, is taken away, gets a fellow, and
// changes places with its neighbour.
func tamper(t tb, raw []byte) []tampered {
	t.Helper()
	var root any
	if err := json.Unmarshal(raw, &root); err != nil {
		t.Fatalf("%v", err)
	}
	var all []tampered
	try := func(at, how string) {
		changed, err := json.Marshal(root)
		if err != nil {
			t.Fatalf("%v", err)
		}
		all = append(all, tampered{at, how, changed})
	}
	walk("", root, func(to any) { root = to }, try)
	return all
}

// walk changes what is at a place, where set puts another value there.
func walk(at string, value any, set func(any), try func(at, how string)) {
	for _, other := range others(value) {
		set(other)
		try(at, fmt.Sprintf("becomes %v", other))
	}
	set(value)
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			below := at + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
			delete(v, name)
			try(below, "is taken away")
			v[name] = member
			walk(below, member, func(to any) { v[name] = to }, try)
		}
		v["added"] = 1
		try(at, "gets a member")
		delete(v, "added")
	case []any:
		walkArray(at, v, set, try)
	}
}

func walkArray(at string, v []any, set func(any), try func(at, how string)) {
	for i, element := range v {
		below := at + "/" + strconv.Itoa(i)
		set(append(append([]any{}, v[:i]...), v[i+1:]...))
		try(below, "is taken away")
		set(append(append([]any{}, v[:i+1]...), v[i:]...))
		try(below, "stands there twice")
		set(v)
		if i > 0 && !reflect.DeepEqual(v[i-1], element) {
			v[i-1], v[i] = element, v[i-1]
			try(below, "changes places with the one before")
			v[i-1], v[i] = v[i], element
		}
		walk(below, v[i], func(to any) { v[i] = to }, try)
	}
	set(append(append([]any{}, v...), "added"))
	try(at, "gets an element")
	set(v)
}

// others are what a value may become: something of another type, and something
// that looks as good as it was.
func others(value any) []any {
	switch v := value.(type) {
	case string:
		list := []any{v + "x", 7}
		for _, words := range [][]any{
			{"create", "update", "delete", "unknown", "run"}, {"present", "absent"}, {"file", "directory", "symlink", "package"},
		} {
			if slices.Contains(words, value) {
				list = append(list, slices.DeleteFunc(words, func(word any) bool { return word == value })...)
			}
		}
		switch {
		case strings.HasPrefix(v, "sha256:"):
			list = append(list, v[:len(v)-1]+string("0123456789abcdef0"[strings.IndexByte("0123456789abcdef", v[len(v)-1])+1]))
		case len(v) == 4 && strings.Trim(v, "01234567") == "":
			list = append(list, "4777")
		case strings.Contains(v, ":/"):
			list = append(list, v+"/../../etc/passwd", v+"\n")
		}
		return list
	case float64:
		return []any{v + 1, "7"}
	case bool:
		return []any{!v, "7"}
	}
	return []any{"another", nil}
}

// resealed is the plan with a digest that fits, which whoever tampers with it can
// compute as well.
func (m tampered) resealed(t tb) (tampered, bool) {
	t.Helper()
	var members map[string]json.RawMessage
	if m.at == "" || json.Unmarshal(m.raw, &members) != nil {
		return m, false
	}
	sum, err := jsonx.SumWithout(m.raw, "digest")
	if err != nil {
		t.Fatalf("%s: %v", m, err)
	}
	members["digest"] = json.RawMessage(strconv.Quote(sum))
	m.raw, err = json.Marshal(members)
	if err != nil {
		t.Fatalf("%s: %v", m, err)
	}
	return m, true
}

// read decodes the plan as hk-apply does.
func (m tampered) read() (doc.Plan, error) {
	d, err := jsonx.Check("plan", m.raw)
	if err != nil {
		return doc.Plan{}, err
	}
	return decodePlan(d)
}
