package facts

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/manager"
	"hostkit/pkg/resource"
	"hostkit/pkg/shell"
)

// Basics is what every host is asked, by hk-facts and by hk-apply.
type Basics struct {
	// MachineID is empty where the host has none.
	MachineID      doc.Digest
	Arch           string
	OS             doc.OS
	PackageManager string
	UptimeSeconds  int64
}

func (b Basics) identity(key *doc.HostKey) doc.Identity {
	return doc.Identity{HostKey: key, MachineID: b.MachineID, Arch: b.Arch}
}

// Target is the host as a plan names it.
func (b Basics) Target(key *doc.HostKey) doc.Target {
	return doc.Target{
		Identity:       b.identity(key),
		OS:             doc.TargetOS{ID: b.OS.ID, VersionID: b.OS.VersionID},
		PackageManager: b.PackageManager,
	}
}

// basicsScript prints five parts with a NUL byte between them: os-release,
// uname, machine-id, uptime, and which of the programs "$@" are there.
// os-release(5) names both places.
const basicsScript = `cat /etc/os-release 2>/dev/null || cat /usr/lib/os-release 2>/dev/null
printf '\000'
uname -m -r
printf '\000'
if read -r id </etc/machine-id; then printf '%s' "$id"; fi 2>/dev/null
printf '\000'
if read -r up rest </proc/uptime; then printf '%s' "$up"; fi 2>/dev/null
printf '\000'
for program do
	if command -v "$program" >/dev/null; then printf '%s\n' "$program"; fi
done
`

// BasicProbes are the first probes of every session: the tools that the others
// need, and the basics, which are stored in b.
func BasicProbes(b *Basics) []resource.Probe {
	programs := make([]string, 0, len(manager.All))
	for _, m := range manager.All {
		programs = append(programs, m.Program())
	}
	tools := shell.ToolsProbe()
	return []resource.Probe{
		{
			Name: tools.Name, Script: tools.Script, Limit: tools.Limit,
			Read: func(r shell.Result, _ *doc.Facts) error { _, err := shell.ParseTools(r); return err },
		},
		{
			Name: "read the host's identity", Script: shell.New(basicsScript, programs...),
			Read: func(r shell.Result, f *doc.Facts) error {
				if err := b.read(r); err != nil {
					return err
				}
				f.OS, f.PackageManager = b.OS, b.PackageManager
				return nil
			},
		},
	}
}

func (b *Basics) read(r shell.Result) error {
	parts := bytes.Split(r.Stdout, []byte{0})
	if len(parts) != 5 {
		return fmt.Errorf("the host answered %d parts instead of 5", len(parts))
	}
	b.OS = parseOSRelease(parts[0])
	// `uname -m -r` prints the release first, whatever the order of the flags.
	b.OS.Kernel, b.Arch, _ = strings.Cut(printable(parts[1]), " ")
	if b.Arch == "" {
		return fmt.Errorf("uname answered %q", bound(parts[1]))
	}
	b.MachineID = machineID(parts[2])
	seconds, _, _ := strings.Cut(string(parts[3]), ".")
	b.UptimeSeconds, _ = strconv.ParseInt(seconds, 10, 64)
	ids := append([]string{b.OS.ID}, b.OS.IDLike...)
	if m, ok := manager.Of(strings.Fields(string(parts[4])), ids); ok {
		b.PackageManager = m.Name()
	}
	return nil
}

var machineIDForm = regexp.MustCompile(`^[0-9a-f]{32}$`)

// machineID is the digest of a machine-id(5). "uninitialized" and an empty file,
// which images are shipped with, identify nothing.
func machineID(raw []byte) doc.Digest {
	id := bytes.TrimSpace(raw)
	if !machineIDForm.Match(id) {
		return ""
	}
	sum := sha256.Sum256(id)
	return doc.Digest("sha256:" + hex.EncodeToString(sum[:]))
}

// parseOSRelease reads os-release(5): shell-like assignments. A host may answer
// anything, so values are bounded and their control characters dropped.
func parseOSRelease(raw []byte) doc.OS {
	os := doc.OS{ID: "linux", IDLike: []string{}}
	for line := range strings.Lines(string(raw)) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if !ok {
			continue
		}
		value = unquote(value)
		switch key {
		case "ID":
			os.ID = value
		case "ID_LIKE":
			os.IDLike = strings.Fields(value)
		case "VERSION_ID":
			os.VersionID = value
		}
	}
	return os
}

// unquote takes the quotes of a shell word off and resolves its backslashes.
func unquote(value string) string {
	if len(value) >= 2 && (value[0] == '"' || value[0] == '\'') && value[len(value)-1] == value[0] {
		quote := value[0]
		value = value[1 : len(value)-1]
		if quote == '\'' {
			return printable([]byte(value))
		}
	}
	var b strings.Builder
	for i := 0; i < len(value); i++ {
		if value[i] == '\\' && i+1 < len(value) {
			i++
		}
		b.WriteByte(value[i])
	}
	return printable([]byte(b.String()))
}

// printable keeps the printable ASCII of a short answer.
func printable(raw []byte) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e {
			return -1
		}
		return r
	}, string(bound(raw))))
}

// bound cuts an answer that should be short.
func bound(raw []byte) []byte {
	const most = 256
	return raw[:min(len(raw), most)]
}
