package manager

import (
	"path"
	"regexp"
	"strings"
)

// CanHold is true: the plugin versionlock keeps a package at the version that it
// has. On a host without the plugin a hold is refused when it is previewed.
func (Dnf) CanHold() bool { return true }

// ReleaseCommand is dnf versionlock delete.
func (Dnf) ReleaseCommand(held ...string) string {
	return "dnf versionlock delete " + strings.Join(held, " ")
}

// dnfLocked prints the plugin's list, where the plugin is enabled.
const dnfLocked = `
printf '%%locked\n'
enabled= list=
[ ! -r /etc/dnf/plugins/versionlock.conf ] || while IFS='= ' read -r key value; do
	case $key in
	enabled) enabled=$value ;;
	locklist) list=$value ;;
	esac
done </etc/dnf/plugins/versionlock.conf
case $enabled in
1 | [Tt]rue | [Yy]es) [ ! -r "$list" ] || cat "$list" ;;
esac
`

// dnfLockForm is an entry as the plugin writes it: name-epoch:version-release.arch.
var dnfLockForm = regexp.MustCompile(`^(.+)-[0-9]+:[^-]+(?:-[^-]+)?$`)

// readDnfLocks marks the installed packages that an entry of the plugin's list
// names. Entries behind "!" exclude a version and hold nothing.
func readDnfLocks(list string, found *Inventory) {
	found.Held = map[string]bool{}
	for line := range strings.Lines(list) {
		pattern := strings.TrimSpace(line)
		if pattern == "" || pattern[0] == '#' || pattern[0] == '!' {
			continue
		}
		if parts := dnfLockForm.FindStringSubmatch(pattern); parts != nil {
			pattern = parts[1]
		}
		for _, names := range []map[string]string{found.Versions, found.Broken} {
			for name := range names {
				if held, err := path.Match(pattern, name); err == nil && held {
					found.Held[name] = true
				}
			}
		}
	}
}

// dnfHold is the part of dnfProgram that holds and releases. The list is written
// once, when all else is done: a package is never without its hold in between,
// and keeps the old one when the transaction fails.
const dnfHold = `
import fnmatch


def names_of(pattern):
    forms = [hawkey.FORM_NEVRA, hawkey.FORM_NEVR, hawkey.FORM_NEV, hawkey.FORM_NA, hawkey.FORM_NAME]
    return [n.name for n in dnf.subject.Subject(pattern).get_nevra_possibilities(forms=forms)]


def lets_go(pattern, release):
    if pattern.startswith("!"):
        return False
    names = names_of(pattern)
    for name in release:
        if name in names:
            return True
        if any(fnmatch.fnmatchcase(name, n) for n in names):
            raise Refused("held_by_pattern", name=name, message=pattern)
    return False


def relock(base):
    hold, release = marked()
    if not hold and not release:
        return
    path = locks().locklist_fn
    lines = []
    with contextlib.suppress(FileNotFoundError), open(path) as f:
        for line in f.read().splitlines():
            entry = line.strip()
            if not entry or entry.startswith("#") or not lets_go(entry, release):
                lines.append(line)
            elif lines and lines[-1].startswith("# Added lock on "):
                lines.pop()
    for name in hold:
        for p in dnf.sack.rpmdb_sack(base).query().installed().filter(name=name):
            lines += ["# Added lock on " + time.ctime(), "%s-%s:%s-%s.*" % (p.name, p.epoch, p.version, p.release)]
    descriptor, fresh = tempfile.mkstemp(dir=os.path.dirname(path), suffix=".tmp")
    with os.fdopen(descriptor, "w") as f:
        f.write("".join(line + "\n" for line in lines))
        f.flush()
        os.fchmod(descriptor, 0o644)
        os.fsync(descriptor)
    os.rename(fresh, path)

`
