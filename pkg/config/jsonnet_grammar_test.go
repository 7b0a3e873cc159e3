package config

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What people mistype in Jsonnet, and what they are told of it: the words of go-jsonnet
// are those of its grammar, and its place is where it could not go on.
func TestWhatIsNotJsonnet(t *testing.T) {
	for program, want := range map[string]string{
		"{\n  a: 1\n  b: 2 }":                            "c.jsonnet:3:3: expected a comma before next field\n  is there a comma missing before it?",
		"{\n  schema 'x' }":                              "c.jsonnet:2:10: expected \":\" after the member's name, found a text\n  a name and its value have a colon between them: NAME: …",
		"{ 'project' 'p' }":                              "c.jsonnet:1:13: expected \":\" after the member's name, found a text\n  a name and its value have a colon between them: NAME: …",
		"{ hosts { a: {} } }":                            "c.jsonnet:1:9: expected \":\" after the member's name, found \"{\"\n  a name and its value have a colon between them: NAME: …",
		"{ a = 2 }":                                      "c.jsonnet:1:5: expected \":\" after the member's name, found \"=\"\n  a name and its value have a colon between them: NAME: …",
		"local x = 1\n{ a: x }":                          "c.jsonnet:1:1: the local has no \";\" at its end\n  put a semicolon behind its value: local x = …;",
		"local x = 1\nlocal y = 2;\n{ a: x }":            "c.jsonnet:1:12: the local has no \";\" at its end\n  put a semicolon behind its value: local x = …;",
		"local x 1; {}":                                  "c.jsonnet:1:9: expected \"=\" after the name of the local, found \"1\"\n  a local is written: local NAME = …;",
		"local h = import 'hostkit.libsonnet'\n{ a: h }": "c.jsonnet:1:37: the local has no \";\" at its end\n  put a semicolon behind the import: import 'FILE';",
		"{ a: import 'x'.y }":                            "c.jsonnet:1:13: an import and what is done with it stand apart\n  put the import into brackets: (import 'FILE')",
		"{ a: import x }":                                "c.jsonnet:1:13: computed imports are not allowed\n  an import takes the path of a file in quotes: import 'FILE'",
		"local x = 1;\n":                                 "c.jsonnet:1:13: the file ends where a value belongs\n  what a config is stands behind its locals: { schema: …, … }",
		"{\n  b: {\n    c: {\n      d: 1,\n  },\n}\n":    "c.jsonnet:6:2: the file ends in the middle of an object\n  the \"{\" of line 3, column 8 is open: close it with \"}\"",
		"{\n  b: {\n    c: 1,\n  }\n":                    "c.jsonnet:4:4: the file ends in the middle of an object\n  the \"{\" of line 1, column 1 is open: close it with \"}\"",
		"{\n  b: [1, 2,\n  c: 2,\n}\n":                   "c.jsonnet:3:4: expected a comma before next array element\n  the \"[\" of line 2, column 6 is open: close it with \"]\"",
		"{ a: f(2, }":                                    "c.jsonnet:1:11: unexpected: \"}\" while parsing terminal\n  the \"(\" of line 1, column 7 is open: close it with \")\"",
		"{ a: (1 + 2 }":                                  "c.jsonnet:1:13: expected token \")\" but got \"}\"\n  the \"(\" of line 1, column 6 is open: close it with \")\"",
		"{}}":                                            "c.jsonnet:1:3: did not expect: \"}\"\n  is there a bracket too many?",
		"{ a: [\n  b: 1] }":                              "c.jsonnet:2:4: an array has no names\n  what has names stands in { and }, in place of [ and ]",
		"{ my base: 2 }":                                 "c.jsonnet:1:6: a name of several words stands in quotes\n  write 'my base'",
		"{ a: web1.example.org }":                        "c.jsonnet:1:6: unknown variable: web1\n  define it, local web1 = …; or write it in quotes, if it is a text: 'web1.example.org'",
		"{ a: 0755 }":                                    "c.jsonnet:1:7: a number does not begin with a zero that more digits follow\n  write it in quotes, as a mode is: '0755'",
		"{ web-1: 2 }":                                   "c.jsonnet:1:6: a name that has more than letters, digits and _ stands in quotes\n  write 'web-1'",
		"{ web.example.org: 2 }":                         "c.jsonnet:1:6: a name that has more than letters, digits and _ stands in quotes\n  write 'web.example.org'",
		"{ 1web: 2 }":                                    "c.jsonnet:1:3: a name that is a word of jsonnet, or begins with another sign than a letter, stands in quotes\n  write '1web'",
		"{ '/x': 1, /etc/motd: 2 }":                      "c.jsonnet:1:12: a name that is a word of jsonnet, or begins with another sign than a letter, stands in quotes\n  write '/etc/motd'",
		"{ import: 2 }":                                  "c.jsonnet:1:3: a name that is a word of jsonnet, or begins with another sign than a letter, stands in quotes\n  write 'import'",
		"{ local: 2 }":                                   "c.jsonnet:1:3: local is a word of jsonnet, which stands in quotes as a name\n  write 'local'",
		"{ if true then a: 2 }":                          "c.jsonnet:1:3: unexpected: \"if\" while parsing field definition\n  a member that is not always there has its name computed: [if … then 'NAME']: …",
		"{ a: 'don't' }":                                 "c.jsonnet:1:10: a text does not end\n  an apostrophe ends a text that begins with one: write the text in double quotes, or \\' in it",
		"{ a: 'don't', b: 'can't' }":                     "c.jsonnet:1:11: a text ends too early\n  an apostrophe ends a text that begins with one: write the text in double quotes, or \\' in it",
		"{ a: 'x,\n  b: 'y',\n  c: 'z' }":                "c.jsonnet:1:6: a text does not end\n  is the quote missing that ends the text? a line break in one is written \\n",
		"{ a: \"x }\n":                                   "c.jsonnet:1:6: a text does not end\n  is the quote missing that ends the text? a line break in one is written \\n",
		"{ a: “x” }":                                     "c.jsonnet:1:6: a text stands in quotes\n  write them as they are on a keyboard: ' or \"",
		"{ a: '\\d' }":                                   "c.jsonnet:1:6: a text has an unknown escape: \\d\n  a backslash is written twice: \\\\",
		"{ a: |||\n  x\n ||\n}":                          "c.jsonnet:1:6: text block not terminated with |||\n  the ||| that ends it stands in a line of its own, less far in than the text",
		"{ a: /etc/x }":                                  "c.jsonnet:1:6: this is no number and no name\n  is it a text? write it in quotes: '…'",
		"{ a: 192.0.2.1 }":                               "c.jsonnet:1:12: this is no number and no name\n  is it a text? write it in quotes: '…'",
		"{ a: 10s }":                                     "c.jsonnet:1:8: this is no number and no name\n  is it a text? write it in quotes: '…'",
		"{ a: 0o644 }":                                   "c.jsonnet:1:7: a number does not begin with a zero that more digits follow\n  write it in quotes, as a mode is: '0644'",
		"{ a: , }":                                       "c.jsonnet:1:6: expected a value, found \",\"\n  give what stands before it a value: NAME: …",
		"{ a: 1,, b: 2 }":                                "c.jsonnet:1:8: a comma too many\n  take it out",
		"{ a: hostkit.secretEnv('X') }":                  "c.jsonnet:1:6: unknown variable: hostkit\n  begin the file with: local hostkit = import 'hostkit.libsonnet';",
	} {
		t.Run(program, func(t *testing.T) {
			folder(t, map[string]string{"c.jsonnet": program})
			_, err := load(t.Context(), "c.jsonnet")
			if diff := cmp.Diff(want, said(err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
