package roundtrips_test

import (
	"encoding/json"
	"fmt"
	"path"
	"testing"
)

// resources is what a document of hk-eval has.
type resources []map[string]any

func (rs *resources) add(kind, name string, members map[string]any) {
	r := map[string]any{
		"address": kind + ":" + name, "kind": kind, "name": name, "service": "s", "state": "present",
		"declared_at": fmt.Sprintf("config.json#/services/s/%d", len(*rs)),
	}
	for member, value := range members {
		r[member] = value
	}
	*rs = append(*rs, r)
}

// document is a host document as hk-eval writes it.
func document(t testing.TB, host map[string]any, rs resources) []byte {
	t.Helper()
	raw, err := json.Marshal(map[string]any{
		"schema": "hostkit.host/v1", "project": "far", "host": host, "resources": rs,
	})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// mixed is n resources of all kinds, in a folder that stands and in others that
// don't: in ten, four files, two folders, three links and one package.
func mixed(n int) resources {
	installed := []string{"bash", "dash", "coreutils", "tar", "sed", "grep", "gzip", "findutils", "hostname", "mawk"}
	rs := resources{}
	for i := range n {
		switch i % 10 {
		case 0, 1, 2, 3:
			rs.add("file", fmt.Sprintf("/etc/turns-%d.conf", i), map[string]any{"content": fmt.Sprintf("%d\n", i), "mode": "0640", "owner": "root"})
		case 4, 5:
			rs.add("directory", fmt.Sprintf("/srv/turns/%d", i), map[string]any{"mode": "0750", "group": "root"})
		case 6, 7, 8:
			rs.add("symlink", fmt.Sprintf("/srv/link-%d", i), map[string]any{"to": "/etc/passwd"})
		case 9:
			name := installed[i/10%len(installed)]
			if i/10 >= len(installed) {
				// No package may stand twice; this one is not to be had.
				name = fmt.Sprintf("turns_%d", i)
			}
			rs.add("package", name, map[string]any{})
		}
	}
	return rs
}

// files is n small files that depend on nothing.
func files(n int) resources {
	rs := resources{}
	for i := range n {
		rs.add("file", fmt.Sprintf("/etc/turns-%d.conf", i), map[string]any{"content": fmt.Sprintf("content of %d\n", i), "mode": "0644"})
	}
	return rs
}

// nested is n folders, each in the one before.
func nested(n int) resources {
	rs := resources{}
	folder := "/srv"
	for i := range n {
		folder = path.Join(folder, fmt.Sprintf("layer-%d", i))
		rs.add("directory", folder, map[string]any{"mode": "0755"})
	}
	return rs
}
