package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	pinned    = `"host_key": "SHA256:PsN2Im+0QRvLqcCwOhUaL8bZSfESGRR1WNjVPPfEQXo"`
	reference = `{"$secret": {"env": "HOSTKIT_X"}}`
)

func TestProblemsOfReachingAHost(t *testing.T) {
	for name, c := range map[string]struct{ hosts, want string }{
		"within unions": {
			`"a": {"sudo": {"usr": "x"}, "ssh": {"jump": [{"hostname": "b", "usr": "x"}, {"hostname": "d", "port": 1}, {"hostname": "e", "ssh": {"prot": 1}}]}},
"b": {"doas": {"user": "-x"}}`,
			"c.json:2:16: /hosts/a/sudo/usr: unknown member\n  did you mean \"user\"\n" +
				"c.json:2:64: /hosts/a/ssh/jump/0/usr: unknown member\n  did you mean \"user\"\n" +
				"c.json:2:95: /hosts/a/ssh/jump/1/port: unknown member\n  it stands in \"ssh\": {\"port\": …}\n" +
				"c.json:2:133: /hosts/a/ssh/jump/2/ssh/prot: unknown member\n  did you mean \"port\"\n" +
				"c.json:3:24: /hosts/b/doas/user: this is not a login name\n  write the name alone, as \"root\"; a password goes into \"password\": {\"$secret\": {\"env\": \"HOSTKIT_SSH_PASSWORD\"}}",
		},
		"forms that unions don't have": {
			`"a": {"sudo": 1, "doas": null, "ssh": {"jump": [7, null, "x@", "a,b", {}, {"host": "c"}, []]}},
"b": {"ssh": {"jump": "x", "retry": {}}}`,
			"c.json:2:15: /hosts/a/sudo: wants true or false or an object, has a number\n  write true or false or an object with any of user, password\n" +
				"c.json:2:26: /hosts/a/doas: wants true or false or an object, has null\n  leave it out, or write true or false or an object with any of user\n" +
				"c.json:2:49: /hosts/a/ssh/jump/0: wants a string or an object, has a number\n  write \"7\", in quotes\n" +
				"c.json:2:52: /hosts/a/ssh/jump/1: wants a string or an object, has null\n  leave it out, or write \"…\" or {\"hostname\": …}\n" +
				"c.json:2:58: /hosts/a/ssh/jump/2: this is not a jump host: want user@host:port, the user and the port only where needed\n" +
				"c.json:2:64: /hosts/a/ssh/jump/3: \"a,b\" is not a jump host: want user@host:port, the user and the port only where needed\n" +
				"c.json:2:71: /hosts/a/ssh/jump/4: the member \"hostname\" is missing\n  give it one: \"hostname\": \"…\"\n" +
				"c.json:2:76: /hosts/a/ssh/jump/5/host: unknown member\n  did you mean \"hostname\"\n" +
				"c.json:2:90: /hosts/a/ssh/jump/6: wants a string or an object, has an array\n  write \"…\" or {\"hostname\": …}\n" +
				"c.json:3:23: /hosts/b/ssh/jump: wants an array, has a string\n  write [\"x\"]\n" +
				"c.json:3:37: /hosts/b/ssh/retry: the member \"attempts\" is missing\n  give it one: \"attempts\": …",
		},
		"secrets in clear are not repeated": {
			`"a": {"sudo": {"password": "hunter2"}, "ssh": {"passphrase": "hunter2", "jump": [{"hostname": "b", "ssh": {"password": "hunter2"}}, "me:hunter2@b", "ssh://me:hunter2@b:22"]}},
"b": {"sudo": "hunter2"}, "c": {"sudo": {"password": {"$secret": "hunter2"}}}`,
			"c.json:2:28: /hosts/a/sudo/password: a secret is never written into a config\n" +
				"  say where it comes from: {\"$secret\": {\"env\": \"HOSTKIT_SSH_PASSWORD\"}}\n" +
				"c.json:2:62: /hosts/a/ssh/passphrase: a secret is never written into a config\n" +
				"  say where it comes from: {\"$secret\": {\"env\": \"HOSTKIT_SSH_PASSWORD\"}}\n" +
				"c.json:2:120: /hosts/a/ssh/jump/0/ssh/password: a secret is never written into a config\n" +
				"  say where it comes from: {\"$secret\": {\"env\": \"HOSTKIT_SSH_PASSWORD\"}}\n" +
				"c.json:2:133: /hosts/a/ssh/jump/1: a jump host with a password in clear: want user@host:port\n" +
				"c.json:2:149: /hosts/a/ssh/jump/2: a jump host with a password in clear: want user@host:port\n" +
				"c.json:3:15: /hosts/b/sudo: wants true or false or an object, has a string\n  write true or false or an object with any of user, password\n" +
				"c.json:3:66: /hosts/c/sudo/password/$secret: want {\"env\": NAME}, {\"file\": PATH} or {\"command\": [ARGUMENT, …]}",
		},
		// What is not JSON is shown elsewhere, to tell what was found.
		"nor where they are not even json": {
			`"a": {"ssh": {"jump": ["x", {"hostname": "b", "ssh": {"password": hunter2}}]}}`,
			"c.json:2:67: a secret is never written into a config\n" +
				"  say where it comes from: {\"$secret\": {\"env\": \"HOSTKIT_SSH_PASSWORD\"}}",
		},
		"nor below a switch": {
			`"a": {"sudo": {"password": hunter2}}`,
			"c.json:2:28: a secret is never written into a config\n" +
				"  say where it comes from: {\"$secret\": {\"env\": \"HOSTKIT_SSH_PASSWORD\"}}",
		},
		"one way to become another user": {
			`"a": {"sudo": true, "doas": {"user": "app"}}, "b": {"sudo": false, "doas": true}, "c": {"connection": "local", "doas": true, "user": "x", "ssh": {}}`,
			"c.json:2:21: /hosts/a/doas: both sudo and doas are on\n  keep one of the two\n" +
				"c.json:2:126: /hosts/c/user: a local connection does not use it\n  drop it, or the \"connection\": \"local\"\n" +
				"c.json:2:139: /hosts/c/ssh: a local connection does not use it\n  drop it, or the \"connection\": \"local\"",
		},
		"keys and times": {
			`"a": {"ssh": {"host_key": "SHA256:x", "connect_timeout": "1.5s", "server_alive_interval": 10, "retry": {"attempts": 0, "base_delay": "5s"}, "passphrase": ` + reference + `}},
"b": {"ssh": {` + pinned + `, "silently_accept_hosts": true, "passphrase": ` + reference + `,
  "retry": {"attempts": 101, "max_delay": "100ms"}}},
"c": {"ssh": {"retry": {"attempts": 3, "base_delay": "1m", "max_delay": "1s"}}}`,
			"c.json:2:27: /hosts/a/ssh/host_key: \"SHA256:x\" is not a fingerprint: want SHA256:… as `ssh-keygen -l` prints it\n" +
				"c.json:2:58: /hosts/a/ssh/connect_timeout: \"1.5s\" is not a time: want one like \"10s\", \"250ms\", \"1m30s\"\n" +
				"c.json:2:91: /hosts/a/ssh/server_alive_interval: wants a string, has a number\n  write \"10s\"\n" +
				"c.json:3:81: /hosts/b/ssh/silently_accept_hosts: host_key says which key the host has, so no other can be accepted\n" +
				"  drop silently_accept_hosts or host_key\n" +
				"c.json:3:112: /hosts/b/ssh/passphrase: a passphrase without the key that it opens\n  name the key: \"identity_file\": \"~/.ssh/…\"\n" +
				"c.json:4:25: /hosts/b/ssh/retry/attempts: 101 attempts: want 1 to 100\n" +
				"c.json:4:43: /hosts/b/ssh/retry/max_delay: base_delay, 250ms, is longer than max_delay, 100ms\n" +
				"c.json:5:54: /hosts/c/ssh/retry/base_delay: base_delay, 1m, is longer than max_delay, 1s",
		},
		// A key that is recorded under it would be one of every host.
		"an alias that is more than a name": {
			`"a": {"ssh": {"host_key_alias": "db"}}, "b": {"ssh": {"host_key_alias": "*", "jump": [{"hostname": "x", "ssh": {"host_key_alias": "a,b"}}]}},
"c": {"ssh": {"host_key_alias": "a\nb ssh-rsa AAAA"}}`,
			"c.json:2:73: /hosts/b/ssh/host_key_alias: \"*\" is not one name of known_hosts\n  write it as it stands there, without a port\n" +
				"c.json:2:131: /hosts/b/ssh/jump/0/ssh/host_key_alias: \"a,b\" is not one name of known_hosts\n  write it as it stands there, without a port\n" +
				"c.json:3:33: /hosts/c/ssh/host_key_alias: this is not one name of known_hosts\n  write it as it stands there, without a port",
		},
		"a key whose name is misspelt is not missed too": {
			`"a": {"ssh": {"identity_fil": "x", "passphrase": ` + reference + `, "jump": ["b"]}}, "b": {"ssh": {"identity_fil": "x", "passphrase": ` + reference + `}}`,
			"c.json:2:15: /hosts/a/ssh/identity_fil: unknown member\n  did you mean \"identity_file\"\n" +
				"c.json:2:116: /hosts/b/ssh/identity_fil: unknown member\n  did you mean \"identity_file\"",
		},
		"a name that is no hostname": {
			`"größe": {}, "web.1": {}`,
			"c.json:2:12: /hosts/größe: the host has no hostname, and its name is none: \"größe\" is neither a DNS name nor an IP address\n" +
				"  give its DNS name or IP address, or \"connection\": \"local\" for this machine\n" +
				"c.json:2:25: /hosts/web.1: the host has no hostname, and its name is none: \"web.1\" is neither a DNS name nor an IP address\n" +
				"  give its DNS name or IP address, or \"connection\": \"local\" for this machine",
		},
		"ways that come back": {
			`"a": {"ssh": {"jump": ["b"]}}, "b": {"ssh": {"jump": ["x", {"hostname": "c"}]}}, "c": {"ssh": {"jump": ["a:22"]}},
"d": {"ssh": {"jump": ["d"]}}, "e": {"ssh": {"jump": ["a"]}}`,
			"c.json:2:105: /hosts/c/ssh/jump/0: the way to a host goes through the host itself: a -> b -> c -> a\n" +
				"  name the jump host's address, if it is another one than the host\n" +
				"c.json:3:24: /hosts/d/ssh/jump/0: the way to a host goes through the host itself: d -> d\n" +
				"  name the jump host's address, if it is another one than the host",
		},
		"what nothing goes through": {
			`"here": {"connection": "local"}, "e": {"ssh": {"jump": ["here", "1.2.3.400", "-l@x", {"hostname": "x:22", "user": "a b"}, "root @x"]}}`,
			"c.json:2:57: /hosts/e/ssh/jump/0: host \"here\" is this machine, where every way begins\n  drop the jump\n" +
				"c.json:2:65: /hosts/e/ssh/jump/1: \"1.2.3.400\" is neither a DNS name nor an IP address\n  an IPv4 address has four numbers from 0 to 255\n" +
				"c.json:2:78: /hosts/e/ssh/jump/2: this is not a login name\n  write the name alone, as \"root\"; a password goes into \"password\": {\"$secret\": {\"env\": \"HOSTKIT_SSH_PASSWORD\"}}\n" +
				"c.json:2:99: /hosts/e/ssh/jump/3/hostname: this is neither a DNS name nor an IP address\n  write the name or address alone: \"port\" and \"password\" stand in \"ssh\": {…}, the password as {\"$secret\": {\"env\": \"HOSTKIT_SSH_PASSWORD\"}}\n" +
				"c.json:2:115: /hosts/e/ssh/jump/3/user: this is not a login name\n  write the name alone, as \"root\"; a password goes into \"password\": {\"$secret\": {\"env\": \"HOSTKIT_SSH_PASSWORD\"}}\n" +
				"c.json:2:123: /hosts/e/ssh/jump/4: this is not a jump host: want user@host:port, the user and the port only where needed",
		},
		"chains are one list": {
			`"a": {"ssh": {"jump": [{"hostname": "b", "ssh": {"jump": ["c"], "retry": {"attempts": 2}}}, {"hostname": "x", "ssh": {"jump": ["c"]}}]}}, "b": {}`,
			"c.json:2:50: /hosts/a/ssh/jump/0/ssh/jump: a jump host has no jump hosts of its own\n  write the chain as one list, the first host to go through first\n" +
				"c.json:2:65: /hosts/a/ssh/jump/0/ssh/retry: a jump host has no retry of its own\n  the retry of the host counts for the way there too\n" +
				"c.json:2:119: /hosts/a/ssh/jump/1/ssh/jump: a jump host has no jump hosts of its own\n  write the chain as one list, the first host to go through first",
		},
		"what contradicts the host that is gone through": {
			`"a": {"ssh": {"jump": ["b", {"hostname": "c", "ssh": {"silently_accept_hosts": true}}]}},
"b": {"ssh": {"passphrase": ` + reference + `}}, "c": {"ssh": {` + pinned + `}}`,
			"c.json:2:55: /hosts/a/ssh/jump/1/ssh/silently_accept_hosts: host_key says which key the host has, so no other can be accepted\n" +
				"  drop silently_accept_hosts or host_key\n" +
				"c.json:3:15: /hosts/b/ssh/passphrase: a passphrase without the key that it opens\n  name the key: \"identity_file\": \"~/.ssh/…\"",
		},
		"long ways": {
			`"a": {"ssh": {"jump": ["1a","2a","3a","4a","5a","6a","7a","8a"]}}, "b": {"ssh": {"jump": ["a"]}}, "c": {"ssh": {"jump": ["b", "x"]}}`,
			"c.json:2:90: /hosts/b/ssh/jump: 9 hosts to go through, more than 8: 1a -> 2a -> 3a -> 4a -> 5a -> 6a -> 7a -> 8a -> a",
		},
	} {
		t.Run(name, func(t *testing.T) {
			folder(t, map[string]string{"c.json": whole(c.hosts, "")})
			_, err := load(t.Context(), "c.json")
			if diff := cmp.Diff(c.want, said(err)); diff != "" {
				t.Error(diff)
			}
			if strings.Contains(said(err), "hunter2") {
				t.Error("the password was shown")
			}
		})
	}
}

// Whoever names a host of the config to go through means that host, with all that
// the config says of it.
func TestJumpHostsAreHostsOfTheConfig(t *testing.T) {
	folder(t, map[string]string{"c.json": whole(`
"edge": {"hostname": "192.0.2.1", "user": "jump", "sudo": true, "ssh": {"port": 2222, "identity_file": "k", "silently_accept_hosts": true, "retry": {"attempts": 3}}},
"gate": {"ssh": {"jump": ["edge"]}},
"db": {"hostname": "10.0.0.5", "ssh": {"jump": [{"hostname": "gate", "user": "me", "ssh": {"use_agent": false}}, "last@[2001:db8::1]:22"]}},
"bare": {"ssh": {"use_config": false, "jump": ["edge", "x"]}},
"web": {"ssh": {"jump": [{"hostname": "edge", "ssh": {"passphrase": `+reference+`, "silently_accept_hosts": false}}, "gate:23"]}}`, "")})
	c, err := load(t.Context(), "c.json")
	if err != nil {
		t.Fatal(err)
	}
	const edge = `{"hostname":"192.0.2.1","user":"jump","ssh":{"port":2222,"identity_file":"k","silently_accept_hosts":true}}`
	want := document(`{"name":"db","hostname":"10.0.0.5","ssh":{"jump":[`+edge+
		`,{"hostname":"gate","user":"me","ssh":{"use_agent":false}},{"hostname":"2001:db8::1","user":"last","ssh":{"port":22}}]}}`, "") +
		// As with ssh -J, the second of a list is reached from the first.
		document(`{"name":"web","hostname":"web","ssh":{"jump":[`+
			`{"hostname":"192.0.2.1","user":"jump","ssh":{"port":2222,"identity_file":"k","passphrase":{"$secret":{"env":"HOSTKIT_X"}}}},`+
			`{"hostname":"gate","ssh":{"port":23}}]}}`, "")
	if diff := cmp.Diff(want, documents(t, c, []string{"db", "web"}, nil)); diff != "" {
		t.Error(diff)
	}
	bare := `{"name":"bare","hostname":"bare","ssh":{"use_config":false,"jump":[{"hostname":"192.0.2.1","user":"jump","ssh":` +
		`{"use_config":true,"port":2222,"identity_file":"k","silently_accept_hosts":true}},{"hostname":"x"}]}}`
	if diff := cmp.Diff(document(bare, ""), documents(t, c, []string{"bare"}, nil)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(document(`{"name":"gate","hostname":"gate","ssh":{"jump":[`+edge+`]}}`, ""), documents(t, c, []string{"gate"}, nil)); diff != "" {
		t.Error(diff)
	}
}
