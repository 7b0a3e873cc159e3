package install

import (
	"os"
	"strings"
	"testing"

	"hostkit/tests/lab"
)

const config = `{
  "schema": "hostkit.config/v1", "project": "first",
  "hosts": {"server": {"hostname": "server.example.org", "user": "root"}},
  "services": {"web": {"files": {"/etc/motd": {"content": "welcome\n"}}}}
}
`

// used is what one does with an installed package, and what that says.
const used = `
for name in hk-apply hk-down hk-eval hk-facts hk-plan hk-resolve hk-show; do
	"$name" --version | head -n 1
	gzip -t "/usr/share/man/man1/$name.1.gz"
	test -s "/usr/share/zsh/vendor-completions/_$name"
	test -s "/usr/share/fish/vendor_completions.d/$name.fish"
	. "/usr/share/bash-completion/completions/$name"
	complete -p "$name"
done
dpkg --verify hostkit
hk-eval --check /root/config.json
hk-eval /root/config.json | hk-show | head -n 1
`

// The Debian package installs with apt, works, verifies, and leaves nothing when it
// is removed.
func TestTheDebianPackage(t *testing.T) {
	host := lab.Run(t, lab.Options{})
	raw, err := os.ReadFile(packageFile(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"/root/hostkit_first_all.deb": raw, "/root/config.json": []byte(config)} {
		if err := host.WriteFile(name, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	on := func(script string) string {
		t.Helper()
		out, err := host.Exec(t.Context(), "bash", "-euo", "pipefail", "-c", "cd /root\n"+script)
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return string(out)
	}
	look := func() *lab.Snapshot {
		t.Helper()
		snapshot, err := host.Snapshot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return snapshot
	}

	// apt makes caches of its own with the first thing that it does.
	on("apt-get -q -y install ./hostkit_*.deb && apt-get -q -y purge hostkit")
	before := look()
	if said := on("apt-get -q -y install ./hostkit_*.deb"); !strings.Contains(said, "0 upgraded, 1 newly installed") {
		t.Errorf("apt:\n%s", said)
	}
	said := on(used)
	for _, name := range commands(t) {
		if !strings.Contains(said, name+" "+version) {
			t.Errorf("%s is not of version %s:\n%s", name, version, said)
		}
	}
	on("apt-get -q -y remove hostkit")
	for _, d := range lab.WithoutDirTimes(before.Diff(look())) {
		if !ofDpkg(d.Path) {
			t.Errorf("left by the package: %s", d)
		}
	}
}

// ofDpkg tells what dpkg and apt write down for themselves.
func ofDpkg(path string) bool {
	for _, folder := range []string{"/var/log/", "/var/lib/dpkg/", "/var/cache/", "/var/lib/apt/"} {
		if strings.HasPrefix(path, folder) {
			return true
		}
	}
	return false
}
