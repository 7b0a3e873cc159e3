package main

import "fmt"

// folder is where everything lies that the benchmarks make on a host.
const folder = "/srv/bench"

// paths is n resources without packages, below one folder that is among them:
// half of them files, the others folders and links.
func paths(n int) object {
	files, folders, links := object{}, object{folder: object{"mode": "0755"}}, object{}
	for i := range n - 1 {
		switch i % 4 {
		case 0, 1:
			files[fmt.Sprintf("%s/file-%04d", folder, i)] = object{"content": fmt.Sprintf("content of file %d\n", i), "mode": "0644"}
		case 2:
			folders[fmt.Sprintf("%s/folder-%04d", folder, i)] = object{"mode": "0755"}
		case 3:
			links[fmt.Sprintf("%s/link-%04d", folder, i)] = object{"to": "/etc/passwd"}
		}
	}
	return object{"files": files, "directories": folders, "symlinks": links}
}

// withPackages is n resources of which a quarter, at most ten, are packages that
// every Debian host has.
func withPackages(n int) object {
	installed := []string{"bash", "coreutils", "dash", "findutils", "grep", "gzip", "hostname", "mawk", "sed", "tar"}
	installed = installed[:min(len(installed), n/4)]
	service := paths(n - len(installed))
	service["packages"] = installed
	return service
}
