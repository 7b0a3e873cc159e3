package config

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// site has three hosts and two services, of which one is for some.
const site = `{"schema": "hostkit.config/v1", "project": "p",
 "hosts": {
  "web-2": {"hostname": "192.0.2.2", "user": "root", "sudo": true, "ssh": {"port": 2222, "password": {"$secret": {"env": "HOSTKIT_X"}}}},
  "web-1": {"hostname": "web-1.example.org"},
  "here": {"connection": "local"}},
 "services": {
  "web": {"hosts": ["web-*"], "words": ["z", {"name": "a", "state": "absent"}],
          "notes": {"b/c": {"text": "x", "depends_on": ["word:base", "note:mid"]}, "a": {"text": "y"}}},
  "base": {"words": ["base", "other"], "notes": {"mid": {"text": "m", "depends_on": ["word:other"]}}}}}`

const (
	docHead = `{"schema":"hostkit.host/v1","project":"p","host":`
	base    = `{"address":"word:base","kind":"word","name":"base","service":"base","state":"present","declared_at":"c.json#/services/base/words/0"},` +
		`{"address":"word:other","kind":"word","name":"other","service":"base","state":"present","declared_at":"c.json#/services/base/words/1"},` +
		`{"address":"note:mid","kind":"note","name":"mid","service":"base","state":"present","depends_on":["word:other"],"declared_at":"c.json#/services/base/notes/mid","text":"m"}`
	web = `{"address":"word:z","kind":"word","name":"z","service":"web","state":"present","declared_at":"c.json#/services/web/words/0"},` +
		`{"address":"word:a","kind":"word","name":"a","service":"web","state":"absent","declared_at":"c.json#/services/web/words/1"},` +
		`{"address":"note:a","kind":"note","name":"a","service":"web","state":"present","declared_at":"c.json#/services/web/notes/a","text":"y"},` +
		`{"address":"note:b/c","kind":"note","name":"b/c","service":"web","state":"present","depends_on":["word:base","note:mid"],"declared_at":"c.json#/services/web/notes/b~1c","text":"x"}`
	hereHost = `{"name":"here","connection":"local"}`
	web1Host = `{"name":"web-1","hostname":"web-1.example.org"}`
	web2Host = `{"name":"web-2","hostname":"192.0.2.2","user":"root","sudo":true,"ssh":{"port":2222,"password":{"$secret":{"env":"HOSTKIT_X"}}}}`
)

func document(host, resources string) string {
	return docHead + host + `,"resources":[` + resources + "]}\n"
}

func TestDocuments(t *testing.T) {
	folder(t, map[string]string{"c.json": site})
	c, err := load(t.Context(), "c.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]struct {
		hosts, services []string
		out             string
	}{
		"all": {
			nil, nil,
			document(hereHost, base) + document(web1Host, base+","+web) + document(web2Host, base+","+web),
		},
		"some hosts": {
			[]string{"*-2", "her?"},
			nil,
			document(hereHost, base) + document(web2Host, base+","+web),
		},
		"one service, with what it depends on": {
			nil,
			[]string{"web"},
			"word:base of service base comes along: note:b/c depends on it" +
				"note:mid of service base comes along: note:b/c depends on it" +
				"word:other of service base comes along: note:mid depends on it" +
				document(web1Host, base+","+web) + document(web2Host, base+","+web),
		},
	} {
		t.Run(name, func(t *testing.T) {
			for range 3 {
				if diff := cmp.Diff(want.out, documents(t, c, want.hosts, want.services)); diff != "" {
					t.Fatal(diff)
				}
			}
		})
	}
}

func TestWhatIsImpliedGivesWay(t *testing.T) {
	folder(t, map[string]string{"c.json": `{"schema": "hostkit.config/v1", "project": "p",
		"hosts": {"h": {"connection": "local"}},
		"services": {
		"a": {"notes": {"one": {"text": "x", "word": "declared"}, "two": {"text": "x", "word": "implied"}}},
		"b": {"words": ["declared"], "notes": {"three": {"text": "x", "word": "implied"}}}}}`})
	c, err := load(t.Context(), "c.json")
	if err != nil {
		t.Fatal(err)
	}
	note := func(service, name, word string) string {
		return `{"address":"note:` + name + `","kind":"note","name":"` + name + `","service":"` + service +
			`","state":"present","depends_on":["word:` + word + `"],"declared_at":"c.json#/services/` + service + `/notes/` + name + `","text":"x"}`
	}
	want := document(`{"name":"h","connection":"local"}`, `{"address":"word:implied","kind":"word","name":"implied","service":"a","state":"present","declared_at":"c.json#/services/a/notes/two"},`+
		note("a", "one", "declared")+","+
		note("a", "two", "implied")+","+
		`{"address":"word:declared","kind":"word","name":"declared","service":"b","state":"present","declared_at":"c.json#/services/b/words/0"},`+
		note("b", "three", "implied"))
	if diff := cmp.Diff(want, documents(t, c, nil, nil)); diff != "" {
		t.Error(diff)
	}
}

func TestSelectRefuses(t *testing.T) {
	folder(t, map[string]string{"c.json": site})
	c, err := load(t.Context(), "c.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]struct {
		hosts, services []string
		message, hint   string
	}{
		"a host that is not there":    {[]string{"web-*", "wed-1"}, nil, `no host matches "wed-1"`, `did you mean "web-1"`},
		"all but one host":            {[]string{"!web-*"}, nil, `no host matches "!web-*"`, `--host chooses, and leaves nothing out: --host here`},
		"hosts with commas":           {[]string{"web-1,dead"}, nil, `no host matches "web-1,dead"`, `give --host once for each: --host web-1 --host dead`},
		"no pattern":                  {[]string{"web-["}, nil, `"web-[" is not a pattern of host names`, `it takes *, ? and [a-z], as in 'web-*'`},
		"a service that is not there": {nil, []string{"wbe"}, `no service is called "wbe"`, `did you mean "web"`},
		"a service of other hosts":    {[]string{"here"}, []string{"web"}, `service "web" has nothing on the hosts that were asked for`, "it is for hosts called web-*"},
	} {
		_, err := c.Select(want.hosts, want.services)
		e, ok := err.(*UsageError)
		if !ok || e.Message != want.message || e.Advice != want.hint || e.Exit() != 2 {
			t.Errorf("%s: %v", name, err)
		}
	}
}
