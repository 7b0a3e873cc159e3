package facts

import (
	"strconv"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/shell"
)

// systemdGroup asks systemctl, whose plain output is older and has changed less
// than its JSON.
type systemdGroup struct{}

// systemdScript prints nothing where systemd is not process 1 (sd_booted(3)), and
// else seven parts: the version, the default target, the state of the system, the
// status of list-unit-files and its lines, and the same of list-units. The first
// call that the manager does not answer is the last.
const systemdScript = withinText + `
if ! [ -d /run/systemd/system ] || ! command -v systemctl >/dev/null; then
	exit 0
fi
systemctl --version | head -n 1
printf '\000'
hk_within systemctl get-default
printf '\000'
hk_within systemctl is-system-running
printf '\000'
hk_status=0
hk_lines=$(hk_within systemctl list-unit-files --no-legend --no-pager --full) || hk_status=$?
printf '%s\000' "$hk_status"
printf '%s\n' "$hk_lines" | tr -s ' ' | head -n 5001
printf '\000'
if [ "$hk_status" = 0 ]; then
	hk_lines=$(hk_within systemctl list-units --all --plain --no-legend --no-pager --full \
		--type=service,socket,timer,path,target,mount,automount,swap) || hk_status=$?
fi
printf '%s\000' "$hk_status"
[ "$hk_status" != 0 ] || printf '%s\n' "$hk_lines" | tr -s ' ' | head -n 5001
`

const mostUnits = 5000

func (systemdGroup) Name() string { return "systemd" }

func (systemdGroup) Script() shell.Script { return shell.New(systemdScript) }

func (systemdGroup) Limit() int { return 2 << 20 }

func (systemdGroup) Read(r shell.Result, facts *doc.Facts) error {
	systemd, now, err := parseSystemd(r)
	if err != nil {
		return err
	}
	facts.Systemd, facts.Now.Systemd = &systemd, now
	return nil
}

func (systemdGroup) Fail(facts *doc.Facts, why doc.Gathered) {
	facts.Systemd = &doc.Systemd{Gathered: why}
}

func parseSystemd(r shell.Result) (doc.Systemd, *doc.SystemdNow, error) {
	if len(r.Stdout) == 0 {
		return doc.Systemd{State: doc.Absent}, nil, nil
	}
	parts, err := sections(r, 7)
	if err != nil {
		return doc.Systemd{}, nil, err
	}
	for _, i := range []int{3, 5} {
		if err := judge(parts[i], "systemd", r.Stderr); err != nil {
			return doc.Systemd{}, nil, err
		}
	}
	s := doc.Systemd{State: doc.Present, DefaultTarget: oneWord(parts[1]), Units: map[string]doc.Unit{}}
	s.Version, s.FullVersion = systemdVersion(string(parts[0]))
	files := listing{raw: parts[4], most: mostUnits, into: &s.Gathered}
	for line := range files.lines() {
		name, unit, ok := parseUnitFile(line)
		switch {
		case !ok:
			files.unread()
		case unit.UnitFileState != "transient":
			s.Units[name] = unit
		}
	}
	now := &doc.SystemdNow{SystemState: oneWord(parts[2]), Units: map[string]doc.UnitNow{}}
	units := listing{raw: parts[6], most: mostUnits, cut: r.Truncated, into: &s.Gathered}
	for line := range units.lines() {
		if name, unit, ok := parseUnit(line); ok {
			now.Units[name] = unit
		} else {
			units.unread()
		}
	}
	return s, now, nil
}

func oneWord(raw []byte) string {
	for word := range strings.FieldsSeq(string(raw)) {
		return text(word)
	}
	return ""
}

// systemdVersion reads "systemd 252 (252.38-1~deb12u1)"; releases before 240 have
// no parentheses.
func systemdVersion(line string) (int, string) {
	fields := strings.Fields(line)
	if len(fields) < 2 || fields[0] != "systemd" {
		return 0, ""
	}
	version, err := strconv.ParseUint(fields[1], 10, 16)
	if err != nil {
		return 0, ""
	}
	if len(fields) == 2 {
		return int(version), fields[1]
	}
	return int(version), text(strings.Trim(fields[2], "()"))
}

// parseUnitFile reads "ssh.service enabled enabled"; releases before 246 have no
// third word, and it is "-" or missing for units without a preset.
func parseUnitFile(line string) (string, doc.Unit, bool) {
	fields := strings.Fields(line)
	if len(fields) < 2 || len(fields) > 3 {
		return "", doc.Unit{}, false
	}
	name, ok := unitName(fields[0])
	unit := doc.Unit{UnitFileState: text(fields[1])}
	if len(fields) == 3 && fields[2] != "-" {
		unit.Preset = text(fields[2])
	}
	return name, unit, ok
}

// parseUnit reads "ssh.service loaded active running OpenBSD Secure Shell server".
// A unit with a job pending has its word before the description.
func parseUnit(line string) (string, doc.UnitNow, bool) {
	fields := strings.Fields(line)
	if len(fields) < 4 {
		return "", doc.UnitNow{}, false
	}
	name, ok := unitName(fields[0])
	return name, doc.UnitNow{LoadState: text(fields[1]), ActiveState: text(fields[2]), SubState: text(fields[3])}, ok
}

// unitName is a name as in systemd.unit(5): it ends with the unit's type.
func unitName(raw string) (string, bool) {
	name, ok := named(raw)
	dot := strings.LastIndexByte(name, '.')
	return name, ok && dot > 0 && dot < len(name)-1
}
