package graph

import (
	"strings"
	"testing"

	"hostkit/pkg/doc"
)

// planned reads "ADDRESS [DEPENDS_ON...]"; what is of the kind act is run.
func planned(lines ...string) []doc.Change {
	var changes []doc.Change
	for _, line := range lines {
		words := strings.Fields(line)
		c := doc.Change{Address: doc.Address(words[0]), Action: doc.Update}
		if c.Address.Kind() == "act" {
			c.Action = doc.Run
		}
		for _, to := range words[1:] {
			c.DependsOn = append(c.DependsOn, doc.Dependency{Address: doc.Address(to)})
		}
		changes = append(changes, c)
	}
	return changes
}

func TestLayers(t *testing.T) {
	for name, c := range map[string]struct {
		changes []string
		want    string
	}{
		"nothing":       {nil, ""},
		"no edges":      {[]string{"f:a", "f:b"}, "f:a f:b"},
		"a chain":       {[]string{"f:a", "f:b f:a", "f:c f:b"}, "f:a | f:b | f:c"},
		"the long way":  {[]string{"f:a", "f:b f:a", "f:c f:a f:b", "f:d f:a"}, "f:a | f:b f:d | f:c"},
		"an act":        {[]string{"f:a", "act:x f:a", "f:b", "f:c f:b", "f:d f:c"}, "f:a f:b | f:c | f:d | act:x"},
		"acts in a row": {[]string{"f:a", "act:x f:a", "act:y act:x", "f:b"}, "f:a f:b | act:x | act:y"},
		"an act that a change waits for": {
			[]string{"f:a", "act:x f:a", "f:b act:x", "act:y f:a"}, "f:a | act:x | f:b | act:y",
		},
	} {
		var layers []string
		for _, layer := range Layers(planned(c.changes...)) {
			var names []string
			for _, change := range layer {
				names = append(names, string(change.Address))
			}
			layers = append(layers, strings.Join(names, " "))
		}
		if got := strings.Join(layers, " | "); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestPlaceIsAsDeepAsTold(t *testing.T) {
	depths := make(Depths)
	for _, c := range []struct {
		line        string
		least, want int
	}{{"f:a", 0, 0}, {"f:b f:a", 0, 1}, {"f:c f:a", 4, 4}, {"f:d f:b f:c", 2, 5}} {
		if got := depths.Place(planned(c.line)[0], c.least); got != c.want {
			t.Errorf("%s: %d, want %d", c.line, got, c.want)
		}
	}
}
