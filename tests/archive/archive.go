// Package archive is an apt repository of our own: real apt and real dpkg without
// the network, and with packages that fail as one wants them to.
package archive

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"hostkit/tests/lab"
)

// archived are the packages.
var archived = []struct{ name, version, more, postinst, conffile string }{
	{name: "hk-one", version: "1.0"},
	{name: "hk-one", version: "1.1"},
	{name: "hk-two", version: "1.0"},
	{name: "hk-needs", version: "2:3.0-1", more: "Depends: hk-dep (>= 1.0)\n"},
	{name: "hk-either", version: "1.0", more: "Depends: hk-one | hk-two\n"},
	{name: "hk-brings", version: "1.0", more: "Depends: hk-either\n"},
	{name: "hk-dep", version: "1.0~rc1+b1"},
	{name: "hk-dep", version: "1.0"},
	{name: "hk-clash", version: "1.0", more: "Conflicts: hk-one\n"},
	{name: "hk-broken", version: "1.0", postinst: "#!/bin/sh\necho 'the script of hk-broken fails' >&2\nexit 7\n"},
	{name: "hk-endless", version: "1.0", postinst: "#!/bin/sh\nexec sleep 1000\n"},
	{name: "hk-slow", version: "1.0", postinst: waits},
	{name: "hk-slow", version: "2.0", postinst: waits},
	{name: "hk-after", version: "1.0", more: "Depends: hk-slow\n"},
	{name: "hk-quiet", version: "1.0", postinst: "#!/bin/sh\nexec sleep 6\n"},
	{name: "hk-large", version: "1.0", conffile: incompressible(300_000)},
	{name: "hk-conf", version: "1.0", conffile: "as packaged 1\n"},
	{name: "hk-conf", version: "2.0", conffile: "as packaged 2\n"},
	{name: "hk-provider", version: "1.0", more: "Provides: hk-virtual\n"},
}

// incompressible is text of n bytes that stays longer than half of that.
func incompressible(n int) string {
	random := rand.New(rand.NewPCG(1, 2))
	text := make([]byte, n)
	for i := range text {
		text[i] = byte(' ' + random.IntN(95))
	}
	return string(text)
}

// waits is a script that waits for somebody to write to a pipe, where there is one.
const waits = "#!/bin/sh\n[ ! -p /run/hk-slow ] || read -r _ </run/hk-slow\n"

// Path is where a host has the archive.
const Path = "/opt/archive"

// Source is the line by which apt takes packages from it.
const Source = "deb [trusted=yes] file:" + Path + " ./\n"

var dir string

// Files builds the archive once, and returns its files for a host.
var Files = sync.OnceValues(func() (files []lab.File, err error) {
	if dir, err = os.MkdirTemp("", "hostkit-archive-"); err != nil {
		return nil, err
	}
	var index strings.Builder
	for i, p := range archived {
		tree := filepath.Join(dir, fmt.Sprint(i))
		control := fmt.Sprintf("Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: e2e <e2e@example.org>\n%sDescription: for tests\n",
			p.name, p.version, p.more)
		deb, err := Build(tree, control, p.name, p.version, p.postinst, p.conffile)
		if err != nil {
			return nil, err
		}
		file := fmt.Sprintf("%d.deb", i)
		files = append(files, lab.File{Path: Path + "/" + file, Content: string(deb)})
		fmt.Fprintf(&index, "%sFilename: ./%s\nSize: %d\nSHA256: %x\n\n", control, file, len(deb), sha256.Sum256(deb))
	}
	return append(files, lab.File{Path: Path + "/Packages", Content: index.String()}), nil
})

// Build makes a package in the folder tree with a conffile and a postinst where
// they are not empty, and returns the .deb.
func Build(tree, control, name, version, postinst, conffile string) ([]byte, error) {
	conffiles := ""
	if conffile != "" {
		conffiles = "/etc/" + name + "\n"
	}
	for path, content := range map[string]string{
		"DEBIAN/control": control, "DEBIAN/postinst": postinst, "DEBIAN/conffiles": conffiles,
		"etc/" + name: conffile, "usr/share/" + name + "/version": version + "\n",
	} {
		if content == "" {
			continue
		}
		path = filepath.Join(tree, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(path, []byte(content), 0o755); err != nil {
			return nil, err
		}
	}
	if out, err := exec.Command("dpkg-deb", "--build", "--root-owner-group", tree).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("dpkg-deb: %w: %s", err, out)
	}
	return os.ReadFile(tree + ".deb")
}

// Remove deletes what Files made on this machine; at the end of TestMain.
func Remove() {
	if dir != "" {
		_ = os.RemoveAll(dir)
	}
}
