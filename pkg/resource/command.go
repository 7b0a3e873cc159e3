package resource

import (
	"fmt"
	"path"
	"strconv"
	"strings"
)

// Command is an argument list: the absolute path of a program and its arguments.
type Command []string

// programs are where distributions have what triggers run most.
var programs = map[string]string{
	"apt-get": "/usr/bin/apt-get", "bash": "/bin/bash", "docker": "/usr/bin/docker", "locale-gen": "/usr/sbin/locale-gen",
	"mount": "/bin/mount", "newaliases": "/usr/bin/newaliases", "nginx": "/usr/sbin/nginx", "service": "/usr/sbin/service",
	"sh": "/bin/sh", "sysctl": "/sbin/sysctl", "systemctl": "/usr/bin/systemctl", "systemd-sysusers": "/usr/bin/systemd-sysusers",
	"true": "/bin/true", "ufw": "/usr/sbin/ufw", "update-ca-certificates": "/usr/sbin/update-ca-certificates",
}

// Instead says what to write for a text in place of the list: a shell would have taken it
// apart, and looked for the program.
func (Command) Instead(text string) string {
	if strings.ContainsAny(text, "|&;<>$`*?()\"'\\\n") {
		return "write " + listing("/bin/sh", "-c", text)
	}
	return insteadOf(strings.Fields(text))
}

// insteadOf says what to write for a command whose program is to be looked for, or which
// has a member of its own.
func insteadOf(words []string) string {
	if len(words) == 1 {
		words = strings.Fields(words[0])
	}
	if len(words) > 1 && words[0] == "sudo" {
		words = words[1:]
	}
	if len(words) == 0 {
		return "write " + listing("/usr/bin/newaliases")
	}
	if member, unit := serviceAct(words); member != "" {
		return fmt.Sprintf("write %q: %q, in place of run", member, unit)
	}
	name, found := words[0], ""
	switch known := programs[name]; {
	case strings.HasPrefix(name, "/"):
		name = path.Clean(name)
	case known != "":
		name = known
	default:
		found = ", with the path that command -v says on the host"
		name = "/usr/bin/" + path.Base(name)
	}
	return "write " + listing(append([]string{name}, words[1:]...)...) + found
}

// serviceAct is the member of a trigger that does what the command would, and its value;
// both are empty where there is none.
func serviceAct(words []string) (member, unit string) {
	if len(words) != 3 {
		return "", ""
	}
	switch path.Base(words[0]) {
	case "systemctl", "rc-service":
		member, unit = words[1], words[2]
		if path.Base(words[0]) == "rc-service" {
			member, unit = unit, member
		}
	case "service":
		member, unit = words[2], words[1]
	}
	if member != "restart" && member != "reload" || !unitName.MatchString(unit) {
		return "", ""
	}
	return member, unit
}

// listing is a command as it is written; what is too long to be read is left out.
func listing(words ...string) string {
	const most = 100
	var b strings.Builder
	for i, word := range words {
		quoted := strconv.Quote(word)
		if i > 0 {
			b.WriteString(", ")
			if b.Len()+len(quoted) > most {
				quoted = `"…"`
			}
		}
		b.WriteString(quoted)
	}
	return "[" + b.String() + "]"
}
