package config

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"hostkit/pkg/cli/suggest"
	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
)

// read takes the hosts and services of one source.
func (l *loader) read(src *source) {
	root := place{src: src}
	raw := src.document.Raw
	if raw[0] != '{' {
		l.found.add(root, "a config is an object, this is "+has(raw), "write it like "+brief(l.found.sample))
		src.broken = true
		return
	}
	if !l.checkSchema(src) {
		src.broken = true
		return
	}
	for name, value := range members(raw) {
		at := root.member(name)
		switch name {
		case "project":
			l.addProject(at, value)
		case "hosts":
			l.each(at, value, l.addHost)
		case "services":
			l.each(at, value, l.addService)
		default:
			l.other(at, name, value)
		}
	}
}

// other checks a member of the root that needs no more than its shape.
func (l *loader) other(at place, name string, value []byte) {
	if member := l.shape.members[name]; member != nil {
		l.found.check(at, value, member)
		return
	}
	l.found.refuse(at.named(), "unknown member", l.found.unknown(place{src: at.src}, l.shape, name))
	if near, _ := l.shape.near(name); near == "hosts" || near == "services" {
		at.src.broken = true // what it has is not known
	}
}

// misnamed are the members of the root that stand there under a name that is nearly
// theirs.
func (l *loader) misnamed(src *source) map[string]bool {
	meant := map[string]bool{}
	for name := range members(src.document.Raw) {
		if near, ok := l.shape.near(name); ok && l.shape.members[name] == nil {
			meant[near] = true
		}
	}
	return meant
}

// checkSchema reports whether the source may be read as a config. One without a
// schema may: it surely is one that was begun by hand.
func (l *loader) checkSchema(src *source) bool {
	at := place{src: src}.member("schema")
	schema := gjson.GetBytes(src.document.Raw, "schema")
	advice := fmt.Sprintf(`a config says "schema": %q`, doc.SchemaConfig)
	switch {
	case !schema.Exists() && l.misnamed(src)["schema"]:
		return true
	case !schema.Exists():
		l.found.add(place{src: src}, "the config has no schema", advice)
		return true
	case schema.Type != gjson.String:
		l.found.add(at, "wants a string, has "+has([]byte(schema.Raw)), advice)
	case schema.Str != string(doc.SchemaConfig):
		advice = "it reads " + string(doc.SchemaConfig)
		if family, _, _ := strings.Cut(string(doc.SchemaConfig), "/"); !strings.HasPrefix(schema.Str, family+"/") {
			advice += "; " + cmp.Or(goesOn[doc.Schema(schema.Str)], "hk-show shows any document of ours")
		}
		l.found.add(at, fmt.Sprintf("hk-eval does not read %q", schema.Str), advice)
		return false
	}
	return true
}

// goesOn says where a document belongs that is no config.
var goesOn = map[doc.Schema]string{
	doc.SchemaHost:        "this is what it has written, for the next command: hk-facts < FILE",
	doc.SchemaPackageLock: "a package lock is given to hk-plan: --package-lock FILE",
	doc.SchemaPlan:        "this is a plan: hk-show FILE shows it, hk-apply --confirm < FILE > report.json makes it so",
	doc.SchemaReport:      "this is a report: hk-show FILE shows it, hk-down --out down.json FILE makes the plan that takes it back",
	doc.SchemaEvent:       "this is a log of hk-apply: hk-show FILE shows it",
}

// each calls add for the members of an object.
func (l *loader) each(at place, raw []byte, add func(at place, name string, raw []byte)) {
	if raw[0] != '{' {
		l.found.refuse(at, "wants an object, has "+has(raw), l.found.instead(at, raw, l.shape.at(at.pointer)))
		at.src.broken = true
		return
	}
	for name, value := range members(raw) {
		add(at.member(name), name, value)
	}
}

// namePattern is what projects, hosts and services may be called. The names
// stand in messages, in paths on the host and in globs.
var namePattern = regexp.MustCompile(`^[\p{L}\p{N}_][\p{L}\p{M}\p{N}_.-]*$`)

const longestName = 253

func (l *loader) checkName(at place, what, name string) {
	switch {
	case name == "":
		l.found.add(at, fmt.Sprintf("the name of a %s is empty", what), "")
	case len(name) > longestName:
		l.found.add(at, fmt.Sprintf("the name of a %s has %d characters, more than %d", what, len(name), longestName), "")
	case !namePattern.MatchString(name):
		l.found.add(at, fmt.Sprintf("%s is not the name of a %s", strconv.Quote(name), what),
			`it is made of letters, digits, "_", "." and "-", and does not begin with "." or "-"`)
	}
}

// addProject takes the project, which all files that name one must agree on.
func (l *loader) addProject(at place, raw []byte) {
	if l.found.check(at, raw, l.shape.members["project"]) == nil {
		l.project.at = at.String()
		return
	}
	name := gjson.ParseBytes(raw).String()
	l.checkName(at, "project", name)
	switch {
	case l.project.at == "":
		l.project.value, l.project.at = name, at.String()
	case l.project.value != name:
		l.found.add(at, fmt.Sprintf("the project is %s here and %s at %s",
			strconv.Quote(name), strconv.Quote(l.project.value), l.project.at), "the files of one config have one project")
	}
}

// checkProject complains when no file names the project.
func (l *loader) checkProject() {
	misnamed := slices.ContainsFunc(l.sources, func(src *source) bool { return !src.broken && l.misnamed(src)["project"] })
	if l.project.at == "" && !l.broken() && len(l.sources) > 0 && !misnamed {
		l.found.add(place{src: l.sources[0]}, "the config has no project", `give it a name: "project": "prod"`)
	}
}

// decode stores what check has left.
func decode[T any](at place, raw []byte) (T, error) {
	var v T
	err := jsonx.Unmarshal(jsonx.Document{Name: at.src.name, Line: 1, Column: 1, Raw: raw}, &v)
	return v, err
}

// twice complains that a name is given in two files; within one the reader has
// refused it.
func (l *loader) twice(at place, what, name string, first place) {
	l.found.add(at.named(), fmt.Sprintf("%s %q is given twice, first at %s", what, name, first), "keep one of the two, or give it another name")
}

// hostNames lists the hosts.
func (l *loader) hostNames() []string { return suggest.Sorted(l.hosts) }
