package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Where in a program, or in what it imports, a part of its result is written; no place
// where that can't be read from the text alone.
func TestWhereAResultIsWritten(t *testing.T) {
	const head = "{ schema: 'hostkit.config/v1', project: 'p', services: {},\n"
	const unknown = " /hosts/a/hostnam: unknown member\n  did you mean \"hostname\""
	for name, c := range map[string]struct{ program, want string }{
		"in an object":              {head + "hosts: { a: {\n  hostnam: 'a' } } }", "c.jsonnet:3:3:" + unknown},
		"a value":                   {head + "hosts: { a: { ssh: {\n  port: '22' } } } }", "c.jsonnet:3:9: /hosts/a/ssh/port: \"22\" is not a port: want 1 to 65535\n  write 22, without quotes"},
		"a value from elsewhere":    {"local port = '22';\n" + head + "hosts: { a: { ssh: { port: port } } } }", "c.jsonnet:3:28: /hosts/a/ssh/port: \"22\" is not a port: want 1 to 65535\n  write 22, without quotes"},
		"an element":                {head + "hosts: { a: { ssh: { jump: ['b',\n 1] } } } }", "c.jsonnet:3:2: /hosts/a/ssh/jump/1: wants a string or an object, has a number\n  write \"1\", in quotes"},
		"of a variable":             {"local a = {\n hostnam: 'a' };\n" + head + "hosts: { a: a } }", "c.jsonnet:2:2:" + unknown},
		"of a function":             {"local h(n) = {\n hostnam: n };\n" + head + "hosts: { a: h('a') } }", "c.jsonnet:2:2:" + unknown},
		"of an argument":            {"local h(n, more={}) = { hostname: n } + more;\n" + head + "hosts: { a: h('a', more={\n hostnam: 'x' }) } }", "c.jsonnet:4:2:" + unknown},
		"of a method":               {"local l = { h(n):: {\n hostnam: n } };\n" + head + "hosts: { a: l.h('a') } }", "c.jsonnet:2:2:" + unknown},
		"added to another":          {"local a = { hostname: 'a' };\n" + head + "hosts: { a: a {\n hostnam: 'a' } } }", "c.jsonnet:4:2:" + unknown},
		"under another":             {"local a = {\n hostnam: 'a' };\n" + head + "hosts: { a: a { sudo: true } } }", "c.jsonnet:2:2:" + unknown},
		"of both":                   {"local a = { hosts: { a: {\n hostnam: 'a' } } };\n a + " + head + "hosts+: { a+: { sudo: true } } }", "c.jsonnet:2:2:" + unknown},
		"replaced":                  {"local a = { hosts: { a: { hostnam: 'a' } } };\n a + " + head + "hosts+: { a: {\n hostnam: 'x' } } }", "c.jsonnet:4:2:" + unknown},
		"of an import":              {head + "hosts: (import 'sub/hosts.libsonnet').all }", "sub/more.libsonnet:2:2:" + unknown},
		"a missing member":          {head + "hosts: { a: { ssh: {\n retry: {} } } } }", "c.jsonnet:3:9: /hosts/a/ssh/retry: the member \"attempts\" is missing\n  give it one: \"attempts\": …"},
		"under a condition":         {head + "hosts: { a: if true then { hostnam: 'a' } else {} } }", "c.jsonnet:" + unknown},
		"in a comprehension":        {head + "hosts: { [n]: { hostnam: n } for n in ['a'] } }", "c.jsonnet:" + unknown},
		"by a computed name":        {head + "hosts: { a: { ['host' + 'nam']: 'a' } } }", "c.jsonnet:" + unknown},
		"perhaps by a computed one": {"local a = { hostnam: 'a' };\n" + head + "hosts: { a: a { ['su' + 'do']: true } } }", "c.jsonnet:" + unknown},
		"by std":                    {head + "hosts: { a: std.mergePatch({ hostnam: 'a' }, {}) } }", "c.jsonnet:" + unknown},
		"by itself":                 {head + "hosts: { a: self.b, b:: { hostnam: 'a' } } }", "c.jsonnet:" + unknown},
	} {
		t.Run(name, func(t *testing.T) {
			folder(t, map[string]string{
				"c.jsonnet": c.program, "sub/hosts.libsonnet": "local more = import 'more.libsonnet'; { all: { a: more } }", "sub/more.libsonnet": "{\n hostnam: 'a' }",
			})
			_, err := load(t.Context(), "c.jsonnet")
			if diff := cmp.Diff(c.want, said(err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A config in JSON is one in Jsonnet, and nothing less is said of it.
func TestAProgramIsHelpedAsJSONIs(t *testing.T) {
	for _, c := range []struct{ hosts, services string }{
		{`"a": {"hostnme": "a", "sudo": "x", "ssh": {"port": "22", "jump": [1]}}, "b": 1`, `"s": {"hosts": ["c"], "words": ["x", "x"], "wrds": 1}`},
		{`"a": {"ssh": {"retry": {}}, "user": "root:geheim"}`, `"s": {"notes": {"n": {"txt": 1}}}`},
	} {
		text := whole(c.hosts, c.services)
		folder(t, map[string]string{"c.json": text, "c.jsonnet": text})
		_, json := load(t.Context(), "c.json")
		_, program := load(t.Context(), "c.jsonnet")
		if diff := cmp.Diff(said(json), strings.ReplaceAll(said(program), "c.jsonnet", "c.json")); json == nil || diff != "" {
			t.Error(diff)
		}
	}
}
