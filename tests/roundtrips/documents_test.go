package roundtrips_test

import (
	"encoding/json"
	"fmt"
	"path"
)

// object is a JSON object.
type object = map[string]any

// document is what hk-eval makes of a config with one host and one service.
func (d *distant) document(host, service object) []byte {
	d.t.Helper()
	config, err := json.Marshal(object{
		"schema": "hostkit.config/v1", "project": "far",
		"hosts": object{"far": host}, "services": object{"s": service},
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return d.command(config, "hk-eval", "-")
}

// mixed is n resources of all kinds, in a folder that stands and in one that
// does not: in ten, four files, two folders, three links and one package.
func mixed(n int) object {
	installed := []string{"bash", "dash", "coreutils", "tar", "sed", "grep", "gzip", "findutils", "hostname", "mawk"}
	files, folders, links, packages := object{}, object{}, object{}, []string{}
	for i := range n {
		switch i % 10 {
		case 0, 1, 2, 3:
			files[fmt.Sprintf("/etc/turns-%d.conf", i)] = object{"content": fmt.Sprintf("%d\n", i), "mode": "0640", "owner": "root"}
		case 4, 5:
			folders[fmt.Sprintf("/srv/turns/%d", i)] = object{"mode": "0750", "group": "root"}
		case 6, 7, 8:
			links[fmt.Sprintf("/srv/link-%d", i)] = object{"to": "/etc/passwd"}
		case 9:
			name := fmt.Sprintf("turns_%d", i)
			if i/10 < len(installed) {
				name = installed[i/10]
			}
			packages = append(packages, name)
		}
	}
	return object{"files": files, "directories": folders, "symlinks": links, "packages": packages}
}

// files is n small files that depend on nothing.
func files(n int) object {
	all := object{}
	for i := range n {
		all[fmt.Sprintf("/etc/turns-%d.conf", i)] = object{"content": fmt.Sprintf("content of %d\n", i), "mode": "0644"}
	}
	return object{"files": all}
}

// nested is n folders, each in the one before.
func nested(n int) object {
	all := object{}
	folder := "/srv"
	for i := range n {
		folder = path.Join(folder, fmt.Sprintf("layer-%d", i))
		all[folder] = object{"mode": "0755"}
	}
	return object{"directories": all}
}
