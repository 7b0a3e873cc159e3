package connect_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"hostkit/tests/lab"
)

// hopHost is a host behind bastions, as a config says it.
func hopHost(target *lab.Host, change object, jumps ...object) object {
	ssh := object{
		"use_config": false, "use_agent": false,
		"port": target.Port, "identity_file": target.Identity, "known_hosts": target.KnownHosts, "jump": jumps,
	}
	hostname, ok := change["hostname"]
	if !ok {
		hostname = target.IP
	}
	if with, ok := change["ssh"].(object); ok {
		maps.Copy(ssh, with)
	}
	return object{"hostname": hostname, "user": "root", "ssh": ssh}
}

// jump is a bastion in a host's way, with what is not as it should be.
func jump(bastion *lab.Host, user string, change object) object {
	ssh := object{
		"port": bastion.Port, "identity_file": bastion.Identity, "known_hosts": bastion.KnownHosts, "use_agent": false,
	}
	maps.Copy(ssh, change)
	return object{"hostname": bastion.IP, "user": user, "ssh": ssh}
}

// What fails on the way is told from what fails at the end of it, by the address
// that refused, and fails no other host of the run.
func TestARefusalOnTheWayNamesTheHop(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	stranger := p.key("stranger", "")
	target := lab.Run(t, lab.Options{Hostname: "target", NoIndex: true})
	near := lab.Run(t, lab.Options{
		Hostname: "near", NoIndex: true, Users: []lab.User{
			{Name: "hop"}, {Name: "shut"}, {Name: "narrow"}, {Name: "door", Shell: "/usr/sbin/nologin"},
		},
		// A name that only the bastion knows.
		Files: []lab.File{{Path: "/etc/hosts", Content: target.IP + " inner.example\n"}},
		SSHD: []string{
			"Match User shut", "AllowTcpForwarding no",
			"Match User narrow", "PermitOpen 127.0.0.1:1",
			// A door and nothing else, as bastions are set up where care is taken.
			"Match User door", "MaxSessions 0", "PermitTTY no", "ForceCommand /bin/false",
		},
	})
	far := lab.Run(t, lab.Options{Hostname: "far", NoIndex: true, Users: []lab.User{{Name: "hop"}}})
	none, other := p.write("", "known", "none"), p.write(fmt.Sprintf("[%s]:%d %s\n", near.IP, near.Port, p.public(stranger)), "known", "other")
	inner := p.write(fmt.Sprintf("[inner.example]:%d %s\n", target.Port, target.HostKeys()[0].Line), "known", "inner")
	good := jump(near, "hop", nil)
	cases := map[string]struct {
		host object
		code string
		says []string
	}{
		"a good way":                    {host: hopHost(target, nil, good)},
		"a good way of two":             {host: hopHost(target, nil, good, jump(far, "hop", nil))},
		"a bastion that gives no shell": {host: hopHost(target, nil, jump(near, "door", nil))},
		"a name that the bastion knows": {host: hopHost(target, object{"hostname": "inner.example", "ssh": object{"known_hosts": inner}}, good)},
		"unknown bastion":               {hopHost(target, nil, jump(near, "hop", object{"known_hosts": none})), "unknown_host_key", []string{near.IP}},
		"changed bastion":               {hopHost(target, nil, jump(near, "hop", object{"known_hosts": other})), "changed_host_key", []string{near.IP}},
		"pin of the bastion": {
			hopHost(target, nil, jump(near, "hop", object{"host_key": p.fingerprint(stranger)})), "configured_host_key_mismatch", []string{near.IP},
		},
		"bastion refuses the key":  {hopHost(target, nil, jump(near, "hop", object{"identity_file": stranger})), "login_refused", []string{near.IP, stranger, `"hop"`}},
		"nobody at the bastion":    {hopHost(target, nil, jump(near, "hop", object{"port": 9})), "unreachable", []string{near.IP + ":9", "refused"}},
		"bastion forwards nothing": {hopHost(target, nil, jump(near, "shut", nil)), "forwarding_refused", []string{near.IP, target.IP, "AllowTcpForwarding"}},
		"bastion forwards not there": {
			hopHost(target, nil, jump(near, "narrow", nil)), "forwarding_refused", []string{near.IP, target.IP},
		},
		"nobody behind the bastion": {hopHost(target, object{"ssh": object{"port": 9}}, good), "unreachable", []string{near.IP, target.IP + ":9"}},
		"a name that the bastion does not know": {
			hopHost(target, object{"hostname": "nowhere.invalid"}, good), "unreachable", []string{near.IP, "nowhere.invalid"},
		},
		"unknown second bastion": {
			hopHost(target, nil, good, jump(far, "hop", object{"known_hosts": none})), "unknown_host_key", []string{far.IP},
		},
		"second bastion refuses the key": {
			hopHost(target, nil, good, jump(far, "hop", object{"identity_file": stranger})), "login_refused", []string{far.IP},
		},
		"unknown target":          {hopHost(target, object{"ssh": object{"known_hosts": none}}, good), "unknown_host_key", []string{target.IP}},
		"target refuses the key":  {hopHost(target, object{"ssh": object{"identity_file": stranger}}, good), "login_refused", []string{target.IP}},
		"a wrong bastion of many": {hopHost(target, nil, jump(near, "nobody-of-that-name", nil)), "login_refused", []string{near.IP, "nobody-of-that-name"}},
	}
	names := slices.Sorted(maps.Keys(cases))
	hosts := object{}
	for i, name := range names {
		hosts[fmt.Sprintf("host-%02d", i)] = cases[name].host
	}
	documents := p.documents(hosts, object{"files": object{"/etc/motd": object{"content": ""}}})
	o := p.run(documents, nil, "hk-facts", "--all")
	lines := bytes.Split(bytes.TrimSpace(o.stdout), []byte("\n"))
	if len(lines) != len(cases) {
		t.Fatalf("%s", o)
	}
	for i, name := range names {
		c, got := cases[name], decode(t, lines[i])
		if c.code == "" {
			if got.Error != nil || got.Facts.OS.ID != "debian" {
				t.Errorf("%s: %+v", name, got.Error)
			}
			continue
		}
		if got.Error == nil || got.Error.Code != c.code || got.Error.Exit != 4 || got.Error.Hint == "" {
			t.Errorf("%s: want %s and a hint: %+v", name, c.code, got.Error)
			continue
		}
		for _, words := range c.says {
			if !strings.Contains(got.Error.Message+got.Error.Hint, words) {
				t.Errorf("%s does not say %q: %+v", name, words, got.Error)
			}
		}
	}
}

// A password that a bastion refuses is not sent again for each host behind it:
// that locks accounts.
func TestARefusedBastionIsAskedOnce(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	target := lab.Run(t, lab.Options{NoIndex: true})
	near := lab.Run(t, lab.Options{NoIndex: true, Users: []lab.User{{Name: "hop", Password: "the right one"}}})
	way := object{"hostname": near.IP, "user": "hop", "ssh": object{
		"port": near.Port, "known_hosts": near.KnownHosts, "use_agent": false, "password": fromEnvironment("HOSTKIT_WRONG"),
	}}
	const n = 8
	hosts := object{}
	for i := range n {
		hosts[fmt.Sprintf("host-%d", i)] = hopHost(target, nil, way)
	}
	o := p.run(p.documents(hosts, object{}), variables(), "hk-facts", "--all")
	refused := strings.Count(string(o.stdout), `"code":"login_refused"`)
	log, err := os.ReadFile(near.LogPath())
	if err != nil {
		t.Fatal(err)
	}
	if attempts := strings.Count(string(log), "Failed password for hop "); refused != n || attempts != 1 || o.exit != 4 {
		t.Errorf("%d hosts of %d were refused after %d attempts\n%s", refused, n, attempts, o)
	}
}
