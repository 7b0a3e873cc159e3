package resource

import (
	"path"
	"regexp"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/shell"
)

// vetScript makes a change of what a service reads, and has the service's own tool
// read all of it as it then stands. What the tool refuses is put back before anything
// else is done. Its arguments are the tool and the path; the change is hk_inner.
//
// What it keeps lies beside the path under a name with a dot in front, which neither
// an Include of sshd nor sudo's includedir takes.
const vetScript = `tool=$1 path=$2
program=$(command -v "$tool") || {
	(eval "$hk_inner") && echo "not validated: the host has no $tool" >&2
	exit
}

# judge sets said to why the tool refuses what is there.
judge() {
	case $tool in
	sshd) said=$("$program" -t 2>&1) && return ;;
	visudo) said=$("$program" -c 2>&1) && return ;;
	esac
	case $said in
	# It comes with the service, which does not run now.
	'Missing privilege separation directory'*) return 0 ;;
	esac
	said=$(printf '%s\n' "$said" | grep -v ': parsed OK$' | tr -s '\n' ' ')
	return 1
}

back() {
	case $was in
	absent) if [ -d "$path" ] && [ ! -h "$path" ]; then rmdir -- "$path"; else rm -f -- "$path"; fi ;;
	folder) [ -d "$path" ] || mkdir -m 0700 -- "$path" && chown -- "${dress% *}" "$path" && chmod -- "00${dress#* }" "$path" ;;
	node) hk_over "$aside" "$path" ;;
	esac
	was=
}

was=absent
read -r aside </proc/sys/kernel/random/uuid
aside=${path%/*}/.hostkit.$aside
if [ -d "$path" ] && [ ! -h "$path" ]; then
	dress=$(stat -c '%u:%g %a' -- "$path") || exit
	was=folder
elif [ -e "$path" ] || [ -h "$path" ]; then
	cp -a -- "$path" "$aside" || exit
	was=node
fi
trap '[ -z "$was" ] || back 2>/dev/null' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 141' PIPE
trap 'exit 143' TERM

(eval "$hk_inner") || exit
if judge; then
	was=
	rm -f -- "$aside"
	exit 0
fi
new=$said
back || {
	printf '%s: %s refuses it, and it could not be put back: %s\n' "$path" "$tool" "$new" >&2
	exit 76
}
judge || new="$new (it refuses what was there before, too)"
printf '%s: %s refuses it, and what was there is put back: %s\n' "$path" "$tool" "${new% }" >&2
exit 76`

// vetContent has a tool read content before it is written anywhere, alone and as far
// as that can be told; it changes nothing. Its arguments are the tool, the path and
// the content.
const vetContent = `tool=$1 path=$2
program=$(command -v "$tool") || exit 0
case $tool in
visudo)
	said=$(printf %s "$3" | "$program" -cf - 2>&1) && exit 0
	;;
sshd)
	said=$(printf %s "$3" | "$program" -t -f /dev/stdin 2>&1) && exit 0
	# Any other complaint is about the host.
	case $said in
	*/dev/stdin*) ;;
	*) exit 0 ;;
	esac
	;;
esac
printf '%s\n' "$said" | tr -s '\n' ' '
exit 76`

// vets says which tool reads what is at a path, or in it. The other files of these
// services are read by nothing that could tell a mistake before somebody is shut out.
var vets = []struct {
	tool string
	in   []string
	// not is what lies there and is another program's.
	not []string
}{
	{"sshd", []string{"/etc/ssh"}, []string{"/etc/ssh/ssh_config", "/etc/ssh/ssh_config.d", "/etc/ssh/ssh_known_hosts"}},
	{"visudo", []string{"/etc/sudoers", "/etc/sudoers.d"}, nil},
}

// vetOf names the tool for a path; empty where none is.
func vetOf(p string) string {
	for _, v := range vets {
		if belowAny(p, v.in) && !belowAny(p, v.not) {
			return v.tool
		}
	}
	return ""
}

func belowAny(p string, folders []string) bool {
	for _, folder := range folders {
		if below(p, folder) {
			return true
		}
	}
	return false
}

// place is where the path really is.
func (c pathChange) place() string { return path.Join(c.folder(), path.Base(c.path)) }

// vetted is the step with the judgement of the tool that the path is for.
func (c pathChange) vetted(w Work) Work {
	tool := vetOf(c.place())
	if tool == "" {
		return w
	}
	w.Script = shell.New(vetScript, tool, c.place()).Around(w.Script)
	read := w.Read
	w.Read = func(r shell.Result) (Outcome, error) {
		outcome, err := read(r)
		const unvetted = "not validated: "
		if _, why, found := strings.Cut(string(r.Stderr), unvetted); found && err == nil {
			outcome.Remarks = map[doc.Address]string{c.address: unvetted + strings.TrimSpace(why)}
		}
		if err != nil && c.secret() != nil {
			return c.unshown(outcome, err, tool)
		}
		return outcome, err
	}
	return w
}

// unshown leaves out of a refusal what the tool says: it repeats words of the file,
// which is a secret. Where it stops reading is told.
func (c pathChange) unshown(outcome Outcome, err error, tool string) (Outcome, error) {
	outcome.Output = new(string)
	ours, said, found := strings.Cut(err.Error(), " put back: ")
	if !found {
		return outcome, err
	}
	message := ours + " put back; what " + tool + " says of it is not shown, since the file holds a secret"
	if at := regexp.MustCompile(regexp.QuoteMeta(c.place()) + `(?::| |line)+([0-9]+)`).FindStringSubmatch(said); at != nil {
		message += ": it is about line " + at[1]
	}
	return outcome, &Refusal{Code: "invalid_content", Message: message, Hint: "mend the secret, then run hk-facts and hk-plan again"}
}

// Preview has sshd or visudo read what is to be written for them.
func (files) Preview(cs []doc.Change, _ Site) ([]Check, error) {
	var checks []Check
	for _, change := range cs {
		c, err := readPlace(change)
		if err != nil {
			return nil, err
		}
		tool := vetOf(c.place())
		if tool != "" {
			c, err = readChange(change)
		}
		if err != nil {
			return nil, err
		}
		switch {
		case tool == "" || c.after.State != doc.Present || c.after.Content == nil || c.after.Content.File != nil,
			c.after.secret() != nil, c.before.sameContent(c.after), strings.Contains(string(c.after.Content.Bytes), "\x00"),
			tool == "sshd" && !belowAny(c.place(), []string{"/etc/ssh/sshd_config", "/etc/ssh/sshd_config.d"}):
			continue
		}
		checks = append(checks, Check{
			Name:   "have " + tool + " read " + c.path,
			Script: shell.New(vetContent, tool, c.place(), string(c.after.Content.Bytes)),
			Read: func(r shell.Result) error {
				if r.Status != 76 {
					return nil
				}
				return &Refusal{
					Code:    "invalid_content",
					Message: string(c.address) + ": " + tool + " refuses its content: " + strings.ToValidUTF8(strings.TrimSpace(string(r.Stdout)), "\uFFFD"),
					Hint:    "mend the content in the config, then run hk-plan again",
				}
			},
		})
	}
	return checks, nil
}
