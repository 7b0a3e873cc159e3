package resource

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"hostkit/pkg/doc"
	"hostkit/pkg/mise"
	"hostkit/pkg/names"
)

// Tool is a tool that mise installs: its exact version alone, or an object. Other
// versions of it that the host has are left alone; to be absent means that this
// version goes.
type Tool struct {
	// Version is exact, as mise spells it: "29.0.2". Neither "latest" nor the
	// beginning of a version, "24".
	Version string `json:"version"`
	// Options are for the tool's backend, as mise's documentation of each says:
	// "url" and "checksum" of http, "asset_pattern" of github.
	Options map[string]string `json:"options,omitzero"`
	// BuildPackages are the packages that the tool is built with where mise has no
	// download of it: false for none, or a list of names, to be there beside those
	// that are known.
	BuildPackages BuildPackages `json:"build_packages,omitzero"`
	Common
}

type toolObject Tool

// UnmarshalJSONFrom reads both forms.
func (t *Tool) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	*t = Tool{}
	if d.PeekKind() == jsontext.KindString {
		return json.UnmarshalDecode(d, &t.Version)
	}
	return json.UnmarshalDecode(d, (*toolObject)(t))
}

// OneOfShapes lists zero values of what may stand in place of one, for the schema.
func (Tool) OneOfShapes() []any { return []any{"", toolObject{}} }

// BuildPackages is false or a list of the names that configs have for packages.
type BuildPackages struct {
	// None says that not even those that are known are wanted.
	None bool
	More []string
}

// UnmarshalJSONFrom reads both forms.
func (b *BuildPackages) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	*b = BuildPackages{}
	if kind := d.PeekKind(); kind != jsontext.KindTrue && kind != jsontext.KindFalse {
		return json.UnmarshalDecode(d, &b.More)
	}
	var wanted bool
	err := json.UnmarshalDecode(d, &wanted)
	b.None = !wanted
	return err
}

// OneOfShapes lists zero values of what may stand in place of one, for the schema.
func (BuildPackages) OneOfShapes() []any { return []any{false, []string{}} }

// Lockfile is a mise.lock: what it has of a tool, its addresses and checksums, is
// what mise has to download, and a tool that it does not have is refused.
type Lockfile struct {
	// From is a mise.lock of the machine that hk-eval runs on, as a path relative
	// to the folder of the config and inside it.
	From string `json:"from"`
}

// lockfileLimit is the most that a mise.lock may have, in bytes.
const lockfileLimit = 4 << 20

// toolSpec is a tool in a resource.
type toolSpec struct {
	Version string            `json:"version"`
	Options map[string]string `json:"options,omitzero"`
	// Lock is what the mise.lock has of this version.
	Lock string `json:"lock,omitzero"`
	// Program and SystemDataDir are the section's path and system_data_dir.
	Program       string `json:"program"`
	SystemDataDir string `json:"system_data_dir"`
}

func (s toolSpec) tool(name string) mise.Tool {
	return mise.Tool{Name: name, Version: s.Version, Options: s.Options, Lock: s.Lock}
}

func (s toolSpec) place() mise.Place {
	return mise.Place{Program: s.Program, SystemDataDir: s.SystemDataDir}
}

// check refuses what could not be handed to mise; a document may come from
// anywhere.
func (s toolSpec) check(name string) error {
	if message, _ := mise.CheckTool(name); message != "" {
		return fmt.Errorf("%s", message)
	}
	if message, _ := mise.CheckToolVersion(name, s.Version); message != "" {
		return fmt.Errorf("%s", message)
	}
	for option, value := range s.Options {
		if message := mise.CheckToolOption(option, value); message != "" {
			return fmt.Errorf("%s", message)
		}
	}
	for _, p := range []string{s.Program, s.SystemDataDir} {
		if message, _ := checkPath(p); message != "" {
			return fmt.Errorf("%s", message)
		}
	}
	if strings.Contains(s.Lock, "\x00") {
		return fmt.Errorf("what the lock has of %s holds a NUL byte", name)
	}
	return nil
}

// tools gives a resource for each tool of the section, and one for each package
// that they are built with.
func (m Mise) tools(local Files, ps *problems) []Declared {
	lock := m.lock(local, ps)
	var all, implied []Declared
	for _, name := range sortedKeys(m.Tools) {
		t := m.Tools[name]
		if t.State == "" {
			t.State = doc.Present
		}
		known := len(*ps)
		t.problems(name, ps)
		spec := toolSpec{Version: t.Version, Options: t.Options, Program: m.Path, SystemDataDir: m.SystemDataDir}
		if m.Lockfile.From != "" && t.State != doc.Absent && len(*ps) == known {
			var err error
			if spec.Lock, err = mise.LockOf(lock, name, t.Version); err != nil && lock != "" {
				ps.add(fmt.Sprintf("%s: %v", m.Lockfile.From, err),
					`"mise lock" in its folder adds what the mise.toml there has`, "tools", name)
			}
		}
		at := pointer("tools", name)
		for _, p := range t.packages(m, name) {
			address := doc.NewAddress(names.Kind, p)
			if !slices.Contains(t.DependsOn, address) {
				t.DependsOn = append(slices.Clone(t.DependsOn), address)
			}
			implied = append(implied, Declared{
				Kind: names.Kind, Implied: true, Name: p, Pointer: at,
				Common: Common{State: doc.Present}, Spec: packageSpec{},
			})
		}
		all = append(all, Declared{Kind: mise.ToolKind, Name: name, Pointer: at, Common: t.Common, Spec: spec})
	}
	return append(all, implied...)
}

// lock reads the mise.lock of the section, if it has one.
func (m Mise) lock(local Files, ps *problems) string {
	from := m.Lockfile.From
	switch {
	case from == "":
		return ""
	case strings.Contains(from, "\x00"):
		ps.add("from holds a NUL byte", "", "lockfile", "from")
		return ""
	}
	file, err := local.Open(from)
	if err != nil {
		ps.add(err.Error(), "", "lockfile", "from")
		return ""
	}
	defer file.Close()
	text, err := io.ReadAll(io.NewSectionReader(file, 0, lockfileLimit))
	switch {
	case err != nil:
		ps.add(fmt.Sprintf("%s can't be read: %v", from, err), "", "lockfile", "from")
		return ""
	case len(text) == lockfileLimit:
		ps.add(fmt.Sprintf("%s has %d bytes or more, too many for a mise.lock", from, lockfileLimit), "", "lockfile", "from")
		return ""
	case len(text) == 0:
		ps.add(from+" is empty", `"mise lock" writes it`, "lockfile", "from")
	}
	return string(text)
}

func (t Tool) problems(name string, ps *problems) {
	if message, hint := mise.CheckTool(name); message != "" {
		ps.add(message, hint, "tools", name)
		return
	}
	if message, hint := mise.CheckToolVersion(name, t.Version); message != "" {
		ps.add(message, hint, "tools", name, "version")
	}
	for _, option := range sortedKeys(t.Options) {
		if message := mise.CheckToolOption(option, t.Options[option]); message != "" {
			ps.add(message, "", "tools", name, "options", option)
		}
	}
	for _, p := range t.BuildPackages.More {
		if !names.Valid(p) {
			ps.add(fmt.Sprintf("%q is not a package name: want lower-case letters, digits, _, +, . and -", p), "",
				"tools", name, "build_packages")
		}
	}
}

// packages are what the tool is built with, sorted.
func (t Tool) packages(m Mise, name string) []string {
	if t.State == doc.Absent || t.BuildPackages.None {
		return nil
	}
	var all []string
	if m.BuildPackages == nil || *m.BuildPackages {
		all = mise.BuildPackages(name)
	}
	for _, p := range t.BuildPackages.More {
		if names.Valid(p) {
			all = append(all, p)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
