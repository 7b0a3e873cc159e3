package config

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestJsonnet(t *testing.T) {
	folder(t, map[string]string{
		"conf/c.jsonnet": `
local hk = import 'hostkit.libsonnet';
local words = import 'lib/words.libsonnet';
{
  schema: 'hostkit.config/v1', project: 'p',  // a comment
  hosts: { ['h%d' % i]: { hostname: '192.0.2.%d' % i, ssh: { password: hk.secretEnv('HOSTKIT_X') } } for i in [1, 2] },
  services: { s: words { notes: { n: { text: importstr 'text', key: hk.secretFile('k') }, m: { text: 'x', key: hk.secretCommand(['pass', 'x']) } } } },
}`,
		"conf/lib/words.libsonnet":  "std.trace('seen', { words: [import '../word.json', import 'more/b.libsonnet'] })",
		"conf/lib/more/b.libsonnet": "'b'",
		"conf/word.json":            `"a"`,
		"conf/text":                 "long\n",
	})
	var traced []string
	c, err := Load(t.Context(), []string{"conf/c.jsonnet"}, Options{
		Kinds: fakes(), Trace: func(line string) { traced = append(traced, line) },
	})
	if err != nil {
		t.Fatal(said(err))
	}
	resources := `{"address":"word:a","kind":"word","name":"a","service":"s","state":"present","declared_at":"conf/c.jsonnet#/services/s/words/0"},` +
		`{"address":"word:b","kind":"word","name":"b","service":"s","state":"present","declared_at":"conf/c.jsonnet#/services/s/words/1"},` +
		`{"address":"note:m","kind":"note","name":"m","service":"s","state":"present","declared_at":"conf/c.jsonnet#/services/s/notes/m","text":"x","key":{"$secret":{"command":["pass","x"]}}},` +
		`{"address":"note:n","kind":"note","name":"n","service":"s","state":"present","declared_at":"conf/c.jsonnet#/services/s/notes/n","text":"long\n","key":{"$secret":{"file":"k"}}}`
	host := `{"name":"h1","hostname":"192.0.2.1","ssh":{"password":{"$secret":{"env":"HOSTKIT_X"}}}}`
	if diff := cmp.Diff(document(host, resources), documents(t, c, []string{"h1"}, nil)); diff != "" {
		t.Error(diff)
	}
	if !slices.Equal(traced, []string{"TRACE: conf/lib/words.libsonnet:1 seen"}) {
		t.Errorf("traced %q", traced)
	}
}

func TestJsonnetProblems(t *testing.T) {
	for program, want := range map[string]string{
		"{\n a: error 'boom' }": "c.jsonnet:2:5: boom",
		"{ a: x }":              "c.jsonnet:1:6: unknown variable: x\n  define it, local x = …; or write it in quotes, if it is a text: 'x'",
		"{":                     "c.jsonnet:1:2: the file ends in the middle of an object\n  the \"{\" of line 1, column 1 is open: close it with \"}\"",
		"{ a: 1, a: 2 }":        "c.jsonnet:1:9: duplicate field: a",
		"function(x) x":         "c.jsonnet: missing argument: x\n  a config is given no arguments: let the function have defaults, or be called",
		"'text'":                "c.jsonnet: a config is an object, this is a string\n  write it like {\"schema\": \"hostkit.config/v1\", \"project\": \"prod\", \"hosts\": {\"web1\": {\"hostname\": \"192.0.2.1\"}}, …}",
		"local lib = import 'libs/x.libsonnet';\n\n{ a: lib.a }": "c.jsonnet:1:13: libs/x.libsonnet: no such file or directory\n  a path is relative to the file that imports it",
		"local lib = import 'bed.libsonnet';\n{ a: lib }":        "c.jsonnet:1:13: bed.libsonnet: no such file or directory\n  did you mean 'bad.libsonnet'",
		"{ a: (import 'sub/more.libsonnet').x }":                 "sub/more.libsonnet:1:27: sub/nope: no such file or directory\n  a path is relative to the file that imports it",
		"import 'lib/hostkit.libsonnet'":                         "c.jsonnet:1:1: lib/hostkit.libsonnet: no such file or directory\n  did you mean 'hostkit.libsonnet', which is built in",
		"{ a: { mode: 0644 } }":                                  "c.jsonnet:1:15: a number does not begin with a zero that more digits follow\n  write it in quotes, as a mode is: '0644'",
		"{ a: [10 1] }":                                          "c.jsonnet:1:10: expected a comma before next array element\n  is there a comma missing before it?",
		"{ a: True }":                                            "c.jsonnet:1:6: unknown variable: True\n  write true",
		"{ a: None }":                                            "c.jsonnet:1:6: unknown variable: None\n  leave the member out, or write null",
		"{ a: ['x', '[', // [\n 1} }":                            "c.jsonnet:2:3: expected a comma before next array element\n  the \"[\" of line 1, column 6 is open: close it with \"]\"",
		"{ a: 1; b: 2 }":                                         "c.jsonnet:1:7: expected a comma before next field\n  write a comma in its place",
		"{} x":                                                   "c.jsonnet:1:4: did not expect: \"x\"\n  what the config is ends before it: is a bracket closed too early?",
		"{} 'x'":                                                 "c.jsonnet:1:4: did not expect: a text\n  what the config is ends before it: is a bracket closed too early?",
		"std.extVar('HOME')":                                     "c.jsonnet:1:1: undefined external variable: HOME\n  a config is given no variables",
		"std.native('exec')('id')":                               "c.jsonnet:1:1: unexpected type null, expected function",
		"import 'bad.libsonnet'":                                 "bad.libsonnet:1:2: the file ends in the middle of an object\n  the \"{\" of line 1, column 1 is open: close it with \"}\"",
		"import 'none.libsonnet'":                                "c.jsonnet:1:1: none.libsonnet: no such file or directory\n  a path is relative to the file that imports it",
		"import '../c.jsonnet'":                                  "c.jsonnet:1:1: ../c.jsonnet leads out of the folder of the config\n  what a config imports is a file in its folder or below, named relative to the file that imports it",
		"importstr '/etc/passwd'":                                "c.jsonnet:1:1: \"/etc/passwd\" is not a path relative to the file that imports it\n  what a config imports is a file in its folder or below, named relative to the file that imports it",
		"importstr 'link/passwd'":                                "c.jsonnet:1:1: link/passwd leads out of the folder of the config\n  what a config imports is a file in its folder or below, named relative to the file that imports it",
		"importbin 'sub'":                                        "c.jsonnet:1:1: sub: it is a folder\n  what a config imports is a file in its folder or below, named relative to the file that imports it",
		"import 'https://example.org/x'":                         "c.jsonnet:1:1: https:/example.org/x: no such file or directory\n  nothing is fetched: keep a copy in the folder of the config",
		"local f(n) = f(n + 1); f(0)":                            "c.jsonnet:1:24: the evaluation recurses too deeply\n  does a function call itself, or an object contain itself, without an end?",
		"local x = { a: x }; x":                                  "c.jsonnet: the evaluation recurses too deeply\n  does a function call itself, or an object contain itself, without an end?",
		"import 'c.jsonnet'":                                     "c.jsonnet:1:1: the evaluation recurses too deeply\n  does a function call itself, or an object contain itself, without an end?",
		"{ project: 9007199254740993 }":                          "c.jsonnet: /project: in the result: number 9007199254740992 is beyond ±9007199254740991: write it as a string",
		"":                                                       "c.jsonnet: the file is empty\n  hk-eval --init config.jsonnet writes a config to begin with",
		"\xef\xbb\xbf{}":                                         "c.jsonnet:1:1: begins with a byte order mark: save it as utf-8 without one\n  tail -c +4 c.jsonnet > NEW drops it",
		"schema: hostkit.config/v1\n":                            "c.jsonnet:1:7: this is yaml, not jsonnet\n  jsonnet reads yaml: name it c.yaml, and let c.jsonnet say std.parseYaml(importstr 'c.yaml')",
		"{ schema: 'hostkit.config/v1', project: 'p', hosts: { a: { hostnam: 'a' } } }": "c.jsonnet:1:60: /hosts/a/hostnam: unknown member\n  did you mean \"hostname\"",
		strings.Repeat("#", largestSource+1):                                            "c.jsonnet: a jsonnet program is larger than 1 MiB\n  let long text stand in files of their own, with importstr",
	} {
		t.Run(program[:min(len(program), 40)], func(t *testing.T) {
			folder(t, map[string]string{"c.jsonnet": program, "bad.libsonnet": "{\n", "link": "-> /etc", "sub/more.libsonnet": "{ x: std.x, y: 1 } + { x: importstr 'nope' }"})
			_, err := load(t.Context(), "c.jsonnet")
			if diff := cmp.Diff(want, said(err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The programs here end by themselves, after the test has seen that nobody
// waited for them.
func TestJsonnetThatTakesTooLong(t *testing.T) {
	slow := "std.foldl(function(a, b) a + b, std.range(1, 5000000), 0)"
	folder(t, map[string]string{"c.jsonnet": slow})
	_, err := Load(t.Context(), []string{"c.jsonnet"}, Options{Timeout: 20 * time.Millisecond})
	want := "c.jsonnet: the evaluation did not end within 20ms\n  does a function call itself, or an object contain itself, without an end?"
	if diff := cmp.Diff(want, said(err)); diff != "" {
		t.Error(diff)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := load(ctx, "c.jsonnet"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the context has ended, and the error is %v", err)
	}
}
