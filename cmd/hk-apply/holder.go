package main

import (
	"os"
	"os/user"
)

// holder is who applies, for the other one who finds a host held.
func holder() string {
	who := "hk-apply"
	if u, err := user.Current(); err == nil {
		who = u.Username
	}
	if host, err := os.Hostname(); err == nil {
		who += "@" + host
	}
	return who
}
