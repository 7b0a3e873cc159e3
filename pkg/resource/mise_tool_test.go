package resource

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/doc"
	"hostkit/pkg/mise"
	"hostkit/pkg/shell"
)

func toolResource(name string, state doc.Presence, spec string) doc.Resource {
	return doc.Resource{
		Address: doc.NewAddress(mise.ToolKind, name), Kind: mise.ToolKind, Name: name, State: state, Spec: doc.Attributes(spec),
	}
}

const somePlace = `"program":"/usr/local/bin/mise","system_data_dir":"/usr/local/share/mise"`

func TestMiseToolsExpand(t *testing.T) {
	declared, problems := mises{}.Expand(doc.Raw(`{"path": "/opt/mise", "tools": {
		"node": "24.1.0", "npm:@antfu/ni": {"version": "1.0.0", "depends_on": ["file:/etc/npmrc"]},
		"erlang": {"version": "29.0.2", "build_packages": ["libfoo_dev", "make"]},
		"http:x": {"version": "1", "options": {"url": "http://x/"}, "state": "absent"}
	}}`), nil)
	if len(problems) != 1 || problems[0].Pointer != "/tools/http:x/version" {
		t.Error(problems)
	}
	var addresses []string
	for _, d := range declared[1:] {
		line := d.Kind + ":" + d.Name + " " + d.Pointer
		if d.Implied {
			line += " implied"
		}
		addresses = append(addresses, line)
	}
	want := []string{
		"mise_tool:erlang /tools/erlang", "mise_tool:http:x /tools/http:x", "mise_tool:node /tools/node",
		"mise_tool:npm:@antfu/ni /tools/npm:@antfu~1ni",
	}
	packages := append(mise.BuildPackages("erlang"), "libfoo_dev")
	slices.Sort(packages)
	var needed []doc.Address
	for _, p := range packages {
		want = append(want, "package:"+p+" /tools/erlang implied")
		needed = append(needed, doc.NewAddress("package", p))
	}
	if diff := cmp.Diff(want, addresses); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(needed, declared[1].Common.DependsOn); diff != "" {
		t.Error(diff)
	}
	spec := toolSpec{Version: "29.0.2", Program: "/opt/mise", SystemDataDir: miseSystemDataDir}
	if diff := cmp.Diff(any(spec), declared[1].Spec); diff != "" {
		t.Error(diff)
	}
}

// The packages that a tool is built with can be left out, of one tool and of all.
func TestMiseToolsWithoutBuildPackages(t *testing.T) {
	for section, want := range map[string]int{
		`{"tools": {"erlang": "29.0.2"}}`:                                                                  len(mise.BuildPackages("erlang")),
		`{"tools": {"erlang": {"version": "29.0.2", "build_packages": true}}}`:                             len(mise.BuildPackages("erlang")),
		`{"tools": {"erlang": {"version": "29.0.2", "build_packages": false}}}`:                            0,
		`{"build_packages": false, "tools": {"erlang": "29.0.2"}}`:                                         0,
		`{"build_packages": false, "tools": {"erlang": {"version": "29.0.2", "build_packages": ["foo"]}}}`: 1,
		`{"tools": {"erlang": {"version": "29.0.2", "state": "absent"}}}`:                                  0,
		`{"tools": {"node": "24.1.0"}}`:                                                                    0,
	} {
		declared, problems := mises{}.Expand(doc.Raw(section), nil)
		if problems != nil || len(declared) != 2+want {
			t.Errorf("%s: %d declared, %v", section, len(declared), problems)
		}
	}
}

func TestMiseToolsExpandRefuses(t *testing.T) {
	for section, want := range map[string]string{
		`{"tools": {"node@24": "24.1.0"}}`:                                       `/tools/node@24: "node@24" can't be a tool for all users of a host`,
		`{"tools": {"node": "24"}}`:                                              `/tools/node/version: "24" is the beginning of a version, not an exact one`,
		`{"tools": {"node": "latest"}}`:                                          `/tools/node/version: "latest" is not an exact version`,
		`{"tools": {"node": {}}}`:                                                `/tools/node/version: the tool has no version`,
		`{"tools": {"x": {"version": "1.0", "options": {"postinstall": "rm"}}}}`: `/tools/x/options/postinstall: postinstall is not an option of a backend, and not for tools of a plan`,
		`{"tools": {"x": {"version": "1.0", "build_packages": ["Foo"]}}}`:        `/tools/x/build_packages: "Foo" is not a package name: want lower-case letters, digits, _, +, . and -`,
		`{"state": "absent", "tools": {"x": "1.0"}}`:                             `/tools: tools says how it should be, and state says that it should be absent`,
		`{"lockfile": {"from": "a\u0000b"}, "tools": {"x": "1.0"}}`:              `/lockfile/from: from holds a NUL byte`,
	} {
		_, problems := mises{}.Expand(doc.Raw(section), nil)
		if len(problems) != 1 || problems[0].Pointer+": "+problems[0].Message != want {
			t.Errorf("%s: %+v", section, problems)
		}
	}
}

func TestMiseToolCompare(t *testing.T) {
	spec := `{"version":"24.1.0",` + somePlace + `}`
	for name, test := range map[string]struct {
		state         doc.Presence
		observed      string
		want          string
		before, after string
	}{
		"missing":           {doc.Present, `{"state":"absent"}`, "create missing", `{"state":"absent"}`, `{"state":"present","version":"24.1.0",` + somePlace + `}`},
		"another is there":  {doc.Present, `{"state":"absent","installed":["22.0.0"]}`, "create missing", `{"state":"absent","installed":["22.0.0"]}`, `{"state":"present","version":"24.1.0",` + somePlace + `}`},
		"half-made":         {doc.Present, `{"state":"absent","incomplete":true}`, "create incomplete", `{"state":"absent"}`, `{"state":"present","version":"24.1.0",` + somePlace + `}`},
		"there":             {doc.Present, `{"state":"present","installed":["24.1.0"]}`, " ", "", ""},
		"not wanted":        {doc.Absent, `{"state":"present"}`, "delete not wanted", `{"state":"present","version":"24.1.0",` + somePlace + `}`, `{"state":"absent"}`},
		"gone":              {doc.Absent, `{"state":"absent"}`, " ", "", ""},
		"not observed":      {doc.Present, "", "not observed", "", ""},
		"not to be seen":    {doc.Present, `{"error":{"code":"permission_denied","message":"no"}}`, "no", "", ""},
		"half-made, absent": {doc.Absent, `{"state":"absent","incomplete":true}`, " ", "", ""},
	} {
		r := toolResource("node", test.state, spec)
		w := World{Facts: doc.Facts{Observed: map[doc.Address]doc.Observation{}}}
		if test.observed != "" {
			w.Facts.Observed[r.Address] = observationOf(t, test.observed)
		}
		d, err := miseTools{}.Compare(r, w)
		got := string(d.Action) + " " + d.Reason
		if err != nil {
			got = err.Error()
		}
		if got != test.want || string(d.Before) != test.before || string(d.After) != test.after {
			t.Errorf("%s: %s\n%s\n%s", name, got, d.Before, d.After)
		}
	}
}

// A tool of a backend brings along the tool that has it, of the same place.
func TestMiseToolKnowsWhatItsBackendNeeds(t *testing.T) {
	npm := toolResource("npm:cowsay", doc.Present, `{"version":"1.6.0",`+somePlace+`}`)
	node := toolResource("node", doc.Present, `{"version":"24.1.0",`+somePlace+`}`)
	elsewhere := toolResource("node", doc.Present, `{"version":"22.1.0","program":"/opt/mise","system_data_dir":"/opt/m"}`)
	w := World{
		Facts:     doc.Facts{Observed: map[doc.Address]doc.Observation{npm.Address: {State: doc.Absent}}},
		Resources: []doc.Resource{npm, elsewhere, node, toolResource("erlang", doc.Present, `{"version":"29.0.2",`+somePlace+`}`)},
	}
	d, err := miseTools{}.Compare(npm, w)
	if want := `"with":{"node":{"version":"24.1.0",` + somePlace + `}}`; err != nil || !strings.Contains(string(d.After), want) || strings.Contains(string(d.After), "erlang") {
		t.Errorf("%s %v", d.After, err)
	}
	ties := miseTools{}.Ties(npm)
	if ties.Needs[0].Handle != "path:/usr/local/bin/mise" || ties.Needs[1].Handle != "path:/usr/local/share/mise" || ties.Needs[1].Else[0] != "path:/usr/local/share" {
		t.Errorf("%+v", ties)
	}
}

// fakeMise is a mise that makes a folder for each tool of its configuration, and
// nothing for the one that is called bad.
const fakeMise = `#!/bin/sh
case $1 in
install)
	while read -r name _ _ _ _ version _; do
		case $name in \"*) ;; *) continue ;; esac
		name=${name#\"} version=${version#\"}
		name=${name%\"} version=${version%\"}
		[ "$name" != bad ] || continue
		at=$MISE_SYSTEM_DATA_DIR/installs/$name/$version
		mkdir -p "$at" && env >"$at/env" && pwd >"$at/pwd"
		ln -s "./$version" "$MISE_SYSTEM_DATA_DIR/installs/$name/latest" 2>/dev/null
	done <"$MISE_GLOBAL_CONFIG_FILE"
	echo 'mise ERROR Failed to install bad@1.0: it is bad' >&2
	exit 1
	;;
uninstall)
	shift
	for tool; do rm -r "$MISE_SYSTEM_DATA_DIR/installs/${tool%@*}/${tool#*@}" || exit; done
	;;
esac
`

// On every shell: look, install what is missing or half-made, look, remove; what
// fails is named, what is there is left, and nothing of ours stays.
func TestMiseToolsOnTheHost(t *testing.T) {
	onEachShell(t, func(t *testing.T, h *testHost) {
		folder := publicFolder(t)
		program, dir := filepath.Join(folder, "mise"), filepath.Join(folder, "it's data")
		if err := os.WriteFile(program, []byte(fakeMise), 0o755); err != nil {
			t.Fatal(err)
		}
		place := mise.Place{Program: program, SystemDataDir: dir}
		tools := []mise.Tool{
			{Name: "new", Version: "1.0"}, {Name: "marked", Version: "1.0"}, {Name: "empty", Version: "1.0"}, {Name: "bad", Version: "1.0"},
		}
		for _, made := range []string{"installs/marked/1.0/bin", "installs/empty/1.0", ".hostkit/cache/marked/1.0/incomplete", "installs/new/0.9/x", "installs/linked"} {
			if err := os.MkdirAll(filepath.Join(dir, made), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Remove(filepath.Join(dir, ".hostkit/cache/marked/1.0/incomplete")); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, ".hostkit/cache/marked/1.0/incomplete"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
		for link, to := range map[string]string{"1.0": folder, "2": "./1.0", "3": "/nowhere"} {
			if err := os.Symlink(to, filepath.Join(dir, "installs/linked", link)); err != nil {
				t.Fatal(err)
			}
		}
		look := func(tools ...mise.Tool) string {
			dirs := make([]string, len(tools))
			for i := range dirs {
				dirs[i] = dir
			}
			return string(h.run(shell.Step{Script: mise.LookAtTools(dirs, tools)})[0].Stdout)
		}
		all := append(slices.Clone(tools), mise.Tool{Name: "linked", Version: "1.0"}, mise.Tool{Name: "linked", Version: "2"}, mise.Tool{Name: "linked", Version: "3"})
		if got, want := look(all...), "absent 0.9\nhalf 1.0\nhalf 1.0\nabsent\npresent\nprefix\nabsent\n"; got != want {
			t.Errorf("before: %q, want %q", got, want)
		}
		r := h.run(shell.Step{Script: mise.Install(place, tools, nil)})[0]
		failed, err := mise.ReadInstall(tools, r)
		if err != nil || len(failed) != 1 || failed["bad"] == nil || failed["bad"].Message != "it is bad" {
			t.Errorf("%v %v\n%s\n%s", failed, err, r.Stdout, r.Stderr)
		}
		if got, want := look(tools...), "present 0.9 1.0\npresent 1.0\npresent 1.0\nabsent\n"; got != want {
			t.Errorf("after: %q, want %q", got, want)
		}
		env, err := os.ReadFile(filepath.Join(dir, "installs/new/1.0/env"))
		if err != nil || !strings.Contains(string(env), "\nMISE_YES=1\n") || strings.Contains(string(env), "XDG_RUNTIME_DIR") {
			t.Errorf("%s %v", env, err)
		}
		h.run(shell.Step{Script: mise.Uninstall(place, []mise.Tool{{Name: "marked", Version: "1.0"}, {Name: "bad", Version: "1.0"}, {Name: "new", Version: "0.9"}})})
		if got, want := look(tools...), "present 1.0\nabsent\npresent 1.0\nabsent\n"; got != want {
			t.Errorf("after the removal: %q, want %q", got, want)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
			t.Errorf("left: %v %v", left, err)
		}
	})
}

// Nothing of a plan that somebody forged reaches a script unparsed.
func TestMiseToolStepsRefuse(t *testing.T) {
	for name, sides := range map[string][2]string{
		"no version":    {`{"state":"absent"}`, `{"state":"present",` + somePlace + `}`},
		"an option":     {`{"state":"absent"}`, `{"state":"present","version":"1.0","options":{"postinstall":"rm"},` + somePlace + `}`},
		"a path":        {`{"state":"absent"}`, `{"state":"present","version":"1.0","program":"mise","system_data_dir":"/x"}`},
		"no side":       {`{"state":"absent"}`, `{"state":"absent"}`},
		"a companion":   {`{"state":"absent"}`, `{"state":"present","version":"1.0",` + somePlace + `,"with":{"-x":{"version":"1.0",` + somePlace + `}}}`},
		"a NUL byte":    {`{"state":"absent"}`, `{"state":"present","version":"1.0","lock":"\u0000",` + somePlace + `}`},
		"not an object": {`[]`, `{"state":"present"}`},
	} {
		c := doc.Change{Address: "mise_tool:x", Kind: "mise_tool", Before: doc.Attributes(sides[0]), After: doc.Attributes(sides[1])}
		if _, err := (miseTools{}).Steps([]doc.Change{c}, Site{}); err == nil {
			t.Errorf("%s: taken", name)
		}
		if _, err := (miseTools{}).Recheck([]doc.Change{c}, Site{}); err == nil {
			t.Errorf("%s: taken by Recheck", name)
		}
	}
}

// One call for all that is to come, and one for all that is to go.
func TestMiseToolStepsAreOneCall(t *testing.T) {
	change := func(name string, sides ...string) doc.Change {
		return doc.Change{Address: doc.NewAddress("mise_tool", name), Kind: "mise_tool", Before: doc.Attributes(sides[0]), After: doc.Attributes(sides[1])}
	}
	there := `{"state":"present","version":"1.0",` + somePlace + `}`
	works, err := miseTools{}.Steps([]doc.Change{
		change("a", `{"state":"absent"}`, there), change("b", there, `{"state":"absent"}`), change("c", `{"state":"absent"}`, there),
	}, Site{})
	if err != nil || len(works) != 2 || works[0].Name != "install a@1.0, c@1.0" || works[1].Name != "remove b@1.0" || !works[0].Alone || !works[1].Alone {
		t.Errorf("%+v %v", works, err)
	}
}

func observationOf(t *testing.T, text string) doc.Observation {
	t.Helper()
	var o doc.Observation
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Fatal(err)
	}
	return o
}
