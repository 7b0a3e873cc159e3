package config

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWhatIsNotJSON(t *testing.T) {
	for name, c := range map[string]struct{ config, want string }{
		"not json": {
			"{\"schema\": \"hostkit.config/v1\",\n // why\n}",
			"c.json:2:2: json has no comments, found \"/\"\n  take it out, or name the file c.jsonnet: jsonnet allows it",
		},
		"comments, and more that is wrong": {
			"{\"schema\": \"hostkit.config/v1\",\n # why\n,}",
			"c.json:2:2: json has no comments, found \"#\"\n  take it out, or name the file c.jsonnet: jsonnet allows it",
		},
		"jsonnet by another name": {"local x = {};\nx { schema: 1 }", "c.json:1:1: expected a json document, found \"local\"\n  this is jsonnet: name the file c.jsonnet"},
		"names without quotes":    {"{schema: 1}", "c.json:1:2: expected a member's name in double quotes or \"}\", found \"s\"\n  this is jsonnet: name the file c.jsonnet"},
		"single quotes":           {"{'schema': 1}", "c.json:1:2: a string stands in double quotes, found \"'\"\n  write it in double quotes, as they are on a keyboard: \", or name the file c.jsonnet: jsonnet allows it"},
		"curly quotes":            {"{“schema”: 1}", "c.json:1:2: a string stands in double quotes, found \"“\"\n  write it in double quotes, as they are on a keyboard: \""},
		"a comma behind the last": {"{\"schema\": 1,\n}", "c.json:1:13: a comma stands before the closing \"}\"\n  drop the comma, or name the file c.jsonnet: jsonnet allows it"},
		"no comma between two":    {"{\"schema\": 1\n\"x\": 2}", "c.json:2:1: expected \",\" or \"}\" after the value, found a string\n  is there a comma missing before it?"},
		"a word of another language": {
			"{\"schema\": True}",
			"c.json:1:12: expected a value, found \"True\"\n  write true",
		},
		"text without quotes": {
			"{\"project\": prod}",
			"c.json:1:13: expected a value, found a word without quotes\n  write it in double quotes: \"prod\"",
		},
		"a number that begins with a zero": {
			"{\"mode\": 0750}",
			"c.json:1:11: a number does not begin with a zero that more digits follow\n  write it in double quotes, as a mode is: \"0644\"",
		},
		"yaml":           {"# hosts\n\nschema: hostkit.config/v1\n", "c.json:1:1: this is yaml, not json\n  jsonnet reads yaml: let c.jsonnet say std.parseYaml(importstr 'c.json')"},
		"yaml as a list": {"- hosts: all\n", "c.json:1:2: this is yaml, not json\n  jsonnet reads yaml: let c.jsonnet say std.parseYaml(importstr 'c.json')"},
		"a yaml stream":  {"---\nschema: hostkit.config/v1\n", "c.json:1:2: this is yaml, not json\n  jsonnet reads yaml: let c.jsonnet say std.parseYaml(importstr 'c.json')[0]"},
		"another language": {
			"<hosts/>",
			"c.json:1:1: expected a json document, found \"<\"\n  a config is an object in json: {\"schema\": \"hostkit.config/v1\", …}",
		},
		"nothing":           {"", "c.json: the file is empty\n  hk-eval --init config.jsonnet writes a config to begin with"},
		"next to no text":   {" \n\t\n", "c.json: there is nothing but white space in the file\n  hk-eval --init config.jsonnet writes a config to begin with"},
		"a byte order mark": {"\xef\xbb\xbf{}", "c.json:1:1: begins with a byte order mark: save it as utf-8 without one\n  tail -c +4 c.json > NEW drops it"},
		"utf-16":            {"\xff\xfe{\x00}\x00", "c.json:1:1: utf-16 is not utf-8: save it as utf-8\n  iconv -f UTF-16 -t UTF-8 c.json > NEW"},
		"latin-1":           {"{\"project\": \"gr\xfc\xdfe\"}", "c.json:1:16: invalid utf-8: byte 0xfc\n  save it as utf-8; of latin-1 it is made by iconv -f ISO-8859-1 -t UTF-8 c.json > NEW"},
		"two documents":     {"{}\n{}", "c.json:2:1: more bytes after the end of the document, found \"{\"\n  one file is one config: give the second a file of its own, hk-eval FILE FILE, or unite their \"hosts\" and \"services\""},
		"the bracket of an array closes an object": {"{\"a\":\n {}]", "c.json:2:4: expected \",\" or \"}\" after the value, found \"]\"\n  the \"{\" of line 1, column 1 is open: close it with \"}\""},
		"that of an object an array":               {"{\"b\": {\"]\": [\"a[\\\"\"}", "c.json:1:20: expected \",\" or \"]\" after the value, found \"}\"\n  the \"[\" of line 1, column 13 is open: close it with \"]\""},
		"a bracket that nothing closes":            {"{\"a\": [1,\n {}", "c.json:2:4: the document ends in the middle of an array; was the file cut?\n  the \"[\" of line 1, column 7 is open: close it with \"]\""},
		"a quote that nothing closes":              {"{\"a\": \"b,\n \"c\": 1}", "c.json:1:10: control character 0x0a in a string: write \\n\n  is the double quote missing that ends a text? a line break in one is written \\n"},
		"a semicolon between two":                  {"{\"schema\": 1; \"x\": 2}", "c.json:1:13: expected \",\" or \"}\" after the value, found \";\"\n  write a comma in its place"},
		"a name without a value":                   {"{\"schema\"}", "c.json:1:10: expected \":\" after the member's name, found \"}\"\n  give it a value: \"name\": …"},
		"an equals sign":                           {"{\"schema\" = 1}", "c.json:1:11: expected \":\" after the member's name, found \"=\"\n  a name and its value have a colon between them: \"name\": …"},
		"an inventory":                             {"# ours\n[web]\nweb1 ansible_host=192.0.2.1\n", "c.json:1:1: this is an ini file, not json\n  a config names its hosts in json, as \"hosts\": {\"web1\": {\"hostname\": \"192.0.2.1\"}}; hk-eval --init config.jsonnet writes a config to begin with"},
		"settings":                                 {"project = prod\n", "c.json:1:1: this is an ini file, not json\n  a config names its hosts in json, as \"hosts\": {\"web1\": {\"hostname\": \"192.0.2.1\"}}; hk-eval --init config.jsonnet writes a config to begin with"},
		"ssh's own config":                         {"Host web\n  User root\n", "c.json:1:1: this is ssh's own config, not json\n  name its hosts in a config of ours: \"hosts\": {\"web1\": {}}; what ssh's config says of them is used"},
		"an array and a word":                      {"[web, db]", "c.json:1:2: expected a value, found a word without quotes\n  write it in double quotes: \"web\""},
		"a bracket too many":                       {"{}\n}", "c.json:2:1: more bytes after the end of the document, found \"}\"\n  is there a bracket too many?"},
		"a member twice": {
			"{\"schema\": \"hostkit.config/v1\",\n\"hosts\": {}, \"hosts\": {}}",
			"c.json:2:14: duplicate member \"hosts\"\n  it is at line 2, column 1 already: keep one of the two, or give them different names",
		},
	} {
		t.Run(name, func(t *testing.T) {
			folder(t, map[string]string{"c.json": c.config})
			_, err := load(t.Context(), "c.json")
			if diff := cmp.Diff(c.want, said(err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A file that was given twice had each of its hosts and services refused.
func TestAFileIsGivenOnce(t *testing.T) {
	folder(t, map[string]string{"1.json": whole(hostA, ""), "2.json": "-> 1.json"})
	for again, want := range map[string]string{
		"1.json": "1.json: it is given twice", "./1.json": "./1.json: it is given twice, first as 1.json", "2.json": "2.json: it is given twice, first as 1.json",
	} {
		_, err := load(t.Context(), "1.json", again)
		if diff := cmp.Diff(want+"\n  the files that are given are one config: give each of them once", said(err)); diff != "" {
			t.Error(diff)
		}
	}
}

// What is not there is one of the configs that are, or one that is to be begun.
func TestAFileThatIsNotThere(t *testing.T) {
	folder(t, map[string]string{"fleet.json": whole(hostA, ""), "plan.json": "{}", "empty/": ""})
	for name, want := range map[string]string{
		"fleed.json":   "fleed.json: no such file or directory\n  did you mean fleet.json",
		"nope.json":    "nope.json: no such file or directory\n  give the file of a config: fleet.json",
		".":            ".: is a directory\n  give the file of a config: fleet.json",
		"empty":        "empty: is a directory\n  give the file of a config",
		"empty/x.json": "empty/x.json: no such file or directory\n  hk-eval --init config.jsonnet writes a config to begin with",
	} {
		_, err := load(t.Context(), name)
		if diff := cmp.Diff(want, said(err)); diff != "" {
			t.Error(diff)
		}
	}
}
