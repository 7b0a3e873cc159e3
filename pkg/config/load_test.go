package config

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// whole is a config around the given hosts and services.
func whole(hosts, services string) string {
	return "{\"schema\": \"hostkit.config/v1\", \"project\": \"p\", \"hosts\": {\n" + hosts + "},\n\"services\": {\n" + services + "}}"
}

const hostA = `"a": {"hostname": "a.example.org"}`

func TestProblems(t *testing.T) {
	for name, c := range map[string]struct {
		config string
		want   string
	}{
		"unknown host member": {
			whole(`"a": {"hostname": "a", "usr": "root"}`, ""),
			"c.json:2:24: /hosts/a/usr: unknown member\n  did you mean \"user\"",
		},
		"a misspelt hostname is not missed too": {
			whole(`"a": {"hostnam": "a"}`, ""),
			"c.json:2:7: /hosts/a/hostnam: unknown member\n  did you mean \"hostname\"",
		},
		"nothing near": {
			whole(`"a": {"hostname": "a", "zzz": 1}`, ""),
			"c.json:2:24: /hosts/a/zzz: unknown member\n  known here: connection, hostname, user, sudo, doas, ssh",
		},
		"members of kinds are known": {
			whole(hostA, `"s": {"nots": {}, "host": []}`),
			"c.json:4:7: /services/s/nots: unknown member\n  did you mean \"notes\"\n" +
				"c.json:4:19: /services/s/host: unknown member\n  did you mean \"hosts\"",
		},
		"within a kind's section": {
			whole(hostA, `"s": {"notes": {"n": {"txt": "x"}}}`),
			"c.json:4:23: /services/s/notes/n/txt: unknown member\n  did you mean \"text\"",
		},
		"one bad element hides no other": {
			whole(hostA, `"s": {"words": [7, {"nam": "x"}, "two words", "ok", null]}`),
			"c.json:4:17: /services/s/words/0: wants a string or an object, has a number\n  write \"7\", in quotes\n" +
				"c.json:4:21: /services/s/words/1/nam: unknown member\n  did you mean \"name\"\n" +
				"c.json:4:34: /services/s/words/2: a word has no space\n  write two\n" +
				"c.json:4:53: /services/s/words/4: wants a string or an object, has null\n  leave it out, or write it like \"curl\"",
		},
		"a bad member hides no other of the same resource": {
			whole(hostA, `"s": {"notes": {"n": {"text": 7, "mode": "9", "from": "no", "state": "gone"}}}`),
			"c.json:4:31: /services/s/notes/n/text: wants a string, has a number\n  write \"7\", in quotes\n" +
				"c.json:4:42: /services/s/notes/n/mode: \"9\" is not a mode: want four octal digits like \"0644\"\n" +
				"c.json:4:55: /services/s/notes/n/from: no: no such file or directory\n" +
				"c.json:4:70: /services/s/notes/n/state: \"gone\" is not a known state: want one of present, absent",
		},
		"what a shape can't say": {
			whole(hostA, `"s": {"notes": {"n": {}}}`),
			"c.json:4:22: /services/s/notes/n: the note is empty",
		},
		"null is no value": {
			whole(`"a": {"hostname": null}, "b": null`, `"s": {"words": null}`),
			"c.json:2:19: /hosts/a/hostname: wants a string, has null\n  leave it out, or write it like \"192.0.2.1\"\n" +
				"c.json:2:31: /hosts/b: wants an object, has null\n  leave it out, or write it like {\"hostname\": \"192.0.2.1\"}\n" +
				"c.json:4:16: /services/s/words: wants an array, has null\n  leave it out, or write it like [\"curl\", {\"name\": \"jq\"}]",
		},
		"a password in clear is not repeated": {
			whole(`"a": {"hostname": "a", "ssh": {"password": "hunter2"}}, "b": {"hostname": "b", "ssh": {"password": {"$secret": "hunter2"}}}`, ""),
			"c.json:2:44: /hosts/a/ssh/password: a secret is never written into a config\n" +
				"  say where it comes from: {\"$secret\": {\"env\": \"HOSTKIT_SSH_PASSWORD\"}}\n" +
				"c.json:2:112: /hosts/b/ssh/password/$secret: want {\"env\": NAME}, {\"file\": PATH} or {\"command\": [ARGUMENT, …]}",
		},
		"nor one that is not even json": {
			whole(`"a": {"hostname": "a", "ssh": {"password": hunter2}}`, ""),
			"c.json:2:44: a secret is never written into a config\n" +
				"  say where it comes from: {\"$secret\": {\"env\": \"HOSTKIT_SSH_PASSWORD\"}}",
		},
		"a secret where none is taken": {
			whole(`"a": {"hostname": {"$secret": {"env": "HOSTKIT_X"}}}`, `"s": {"notes": {"$secret": {"env": "X"}}}`),
			"c.json:2:19: /hosts/a/hostname: $secret is not taken here\n  only what is secret takes a reference, as \"hosts\": {\"web1\": {\"sudo\": {\"password\": …}}}\n" +
				"c.json:4:16: /services/s/notes: $secret is not taken here\n  only what is secret takes a reference, as \"services\": {\"base\": {\"notes\": {\"todo\": {\"key\": …}}}}",
		},
		"a secret from nowhere, and from two places": {
			whole(`"a": {"hostname": "a", "ssh": {"password": {"$secret": {}}}}`,
				`"s": {"notes": {"n": {"text": "x", "key": {"$secret": {"env": "A", "file": "b"}}}}}`),
			"c.json:2:56: /hosts/a/ssh/password/$secret: want exactly one of env, file and command\n" +
				"c.json:4:55: /services/s/notes/n/key/$secret: want exactly one of env, file and command",
		},
		// Members of "ssh" that stood on the host itself were unknown, without a word
		// of where they belong.
		"what belongs under ssh": {
			whole(`"a": {"hostname": "a", "port": 22, "identity_file": "k", "known_hosts": "h", "password": {"$secret": {"env": "X"}}}`, ""),
			"c.json:2:24: /hosts/a/port: unknown member\n  it stands in \"ssh\": {\"port\": …}\n" +
				"c.json:2:36: /hosts/a/identity_file: unknown member\n  it stands in \"ssh\": {\"identity_file\": …}\n" +
				"c.json:2:58: /hosts/a/known_hosts: unknown member\n  it stands in \"ssh\": {\"known_hosts\": …}\n" +
				"c.json:2:78: /hosts/a/password: unknown member\n  it stands in \"sudo\": {\"password\": …} or \"ssh\": {\"password\": …}",
		},
		"hostnames": {
			whole(`"1": {}, "b": {"hostname": "-oProxyCommand=x"}, "c": {"hostname": "1.2.3.4:22"}, "d": {"hostname": "root@d"}, "e": {"hostname": "[::1]"}, "f": {"hostname": "1.2.3.400"}, "g": {"hostname": "größe.de"}, "h": {"hostname": "ssh://h"}, "i": {"hostname": "a..b"}`, ""),
			"c.json:2:6: /hosts/1: the host has no hostname, and its name is none: \"1\" is neither a DNS name nor an IP address\n  give its DNS name or IP address, or \"connection\": \"local\" for this machine\n" +
				"c.json:2:28: /hosts/b/hostname: this is neither a DNS name nor an IP address\n  write it like \"db1.example.org\" or \"192.0.2.1\"\n" +
				"c.json:2:67: /hosts/c/hostname: \"1.2.3.4:22\" is neither a DNS name nor an IP address\n  the port goes into \"ssh\": {\"port\": …}\n" +
				"c.json:2:100: /hosts/d/hostname: \"root@d\" is neither a DNS name nor an IP address\n  the login name goes into \"user\"\n" +
				"c.json:2:129: /hosts/e/hostname: \"[::1]\" is neither a DNS name nor an IP address\n  write an IPv6 address without brackets\n" +
				"c.json:2:157: /hosts/f/hostname: \"1.2.3.400\" is neither a DNS name nor an IP address\n  an IPv4 address has four numbers from 0 to 255\n" +
				"c.json:2:189: /hosts/g/hostname: \"größe.de\" is neither a DNS name nor an IP address\n  write an international name in its ASCII form, xn--…\n" +
				"c.json:2:222: /hosts/h/hostname: \"ssh://h\" is neither a DNS name nor an IP address\n  write the name alone, without a scheme\n" +
				"c.json:2:252: /hosts/i/hostname: \"a..b\" is neither a DNS name nor an IP address\n  write it like \"db1.example.org\" or \"192.0.2.1\"",
		},
		// A port 0 was taken for 22, and one of -1 by the schema.
		"ports, users and connections": {
			whole(`"a": {"hostname": "::1", "ssh": {"port": 65536}}, "z": {"hostname": "z", "ssh": {"port": 0}}, "b": {"hostname": "b.", "user": "-l root"}, "c": {"connection": "locl"}, "d": {"connection": "local", "hostname": "d"}`, ""),
			"c.json:2:42: /hosts/a/ssh/port: 65536 is not a port: want 1 to 65535\n" +
				"c.json:2:90: /hosts/z/ssh/port: 0 is not a port: want 1 to 65535\n" +
				"c.json:2:127: /hosts/b/user: this is not a login name\n  write the name alone, as \"root\"; a password goes into \"password\": {\"$secret\": {\"env\": \"HOSTKIT_SSH_PASSWORD\"}}\n" +
				"c.json:2:159: /hosts/c/connection: \"locl\" is not a known connection: want one of ssh, local\n  did you mean \"local\"\n" +
				"c.json:2:197: /hosts/d/hostname: a local connection does not use it\n  drop it, or the \"connection\": \"local\"",
		},
		"names": {
			whole(`"": {"hostname": "a"}, "-x": {"hostname": "a"}, "m*": {"hostname": "a"}`, `"a/b": {}`),
			"c.json:2:1: /hosts/: the name of a host is empty\n" +
				"c.json:2:24: /hosts/-x: \"-x\" is not the name of a host\n  it is made of letters, digits, \"_\", \".\" and \"-\", and does not begin with \".\" or \"-\"\n" +
				"c.json:2:49: /hosts/m*: \"m*\" is not the name of a host\n  it is made of letters, digits, \"_\", \".\" and \"-\", and does not begin with \".\" or \"-\"\n" +
				"c.json:4:1: /services/a~1b: \"a/b\" is not the name of a service\n  it is made of letters, digits, \"_\", \".\" and \"-\", and does not begin with \".\" or \"-\"",
		},
		"patterns of hosts": {
			whole(`"web-1": {"hostname": "a"}`, `"s": {"hosts": ["web-*", "wed-1", "a[", 7]}`),
			"c.json:4:26: /services/s/hosts/1: no host matches \"wed-1\"\n  did you mean \"web-1\"\n" +
				"c.json:4:35: /services/s/hosts/2: \"a[\" is not a pattern of host names\n  it takes *, ? and [a-z], as in \"web-*\"\n" +
				"c.json:4:41: /services/s/hosts/3: wants a string, has a number\n  write \"7\", in quotes",
		},
		"references": {
			whole(hostA+`, "b": {"hostname": "b"}, "c": {"hostname": "c"}`,
				`"s": {"notes": {"n": {"text": "x", "depends_on": ["note:n", "word:mots", "word:onlyb", "x", "word:motz"]}}},
"t": {"hosts": ["b"], "words": ["onlyb", "motd"]}`),
			"c.json:4:51: /services/s/notes/n/depends_on/0: it depends on itself\n" +
				"c.json:4:61: /services/s/notes/n/depends_on/1: word:mots is not declared on host a and 2 others\n  did you mean \"word:motd\"\n" +
				"c.json:4:74: /services/s/notes/n/depends_on/2: word:onlyb is not declared on hosts a and c\n  service \"t\", which declares it, is for other hosts\n" +
				"c.json:4:88: /services/s/notes/n/depends_on/3: \"x\" is not an address like \"file:/etc/motd\"\n" +
				"c.json:4:93: /services/s/notes/n/depends_on/4: word:motz is not declared on host a and 2 others\n  did you mean \"word:motd\"",
		},
		"a reference to what is misspelt is not missed too": {
			whole(hostA, `"s": {"words": ["two words"], "notes": {"n": {"text": "x", "depends_on": ["word:two"]}}}`),
			"c.json:4:17: /services/s/words/0: a word has no space\n  write two",
		},
		"the same resource twice on one host": {
			whole(hostA+`, "b": {"hostname": "b"}`, `"s": {"words": ["x"]},`+"\n"+`"r": {"hosts": ["a"], "words": [{"name": "x"}]}`),
			"c.json:5:33: /services/r/words/0: word:x is declared twice on host a, first at c.json:4:17 /services/s/words/0\n  keep one of the two, or let each of the services name other hosts: \"hosts\": [\"web*\"]",
		},
		// A cycle, and two things in one place, were told by hk-plan alone, when
		// every host had been logged in to.
		"what can't be put in order": {
			whole(hostA+`, "b": {"hostname": "b"}`,
				`"s": {"notes": {"i": {"text": "x", "depends_on": ["note:j"]}, "j": {"text": "x", "depends_on": ["note:i"]}}},
"t": {"hosts": ["b"], "words": ["X", "x", {"name": "under-g", "state": "absent"}], "notes": {"g": {"text": "x"}, "no name": {"text": "x"}}}`),
			"c.json:4:22: /services/s/notes/i: on hosts a and b, a cycle of dependencies: note:i -> (declared) note:j -> (declared) note:i; note:j is declared at c.json:4:68 /services/s/notes/j\n  drop one of its depends_on\n" +
				"c.json:5:38: /services/t/words/1: on host b, word:X and word:x are both word:x; word:X is declared at c.json:5:33 /services/t/words/0\n  keep one of the two\n" +
				"c.json:5:99: /services/t/notes/g: on host b, note:g needs word:under-g (its word), which the config wants absent; word:under-g is declared at c.json:5:43 /services/t/words/2\n" +
				"c.json:5:125: /services/t/notes/no name: a name has no space",
		},
		"not a config": {
			`{"schema": "hostkit.plan/v1", "hosts": 7}`,
			"c.json:1:12: /schema: hk-eval does not read \"hostkit.plan/v1\"\n  it reads hostkit.config/v1; this is a plan: hk-show FILE shows it, hk-apply --confirm < FILE > report.json makes it so",
		},
		"another version": {
			`{"schema": "hostkit.config/v2"}`,
			"c.json:1:12: /schema: hk-eval does not read \"hostkit.config/v2\"\n  it reads hostkit.config/v1",
		},
		"a list": {`[]`, "c.json:1:1: a config is an object, this is an array\n  write it like {\"schema\": \"hostkit.config/v1\", \"project\": \"prod\", \"hosts\": {\"web1\": {\"hostname\": \"192.0.2.1\"}}, …}"},
		"next to nothing": {
			`{}`,
			"c.json:1:1: the config has no schema\n  a config says \"schema\": \"hostkit.config/v1\"\n" +
				"c.json:1:1: the config has no project\n  give it a name: \"project\": \"prod\"\nc.json:1:1: the config has no hosts\n  name one: \"hosts\": {\"web1\": {\"hostname\": \"192.0.2.1\"}}",
		},
		"the first members under other names": {
			`{"shema": "hostkit.config/v1", "projct": "p", "host": {}}`,
			"c.json:1:2: /shema: unknown member\n  did you mean \"schema\"\n" +
				"c.json:1:32: /projct: unknown member\n  did you mean \"project\"\n" +
				"c.json:1:47: /host: unknown member\n  did you mean \"hosts\"",
		},
		"unknown at the top": {
			`{"schema": "hostkit.config/v1", "project": 7, "host": {}, "hosts": []}`,
			"c.json:1:44: /project: wants a string, has a number\n  write \"7\", in quotes\nc.json:1:47: /host: unknown member\n  did you mean \"hosts\"\n" +
				"c.json:1:68: /hosts: wants an object, has an array\n  write it like {\"web1\": {\"hostname\": \"192.0.2.1\"}}",
		},
	} {
		t.Run(name, func(t *testing.T) {
			folder(t, map[string]string{"c.json": c.config})
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

func TestSeveralFilesAreOneConfig(t *testing.T) {
	head := `{"schema": "hostkit.config/v1", `
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"united": {
			map[string]string{"1.json": head + `"project": "p", "hosts": {` + hostA + `}}`, "2.json": head + `"services": {"s": {"hosts": ["a"]}}}`},
			"",
		},
		"a host and a service twice": {
			map[string]string{
				"1.json": head + `"project": "p", "hosts": {` + hostA + `}, "services": {"s": {}}}`,
				"2.json": head + `"project": "p", "hosts": {` + hostA + `}, "services": {"s": {}}}`,
			},
			"2.json:1:59: /hosts/a: host \"a\" is given twice, first at 1.json:1:64 /hosts/a\n  keep one of the two, or give it another name\n" +
				"2.json:1:109: /services/s: service \"s\" is given twice, first at 1.json:1:114 /services/s\n  keep one of the two, or give it another name",
		},
		"two projects": {
			map[string]string{"1.json": head + `"project": "p", "hosts": {` + hostA + `}}`, "2.json": head + `"project": "q"}`},
			"2.json:1:44: /project: the project is \"q\" here and \"p\" at 1.json:1:44 /project\n  the files of one config have one project",
		},
		"what stands in a broken file is not missed": {
			map[string]string{
				"1.json": `{`,
				"2.json": head + `"services": {"s": {"hosts": ["a"], "words": [{"name": "w", "depends_on": ["word:x"]}], "wrds": []}}}`,
			},
			"1.json:1:2: the document ends in the middle of an object; was the file cut?\n  the \"{\" of line 1, column 1 is open: close it with \"}\"\n" +
				"2.json:1:120: /services/s/wrds: unknown member\n  did you mean \"words\"",
		},
		"nor in one that can't be read": {
			map[string]string{"1.json/": "", "2.json": head + `"usr": 1}`},
			"1.json: is a directory\n  give the file of a config\n2.json:1:33: /usr: unknown member\n  known here: $schema, schema, project, hosts, services",
		},
	} {
		t.Run(name, func(t *testing.T) {
			folder(t, c.files)
			_, err := load(t.Context(), "1.json", "2.json")
			if diff := cmp.Diff(c.want, said(err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOnlyAHundredProblemsAreShown(t *testing.T) {
	var hosts []string
	for i := range 3000 {
		hosts = append(hosts, fmt.Sprintf(`"h%d": {"usr": 1}`, i))
	}
	folder(t, map[string]string{"c.json": whole(strings.Join(hosts, ",\n"), "")})
	_, err := load(t.Context(), "c.json")
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != 101 || lines[100] != "c.json: more than 100 problems, the others are not shown" {
		t.Errorf("%d lines, the last is %q", len(lines), lines[len(lines)-1])
	}
}

func TestEmptyStdin(t *testing.T) {
	_, err := load(t.Context(), "-")
	if got := said(err); !strings.HasPrefix(got, "no document on stdin: did the command before this one fail?\n  hk-eval config.json reads a file; ") {
		t.Error(got)
	}
}
