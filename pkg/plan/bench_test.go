package plan_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/plan"
	"hostkit/pkg/resource"
)

// observed is a host document of n files, every second of which is to be made
// and the others as they should be, in folders of ten that are there.
func observed(tb testing.TB, n int) doc.HostDocument {
	tb.Helper()
	type object = map[string]any
	var resources []object
	seen := object{}
	add := func(kind, name string, spec, observation object) {
		address := kind + ":" + name
		r := object{"address": address, "kind": kind, "name": name, "service": "s", "state": "present", "declared_at": "c"}
		for member, value := range spec {
			r[member] = value
		}
		resources = append(resources, r)
		seen[address] = observation
	}
	for i := range n {
		folder := fmt.Sprintf("/srv/%03d", i/10)
		if i%10 == 0 {
			add("directory", folder, object{"mode": "0755"},
				object{"state": "present", "type": "directory", "folder": "/srv", "mode": "0755", "owner": "root", "group": "root"})
			continue
		}
		is := object{"state": "absent", "folder": folder}
		if i%2 == 0 {
			is = object{
				"state": "present", "type": "file", "folder": folder, "mode": "0644", "owner": "root", "group": "root", "size": 0,
				"digest": "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
			}
		}
		add("file", fmt.Sprintf("%s/%04d", folder, i), object{"content": "", "mode": "0644"}, is)
	}
	raw, err := json.Marshal(object{
		"schema": "hostkit.host/v1", "project": "p", "host": object{"name": "h", "connection": "local"}, "resources": resources,
		"facts": object{
			"identity": object{"arch": "x86_64"}, "os": object{"id": "debian", "id_like": []string{}},
			"observed": seen, "now": object{},
		},
	})
	if err != nil {
		tb.Fatal(err)
	}
	var h doc.HostDocument
	d, err := jsonx.NewReader("bench", strings.NewReader(string(raw))).Next()
	if err == nil {
		err = jsonx.UnmarshalGrown(d, &h)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return h
}

func BenchmarkMake(b *testing.B) {
	for _, n := range []int{10, 1000, 10000} {
		b.Run(fmt.Sprint(n, " resources"), func(b *testing.B) {
			h := observed(b, n)
			b.ReportAllocs()
			for b.Loop() {
				p, _, err := plan.Make(h, doc.PackageNames{}, plan.Options{Kinds: resource.Kinds, Tool: "bench"})
				if err != nil {
					b.Fatal(err)
				}
				if len(p.Changes) != n/2 {
					b.Fatalf("%d changes, want %d", len(p.Changes), n/2)
				}
			}
		})
	}
}

func BenchmarkEncode(b *testing.B) {
	p, _, err := plan.Make(observed(b, 1000), doc.PackageNames{}, plan.Options{Kinds: resource.Kinds, Tool: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := plan.Encode(p); err != nil {
			b.Fatal(err)
		}
	}
}
