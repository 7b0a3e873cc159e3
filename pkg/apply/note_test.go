package apply_test

import (
	"encoding/json"
	"path"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/resource"
	"hostkit/pkg/shell"
)

// note is a kind of one-line files whose steps can be told to fail: the line
// "boom" can't be written, and "liar" is written as something else. "torn" is written
// in two strokes and cut off behind the first, which leaves "half". "alone" loses its
// session and goes on until something comes out of the fifo.
type note struct{}

func (note) Name() string                                                   { return "note" }
func (note) Section() resource.Section                                      { return resource.Section{} }
func (note) Survey([]doc.Resource, resource.Site) ([]resource.Probe, error) { return nil, nil }
func (note) Ties(doc.Resource) resource.Ties                                { return resource.Ties{} }
func (note) Undo(doc.Change, *doc.ChangeReport) ([]doc.Change, error)       { return nil, nil }

func (note) Holds(side, found doc.Attributes) bool { return line(side) == line(found) }

// Midway knows of the first stroke.
func (note) Midway(c doc.Change, found doc.Attributes) bool {
	return line(c.After) == "torn" && line(found) == "half"
}

func (note) Expand(doc.Raw, resource.Files) ([]resource.Declared, []resource.Problem) {
	return nil, nil
}

func (note) Compare(doc.Resource, resource.World) (resource.Difference, error) {
	return resource.Difference{}, resource.ErrNotObserved
}

func line(a doc.Attributes) string {
	var state struct{ Line string }
	_ = json.Unmarshal(a, &state)
	return state.Line
}

func state(text string) doc.Attributes {
	raw, _ := json.Marshal(map[string]string{"line": text})
	return raw
}

func (note) Recheck(cs []doc.Change, _ resource.Site) ([]resource.Recheck, error) {
	var checks []resource.Recheck
	for _, c := range cs {
		checks = append(checks, resource.Recheck{
			Name: "read " + c.Address.Name(), Script: shell.New(`cat -- "$1" 2>/dev/null || :`, c.Address.Name()),
			Read: func(r shell.Result) (map[doc.Address]doc.Attributes, error) {
				return map[doc.Address]doc.Attributes{c.Address: state(strings.TrimSpace(string(r.Stdout)))}, nil
			},
		})
	}
	return checks, nil
}

func (note) Preview(cs []doc.Change, _ resource.Site) ([]resource.Check, error) {
	return []resource.Check{{
		Name: "preview", Script: shell.New(`:`),
		Read: func(shell.Result) error {
			for _, c := range cs {
				if line(c.After) == "never" {
					return &resource.Refusal{Code: "never", Message: "it would never do"}
				}
			}
			return nil
		},
	}}, nil
}

const write = `if [ "$2" = wait ]; then read -r line <"${1%/*}/fifo" || :; fi
if [ "$2" = boom ]; then echo noise; echo "no space left on device" >&2; exit 1; fi
if [ "$2" = forbidden ]; then echo "Permission denied" >&2; exit 1; fi
if [ "$2" = cut ]; then kill -9 $$; exit; fi
if [ "$2" = alone ]; then exec >/dev/null 2>&1; kill -9 $$; read -r line <"${1%/*}/fifo" || :; fi
if [ "$2" = torn ]; then
	case $(cat "$1" 2>/dev/null) in
	half) set -- "$1" torn ;;
	*) echo half >"$1"; kill -9 $$; exit ;;
	esac
fi
[ "$2" = liar ] && set -- "$1" truth
printf '%s\n' "$2" >"$1"
printf '%s\n' "$2" >>"${1%/*}/log"`

func (note) Steps(cs []doc.Change, _ resource.Site) ([]resource.Work, error) {
	var works []resource.Work
	for _, c := range cs {
		if line(c.After) == "forgotten" {
			continue
		}
		works = append(works, resource.Work{
			Name: "write " + c.Address.Name(), Changes: []doc.Address{c.Address},
			Script: shell.New(write, c.Address.Name(), line(c.After)),
		})
	}
	return works, nil
}

// joined makes what is named t… in one transaction, and what is named u… in one step.
type joined struct{ note }

func (joined) Steps(cs []doc.Change, on resource.Site) ([]resource.Work, error) {
	works, err := note{}.Steps(cs, on)
	first := make(map[byte]int)
	var all []resource.Work
	for _, w := range works {
		name := path.Base(w.Changes[0].Name())
		w.Alone = name[0] == 't'
		if i, there := first[name[0]]; there && (name[0] == 't' || name[0] == 'u') {
			all[i].Changes = append(all[i].Changes, w.Changes...)
			continue
		}
		first[name[0]] = len(all)
		all = append(all, w)
	}
	return all, err
}
