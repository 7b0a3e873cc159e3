package config

import (
	"cmp"
	"strconv"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"

	"hostkit/pkg/resource"
)

// serving is a config with the one service.
func serving(text string) string { return whole(hostA, "\"s\": {\n"+text+"}") }

// What newcomers write, and what they are told of it: the problem, and the advice.
func TestAdvice(t *testing.T) {
	for _, c := range []struct{ config, problem, advice string }{
		// A reference may hold the secret that it should name, which is not repeated.
		{whole(`"a": {"ssh": {"password": {"$secret": {"env": "my geheim!"}}}}`, ""), `/env: this is not the name of a variable`, `env takes a variable's name, as "HOSTKIT_SSH_PASSWORD"`},
		{whole(`"a": {"ssh": {"password": {"$secret": {"env": "$ge heim"}}}}`, ""), `/env: this is not the name of a variable`, `leave out the $: env takes a variable's name, as "HOSTKIT_SSH_PASSWORD"`},
		{whole(`"a": {"ssh": {"password": {"$secret": {"env": "${HOSTKIT_X}"}}}}`, ""), `/env: this is not the name of a variable`, `leave out the $: "HOSTKIT_X"`},
		{whole(`"a": {"ssh": {"password": {"$secret": {"env": ["geheim"]}}}}`, ""), `/env: wants a string, has an array`, `env takes a variable's name, as "HOSTKIT_SSH_PASSWORD"`},
		{whole(`"a": {"ssh": {"password": {"$secret": {"file": 4711}}}}`, ""), `/file: wants a string, has a number`, `write "…"`},
		// A value of another kind.
		{whole(`"a": {"ssh": {"port": "2222"}}`, ""), `port: "2222" is not a port: want 1 to 65535`, `write 2222, without quotes`},
		{whole(`"a": {"ssh": {"port": 70000}}`, ""), `port: 70000 is not a port: want 1 to 65535`, ``},
		{whole(`"a": {"ssh": {"connect_timeout": 10}}`, ""), `connect_timeout: wants a string, has a number`, `write "10s"`},
		{whole(`"a": {"ssh": {"connect_timeout": "10"}}`, ""), `connect_timeout: "10" is not a time: want one like "10s", "250ms", "1m30s"`, `write "10s"`},
		{whole(`"a": {"ssh": {"retry": 3}}`, ""), `retry: wants an object, has a number`, `write {"attempts": 3}`},
		{whole(`"a": {"ssh": {"retry": {"attempts": "3"}}}`, ""), `attempts: wants a whole number, has a string`, `write 3, without quotes`},
		{whole(`"a": {"ssh": {"jump": "bastion"}}`, ""), `jump: wants an array, has a string`, `write ["bastion"]`},
		{whole(`"a": {"ssh": {"use_agent": "no"}}`, ""), `use_agent: wants true or false, has a string`, `write false, without quotes`},
		{whole(`"a": {"ssh": {"use_agent": "maybe"}}`, ""), `use_agent: wants true or false, has a string`, `write true or false, without quotes`},
		{whole(`"a": {"ssh": "~/.ssh/id"}`, ""), `ssh: wants an object, has a string`, `write an object with any of use_config, port, jump, `},
		{whole(`"a": {"sudo": "yes"}`, ""), `sudo: wants true or false or an object, has a string`, `write true, without quotes`},
		{whole(`"a": {"sudo": "postgres"}`, ""), `sudo: wants true or false or an object, has a string`, `write true or false or an object with any of user, password`},
		{whole(`"a": "192.0.2.1"`, ""), `/hosts/a: wants an object, has a string`, `write {"hostname": "192.0.2.1"}`},
		{whole(`"a": {"hostname": ["192.0.2.1"]}`, ""), `hostname: wants a string, has an array`, `write "192.0.2.1"`},
		{`{"schema": "hostkit.config/v1", "project": "p", "hosts": ["a"]}`, `/hosts: wants an object, has an array`, `write it like {"web1": {"hostname": "192.0.2.1"}}`},
		{`{"schema": "hostkit.config/v1", "project": "p", "hosts": {}}`, `/hosts: the config has no hosts`, `name one: "hosts": {"web1": {"hostname": "192.0.2.1"}}`},
		{`{"schema": "hostkit.config/v1", "project": "p", "hosts": {"a": {}}, "services": [{}]}`, `/services: wants an object, has an array`, `write it like {"base": {"directories": {"/srv/app": {"mode": "0750"}}, "files": `},
		{`{"schema": "hostkit.config/v1", "project": "p", "host": {"a": {}}, "services": {"s": {"hosts": ["a"]}}}`, `/host: unknown member`, `did you mean "hosts"`},
		{serving(`"hosts": "a"`), `/services/s/hosts: wants an array, has a string`, `write ["a"]`},
		{serving(`"packages": "jq"`), `packages: wants an array, has a string`, `write ["jq"]`},
		{serving(`"packages": "jq curl"`), `packages: wants an array, has a string`, `write ["jq", "curl"]`},
		{serving(`"packages": {"name": "jq"}`), `packages: wants an array, has an object`, `write [{"name": "jq"}]`},
		{serving(`"packages": {"jq": "latest"}`), `packages: wants an array, has an object`, `write it like ["nginx", {"name": "jq", "state": "latest"}]`},
		{serving(`"packages": [{"version": "1"}]`), `the member "name" is missing`, `give it one: "name": "…"`},
		{serving(`"packages": ["Nginx"]`), `"Nginx" is not a package name: want lower-case letters, digits, _, +, . and -`, `write "nginx"; the distribution's own name goes into as: {"name": "nginx", "as": "Nginx"}`},
		{serving(`"packages": ["nginx curl"]`), `is not a package name: want lower-case letters, digits, _, +, . and -`, `each name is an element of its own: "nginx", "curl"`},
		{serving(`"files": {"/x": {"content": "", "owner": "www-data:adm"}}`), `"www-data:adm" is not the name of a user or group`, `write "owner": "www-data", "group": "adm"`},
		{serving(`"packages": ["curl"], "triggers": {"r": {"restart": "x", "on": ["package:nginx"]}}`), `package:nginx is not declared on host a`, `only what the config declares can be named; known here: package:curl`},
		{serving(`"packages": ["curl"], "triggers": {"r": {"restart": "x", "on": ["file:/x"]}}`), `file:/x is not declared on host a`, `only what the config declares can be named; known here: package:curl`},
		{serving(`"packages": ["jq=1.6"]`), `"jq=1.6" is not a package name: want lower-case letters, digits, _, +, . and -`, `a version stands apart: {"name": "jq", "version": "1.6"}`},
		{serving(`"files": {"/x": "hello"}`), `/services/s/files/~1x: wants an object, has a string`, `write {"content": "…"}`},
		{serving(`"files": {"/x": null}`), `/services/s/files/~1x: wants an object, has null`, `leave it out, or write it like {"content": "welcome\n"}`},
		{serving(`"files": [{"path": "/x"}]`), `/services/s/files: wants an object, has an array`, `write it like {"/etc/motd": {"content": "welcome\n"}}`},
		{serving(`"files": {"/x": {"content": "", "mode": 750}}`), `mode: wants a string, has a number`, `write "0750"`},
		// YAML makes 420 of 0644; what is a mode both ways is not guessed.
		{serving(`"files": {"/x": {"content": "", "mode": 420}}`), `mode: wants a string, has a number`, `write "0644", if 420 is decimal, as yaml makes it of 0644, or "0420"`},
		{serving(`"directories": {"/x": {"mode": 493}}`), `mode: wants a string, has a number`, `write "0755", which is 493 in decimal`},
		{serving(`"directories": {"/x": {"mode": 511}}`), `mode: wants a string, has a number`, `write "0777", if 511 is decimal, as yaml makes it of 0777, or "0511"`},
		{serving(`"files": {"/x": {"content": "", "mode": 644}}`), `mode: wants a string, has a number`, `write "0644"`},
		{serving(`"files": {"/x": {"content": "", "mode": 600}}`), `mode: wants a string, has a number`, `write "0600"`},
		{serving(`"files": {"/x": {"content": "", "mode": 1777}}`), `mode: wants a string, has a number`, `write "1777"`},
		{serving(`"files": {"/x": {"content": "", "mode": "rwxr-x---"}}`), `mode: "rwxr-x---" is not a mode: want four octal digits like "0644"`, `write "0750"`},
		{serving(`"files": {"/x": {"content": "", "owner": 0}}`), `owner: wants a string, has a number`, `write "0", in quotes`},
		{serving(`"files": {"/x": {"content": "", "mode": {"$secret": {"env": "HOSTKIT_X"}}}}`), `mode: $secret is not taken here`, `only what is secret takes a reference, as "services": {"base": {"files": {"/etc/motd": {"content": …}}}}`},
		{serving(`"files": {"/x": {"content": {"$secret": "geheim"}}}`), `secret: want {"env": NAME}, {"file": PATH} or {"command": [ARGUMENT, …]}`, ``},
		{serving(`"files": {"/x": {"content": {"$secret": {"env": "HOSTKIT_X", "file": "x"}}}}`), `secret: want exactly one of env, file and command`, ``},
		{serving(`"files": {"/x": {"content": {"$base64": "??"}}}`), `content: $base64: illegal base64 data at input byte 0`, ``},
		{serving(`"files": {"/x": {"content": {"$file": "x"}}}`), `content: $file is not taken here`, `the content of a file of the config is taken with "from": "FILE", in place of content`},
		{serving(`"files": {"/x": {"content": ["a"]}}`), `content: wants text or a reference to a secret, has an array`, `write "a"`},
		{serving(`"files": {"/x": {"content": {"env": "HOSTKIT_X"}}}`), `content: wants text or a reference to a secret, has an object`, `write {"$secret": {"env": "HOSTKIT_X"}}`},
		{serving(`"files": {"/x": {"content": {"$secrt": {"env": "HOSTKIT_X"}}}}`), `content: wants text or a reference to a secret, has an object`, `write {"$secret": {"env": "HOSTKIT_X"}}`},
		{serving(`"files": {"/x": {"content": {"secret": {"file": "x"}}}}`), `content: wants text or a reference to a secret, has an object`, `write {"$secret": {"file": "x"}}`},
		{serving(`"files": {"/x": {"content": {"$secret": {"command": "pass show x"}}}}`), `command: wants an array, has a string`, `write ["…"]`},
		{serving(`"files": {"/x": {"content": {"$secret": {"file": ["x"]}}}}`), `file: wants a string, has an array`, `write "…"`},
		{serving(`"files": {"/x": {"from": {"$secret": {"file": "x"}}}}`), `from: $secret is not taken here`, `only what is secret takes a reference, as "services": {"base": {"files": {"/etc/motd": {"content": …}}}}`},
		{serving(`"files": {"/x": {"secret": {"env": "HOSTKIT_X"}}}`), `secret: unknown member`, `did you mean "content"`},
		{serving(`"directories": ["/srv"]`), `directories: wants an object, has an array`, `write it like {"/srv/app": {"mode": "0750"}}`},
		{serving(`"directories": {"/srv": "0755"}`), `wants an object, has a string`, `write {"mode": "0755"}`},
		{serving(`"symlinks": {"/srv": "/opt"}`), `wants an object, has a string`, `write {"to": "/opt"}`},
		{serving(`"mise": "2026.9.15"`), `mise: wants an object, has a string`, `write {"version": "2026.9.15"}`},
		{serving(`"mise": {"lockfile": "mise.lock"}`), `lockfile: wants an object, has a string`, `write {"from": "mise.lock"}`},
		{serving(`"mise": {"tools": ["erlang@29"]}`), `tools: wants an object, has an array`, `write it like {"erlang": "29.0.2"}`},
		{serving(`"triggers": {"r": "app"}`), `wants an object, has a string`, `write {"reload": "app", "on": ["package:nginx"]}`},
		{serving(`"triggers": {"r": {"restart": "app"}}`), `/triggers/r: the member "on" is missing`, `give it one, like "on": ["package:nginx"]`},
		{serving(`"dnf_repositories": {"x": "https://x"}`), `wants an object, has a string`, `write {"baseurl": "https://x"}`},
		{serving(`"apt_repositories": {"x": "deb https://x"}`), `wants an object, has a string`, `write it like {"uris": ["https://apt.postgresql.org/pub/repos/apt"], "suites": ["bookworm-pgdg"], …}`},
		// Nothing is called true: in quotes it would fail where it is used.
		// A command is not looked for: what is plain is written out.
		{serving(`"triggers": {"r": {"run": "systemctl restart x", "on": ["package:nginx"]}}`), `run: wants an array, has a string`, `write "restart": "x", in place of run`},
		{serving(`"triggers": {"r": {"run": ["systemctl", "reload", "x.service"], "on": ["package:nginx"]}}`), `run: "systemctl" is not the absolute path of a program`, `write "reload": "x.service", in place of run`},
		{serving(`"triggers": {"r": {"run": ["service", "x", "restart"], "on": ["package:nginx"]}}`), `is not the absolute path of a program`, `write "restart": "x", in place of run`},
		{serving(`"triggers": {"r": {"run": "systemctl daemon-reload", "on": ["package:nginx"]}}`), `run: wants an array, has a string`, `write ["/usr/bin/systemctl", "daemon-reload"]`},
		{serving(`"triggers": {"r": {"run": ["newaliases"], "on": ["package:nginx"]}}`), `run: "newaliases" is not the absolute path of a program`, `write ["/usr/bin/newaliases"]`},
		{serving(`"triggers": {"r": {"run": "postmap -v", "on": ["package:nginx"]}}`), `run: wants an array, has a string`, `write ["/usr/bin/postmap", "-v"], with the path that command -v says on the host`},
		{serving(`"triggers": {"r": {"run": "/usr/bin/a && b", "on": ["package:nginx"]}}`), `run: wants an array, has a string`, `write ["/bin/sh", "-c", "/usr/bin/a && b"]`},
		{serving(`"triggers": {"r": {"restart": true, "on": ["package:nginx"]}}`), `restart: wants a string, has true`, `write it like "nginx"`},
		{serving(`"triggers": {"r": {"reload": true, "on": ["package:nginx"]}}`), `reload: wants a string, has true`, `write it like "nginx"`},
		{serving(`"files": {"/x": {"content": "", "owner": true}}`), `owner: wants a string, has true`, `write it like "root"`},
		{whole(`"a": {"ssh": {"identity_file": true}}`, ""), `identity_file: wants a string, has true`, `write it like "~/.ssh/id_ed25519"`},
		{whole(`"a": {"ssh": {"known_hosts": false}}`, ""), `known_hosts: wants a string, has false`, `write it like "~/.ssh/known_hosts"`},
		{whole(`"a": {"user": false}`, ""), `user: wants a string, has false`, `write it like "root"`},
		// A name that means nothing where it stands.
		{whole(`"a": {"hostnme": "a"}`, ""), `unknown member`, `did you mean "hostname"`},
		{whole(`"a": {"address": "a"}`, ""), `unknown member`, `did you mean "hostname"`},
		{whole(`"a": {"ip": "a"}`, ""), `unknown member`, `did you mean "hostname"`},
		{whole(`"a": {"ssh_port": 22}`, ""), `unknown member`, `it stands in "ssh": {"port": …}`},
		{whole(`"a": {"become": true}`, ""), `unknown member`, `did you mean "sudo"`},
		{whole(`"a": {"packages": []}`, ""), `unknown member`, `known here: connection, hostname, user, sudo, doas, ssh; "packages" stands in "services": {"base": {"packages": …}}`},
		{whole(`"a": {"name": "a"}`, ""), `unknown member`, `known here: connection, hostname, user, sudo, doas, ssh`},
		{serving(`"folders": {}`), `unknown member`, `did you mean "directories"`},
		{serving(`"dirs": {}`), `unknown member`, `did you mean "directories"`},
		{serving(`"links": {}`), `unknown member`, `did you mean "symlinks"`},
		{serving(`"authorized_keys": []`), `unknown member`, `a file, in which all of them stand, yours too: "files": {"/home/app/.ssh/authorized_keys": {"content": "ssh-ed25519 …\n", "mode": "0600"}}`},
		{serving(`"timezone": "UTC"`), `unknown member`, `a link, "symlinks": {"/etc/localtime": {"to": "/usr/share/zoneinfo/`},
		{serving(`"hostname": "x"`), `unknown member`, `a file, "files": {"/etc/hostname": {"content": "NAME\n"}}`},
		{serving(`"commands": []`), `unknown member`, `a command is run by a trigger, when something has changed: "triggers": {"NAME": {"run": ["/usr/bin/…"], "on": ["file:/etc/…"]}}`},
		{serving(`"run": ["x"]`), `unknown member`, `a command is run by a trigger`},
		{serving(`"pakages": []`), `unknown member`, `did you mean "packages"`},
		{serving(`"tools": {}`), `unknown member`, `it stands in "mise": {"tools": …}`},
		{serving(`"depends_on": []`), `unknown member`, `triggers; "depends_on" stands further in, as "directories": {"/srv/app": {"depends_on": …}}`},
		{serving(`"state": "present"`), `unknown member`, `triggers; "state" stands further in, as "directories": {"/srv/app": {"state": …}}`},
		{serving(`"restart": "nginx"`), `unknown member`, `triggers; "restart" stands further in, as "triggers": {"reload-nginx": {"restart": …}}`},
		{serving(`"enabled": "true"`), `unknown member`, `known here: hosts, directories, files, symlinks, mise, packages, apt_repositories, dnf_repositories, triggers`},
		{serving(`"triggers": {"r": {"restart": "x", "on": ["/etc/x"]}}`), `on/0: "/etc/x" is not an address like "file:/etc/motd"`, `write "file:/etc/x"`},
		// What other programs have and this one has not.
		{serving(`"users": {}`), `unknown member`, `there is no kind for accounts: a file in /etc/sysusers.d and a trigger`},
		{serving(`"timers": {}`), `unknown member`, `there is no kind for timers`},
		{serving(`"mounts": {}`), `unknown member`, `mounts are not managed`},
		{serving(`"cron": {}`), `unknown member`, `write a file in /etc/cron.d with files`},
		{serving(`"sysctl": {}`), `unknown member`, `write a file in /etc/sysctl.d with files, and let a trigger run`},
		{serving(`"when": true`), `unknown member`, `write it in Jsonnet`},
		{serving(`"triggers": {"r": {"start": "x", "on": ["package:nginx"]}}`), `unknown member`, `restart starts nothing that is stopped`},
		{serving(`"files": {"/x": {"content": "", "template": "x"}}`), `unknown member`, `nothing is filled in on the host: write the config in Jsonnet`},
		{serving(`"directories": {"/x": {"recursive": true}}`), `unknown member`, `nothing is copied into it`},
		{serving(`"files": {"/x": {"content": {"$file": "x"}}}`), `$file is not taken here`, `is taken with "from": "FILE"`},
		{serving(`"files": {"/x": {"contnet": ""}}`), `unknown member`, `did you mean "content"`},
		{serving(`"files": {"/x": {"content": "", "onwer": "root"}}`), `unknown member`, `did you mean "owner"`},
		{serving(`"files": {"/x": {"src": "x"}}`), `unknown member`, `did you mean "from"`},
		{serving(`"files": {"/x": {"content": "", "dest": "x"}}`), `unknown member`, `known here: state, depends_on, owner, group, content, from, mode, sensitive`},
		{serving(`"files": {"/x": {"content": "", "dependencies": []}}`), `unknown member`, `did you mean "depends_on"`},
		{serving(`"symlinks": {"/x": {"target": "/y"}}`), `unknown member`, `did you mean "to"`},
	} {
		o := Options{Kinds: resource.Kinds, Stdin: strings.NewReader(c.config)}
		_, err := Load(t.Context(), []string{"-"}, o)
		problems, ok := err.(Problems)
		if !ok || len(problems) != 1 {
			t.Errorf("%s: %v, want one problem", c.config, err)
			continue
		}
		if p := problems[0]; !strings.HasSuffix(p.Error(), c.problem) || !strings.Contains(p.Advice, c.advice) || (c.advice == "") != (p.Advice == "") || p.Line == 0 {
			t.Errorf("%s: %s\n  %s\nwant %s\n  %s", c.config, p, p.Advice, c.problem, c.advice)
		}
	}
}

// The examples that messages show are a config without a problem, but for the files
// that they name.
func TestExamplesAreAConfig(t *testing.T) {
	text := string(exampleConfig(resource.Kinds))
	_, err := Load(t.Context(), []string{"-"}, Options{Kinds: resource.Kinds, Stdin: strings.NewReader(text)})
	problems, _ := err.(Problems)
	for _, p := range problems {
		if !strings.HasSuffix(p.Message, "no such file or directory") {
			t.Error(p)
		}
	}
	for _, kind := range resource.Kinds {
		if section := kind.Section(); (section.Member == "") != (section.Example == "") {
			t.Errorf("%s: member %q, example %q", kind.Name(), section.Member, section.Example)
		}
	}
}

// Whatever stands at a place of a config, what is said of it has a line, and advice
// that is one.
func TestAnyValueAnywhere(t *testing.T) {
	text := string(exampleConfig(resource.Kinds))
	var places []string
	var walk func(value gjson.Result, path string)
	walk = func(value gjson.Result, path string) {
		if !value.IsObject() && !value.IsArray() {
			return
		}
		i := 0
		value.ForEach(func(key, below gjson.Result) bool {
			at := strings.TrimPrefix(path+"."+cmp.Or(gjson.Escape(key.Str), strconv.Itoa(i)), ".")
			places = append(places, at)
			walk(below, at)
			i++
			return true
		})
	}
	walk(gjson.Parse(text), "")
	if len(places) < 40 {
		t.Fatal(places)
	}
	for _, at := range places {
		for _, value := range []string{`null`, `-1.5`, `"a b"`, `[[]]`, `{"x": 1}`} {
			config, err := sjson.SetRaw(text, at, value)
			if err != nil {
				t.Fatal(err)
			}
			_, err = Load(t.Context(), []string{"-"}, Options{Kinds: resource.Kinds, Stdin: strings.NewReader(config)})
			problems, _ := err.(Problems)
			if err != nil && len(problems) == 0 {
				t.Error(err)
			}
			for _, p := range problems {
				if p.Line == 0 || strings.Contains(p.Advice, "\n") {
					t.Errorf("%s at %s: %s\n  %s", value, at, p, p.Advice)
				}
			}
		}
	}
}
