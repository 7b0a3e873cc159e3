package shell

import (
	"fmt"
	"strings"
)

// tool is one command, or one option of a command, that scripts use.
type tool struct {
	// name is the command, or command and option as toolsText checks them.
	name string
	// pkg is the package that has it on the usual distributions; on Alpine it
	// is busybox for all of them.
	pkg string
	// needed says that no session can work without it. Of the others, those
	// who use them ask Tools.Need first.
	needed bool
}

// toolList is all that scripts may call besides the shell's own builtins and
// the package managers, which package manager looks for itself.
var toolList = []tool{
	{"cat", "coreutils", true},
	{"chmod", "coreutils", true},
	{"chown", "coreutils", true},
	{"cp", "coreutils", true},
	{"cut", "coreutils", true},
	{"dd", "coreutils", true},
	{"head", "coreutils", true},
	{"id", "coreutils", true},
	{"ln", "coreutils", true},
	{"mkdir", "coreutils", true},
	{"mv", "coreutils", true},
	{"mv -T", "coreutils", true},
	{"readlink", "coreutils", true},
	{"readlink -f", "coreutils", true},
	{"rm", "coreutils", true},
	{"rmdir", "coreutils", true},
	{"sha256sum", "coreutils", true},
	{"sort", "coreutils", true},
	{"stat", "coreutils", true},
	{"stat -c", "coreutils", true},
	{"sync", "coreutils", true},
	{"tr", "coreutils", true},
	{"uname", "coreutils", true},
	{"wc", "coreutils", true},
	{"xargs", "findutils", true},

	{"awk", "gawk or mawk", false},
	{"chattr", "e2fsprogs", false},
	{"chcon", "coreutils", false},
	{"chgrp", "coreutils", false},
	{"date", "coreutils", false},
	{"df", "coreutils", false},
	{"env", "coreutils", false},
	{"find", "findutils", false},
	{"getent", "libc-bin or glibc-common", false},
	{"getfacl", "acl", false},
	{"getfattr", "attr", false},
	{"grep", "grep", false},
	{"ln -T", "coreutils", false},
	{"ls", "coreutils", false},
	{"lsattr", "e2fsprogs", false},
	{"mktemp", "coreutils", false},
	{"mountpoint", "util-linux", false},
	{"openssl", "openssl", false},
	{"ps", "procps", false},
	{"rc-service", "openrc", false},
	{"sed", "sed", false},
	{"service", "init-system-helpers or initscripts", false},
	{"setsid", "util-linux", false},
	{"sleep", "coreutils", false},
	{"ss", "iproute2", false},
	{"sshd", "openssh-server", false},
	{"systemctl", "systemd", false},
	{"systemd-run", "systemd", false},
	{"tail", "coreutils", false},
	{"tar", "tar", false},
	{"timeout", "coreutils", false},
	{"touch", "coreutils", false},
	{"visudo", "sudo", false},
	{"wget", "wget", false},
	{"xargs -0", "findutils", false},
}

// exactDD is what the receiver itself can't do without.
const exactDD = "dd iflag=count_bytes,fullblock"

// packageOf returns the package that has the tool, or "".
func packageOf(name string) string {
	for _, t := range toolList {
		if t.name == name || name == exactDD && t.name == "dd" {
			return t.pkg
		}
	}
	return ""
}

// toolsText prints a line `tool NAME PATH` for each argument that is found, a
// line `option COMMAND OPTION` for each option that works, and who made stat.
//
// The folders are walked by hand, since $(command -v …) costs a process each; it
// is asked only about what has no file: BusyBox may run an applet without one.
// GNU's commands come as a set, all of whose releases since 2005 have these
// options: one process there in place of six, which took 5 ms of a login's 90.
// What can't be tried without writing is looked up in the help text.
const toolsText = `
have=' '
for name; do
	found=
	IFS=:
	for folder in $PATH; do
		if [ -f "$folder/$name" ] && [ -x "$folder/$name" ]; then
			found=$folder/$name
			break
		fi
	done
	unset IFS
	[ -n "$found" ] || found=$(command -v "$name") || continue
	have="$have$name "
	printf 'tool %s %s\n' "$name" "$found"
done
case $(stat --version 2>&1) in
*'GNU coreutils'*)
	for name in 'stat -c' 'readlink -f' 'mv -T' 'ln -T' 'xargs -0'; do
		case $have in *" ${name% *} "*) printf 'option %s\n' "$name" ;; esac
	done
	echo 'flavour gnu'
	exit 0
	;;
*BusyBox*) echo 'flavour busybox' ;;
*uutils*) echo 'flavour uutils' ;;
*) echo 'flavour other' ;;
esac
[ "$(stat -c %F / 2>/dev/null)" != directory ] || echo 'option stat -c'
[ "$(readlink -f / 2>/dev/null)" != / ] || echo 'option readlink -f'
case $(mv --help 2>&1) in *-T*) echo 'option mv -T' ;; esac
case $(ln --help 2>&1) in *-T*) echo 'option ln -T' ;; esac
case $(xargs --help 2>&1) in *-0*) echo 'option xargs -0' ;; esac
`

// Tools is what ToolsProbe found on a host.
type Tools struct {
	// Paths gives the absolute path of each command that is there, under the
	// fixed Path. A BusyBox applet without a file has its own name.
	Paths map[string]string
	// Flavour says who made the basic commands: gnu, busybox, uutils or other.
	Flavour string
	// options holds the options that work, "mv -T".
	options map[string]bool
}

// ToolsProbe returns the step that looks for every tool; the first of a
// session. It changes nothing on the host. ParseTools reads its result.
func ToolsProbe() Step {
	var names []string
	for _, t := range toolList {
		if !strings.Contains(t.name, " ") {
			names = append(names, t.name)
		}
	}
	return Step{Name: "look for the tools", Script: New(toolsText, names...)}
}

// ParseTools reads the result of ToolsProbe. The error is a *MissingToolsError
// when the host lacks what every session needs, and a *ProtocolError when the
// result can't be one of ToolsProbe.
func ParseTools(r Result) (Tools, error) {
	tools := Tools{Paths: map[string]string{}, options: map[string]bool{}}
	if r.Status != 0 || r.Truncated {
		return tools, toolsError("exit status %d, stderr %q", r.Status, lastLine(r.Stderr))
	}
	for line := range strings.Lines(string(r.Stdout)) {
		line = strings.TrimSuffix(line, "\n")
		kind, rest, _ := strings.Cut(line, " ")
		switch name, path, ok := strings.Cut(rest, " "); {
		case kind == "tool" && ok && packageOf(name) != "" && path != "":
			tools.Paths[name] = path
		case kind == "option" && ok && packageOf(rest) != "":
			tools.options[rest] = true
		case kind == "flavour" && !ok && rest != "":
			tools.Flavour = rest
		default:
			return tools, toolsError("unexpected line %q", escape(line))
		}
	}
	if tools.Flavour == "" {
		return tools, toolsError("incomplete")
	}
	return tools, tools.Need(neededTools()...)
}

// Need returns a *MissingToolsError that names those of names, commands or
// options from the list ("xargs -0"), which the host lacks, or nil.
func (t Tools) Need(names ...string) error {
	var missing []string
	for _, name := range names {
		if t.Paths[name] == "" && !t.options[name] {
			missing = append(missing, name)
		}
	}
	if missing == nil {
		return nil
	}
	return &MissingToolsError{Tools: missing}
}

// Has says whether the host has a command or option from the list.
func (t Tools) Has(name string) bool { return t.Need(name) == nil }

func neededTools() []string {
	var names []string
	for _, t := range toolList {
		if t.needed {
			names = append(names, t.name)
		}
	}
	return names
}

func toolsError(format string, args ...any) error {
	return &ProtocolError{Reason: "tools probe: " + fmt.Sprintf(format, args...)}
}
