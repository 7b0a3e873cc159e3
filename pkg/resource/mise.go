package resource

import (
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"

	"hostkit/pkg/doc"
	"hostkit/pkg/mise"
)

// Mise is the section `mise`: the program of that name (https://mise.jdx.dev), and
// the tools that it installs for all users of the host.
//
// The program is one file, known by its checksum: that of the release that the
// config names, else the lock's, else the one that is embedded in hk-plan. To be
// absent means that the file goes; what it has installed stays.
type Mise struct {
	Common
	// Path is where the program is; when it is not given, /usr/local/bin/mise.
	Path string `json:"path,omitzero"`
	// SystemDataDir is the folder that mise installs tools into; when it is not
	// given, /usr/local/share/mise, which is what mise itself takes.
	SystemDataDir string `json:"system_data_dir,omitzero"`
	// Version is exact: "2026.9.15". When it is not given, the lock's, or else the
	// embedded release's.
	Version string `json:"version,omitzero"`
	// From is the program as a file of the machine that hk-eval runs on, as a path
	// relative to the folder of the config and inside it. It is sent over the same
	// connection, for hosts without a way out.
	From string `json:"from,omitzero"`
	// URL is where the host downloads the program from, in place of the release's
	// own address; checksum must be given too.
	URL string `json:"url,omitzero"`
	// Checksum is that of the file at url, "sha256:…"; of a file that from names it
	// may be given, to be compared.
	Checksum doc.Digest `json:"checksum,omitzero"`
	// Tools are keyed by mise's name for each: "erlang", "npm:prettier".
	Tools map[string]Tool `json:"tools,omitzero"`
	// Lockfile is a mise.lock that says where mise downloads the tools from, and
	// their checksums.
	Lockfile Lockfile `json:"lockfile,omitzero"`
	// BuildPackages is false where the packages that tools are built with are not
	// wanted: the host has them, or mise has downloads of all tools.
	BuildPackages *bool `json:"build_packages,omitzero"`
}

// What mise itself takes where nobody says otherwise.
const (
	misePath          = "/usr/local/bin/mise"
	miseSystemDataDir = "/usr/local/share/mise"
)

// miseSpec is the program in a resource.
type miseSpec struct {
	Version string `json:"version,omitzero"`
	// Content is the program where the config has it as a file.
	Content  *doc.Content `json:"content,omitzero"`
	URL      string       `json:"url,omitzero"`
	Checksum doc.Digest   `json:"checksum,omitzero"`
	// Platform is what the program of Content runs on.
	Platform mise.Platform `json:"platform,omitzero"`
}

// mises is the kind `mise`.
type mises struct{}

func (mises) Name() string { return mise.Kind }

func (mises) Section() Section {
	return Section{Member: "mise", Shape: Mise{}, Example: `{"version": "2026.9.15", "tools": {"erlang": "29.0.2"}}`}
}

// Expand gives the program, and each tool as a resource of its own.
func (mises) Expand(section doc.Raw, local Files) ([]Declared, []Problem) {
	var m Mise
	if err := json.Unmarshal(section, &m, json.RejectUnknownMembers(true)); err != nil {
		p := undecodable("", err)
		p.Pointer = strings.TrimPrefix(p.Pointer, "/") // there is no name above it
		return nil, []Problem{p}
	}
	if m.Path == "" {
		m.Path = misePath
	}
	if m.SystemDataDir == "" {
		m.SystemDataDir = miseSystemDataDir
	}
	if m.State == "" {
		m.State = doc.Present
	}
	var ps problems
	program := m.program(local, &ps)
	return append([]Declared{program}, m.tools(local, &ps)...), ps
}

// program is the resource of the program itself.
func (m Mise) program(local Files, ps *problems) Declared {
	spec := miseSpec{Version: m.Version, URL: m.URL, Checksum: m.Checksum}
	for member, p := range map[string]string{"path": m.Path, "system_data_dir": m.SystemDataDir} {
		if message, hint := checkPath(p); message != "" {
			ps.add(message, hint, member)
		}
	}
	switch {
	case m.State == doc.Absent:
		m.unwanted(ps)
	case m.From != "" && m.URL != "":
		ps.add("from and url are both given", "drop one of the two")
	case m.From != "":
		m.pushed(&spec, local, ps)
	case m.URL != "" && m.Checksum == "":
		ps.add("url is given without a checksum", `give "checksum": "sha256:…" of what is there`, "url")
		ps.lacks("checksum")
	case m.URL == "" && m.Checksum != "":
		ps.add("checksum is given without what it is of", "give url or from too", "checksum")
		ps.lacks("url", "from")
	}
	if message, hint := mise.CheckVersion(m.Version); m.Version != "" && message != "" {
		ps.add(message, hint, "version")
	}
	if message, hint := mise.CheckURL(m.URL); m.URL != "" && message != "" {
		ps.add(message, hint, "url")
	}
	return Declared{Name: m.Path, Common: m.Common, Spec: spec}
}

// unwanted complains about what says how the program should be, of one that is to
// be absent.
func (m Mise) unwanted(ps *problems) {
	given := map[string]bool{
		"version": m.Version != "", "from": m.From != "", "url": m.URL != "",
		"checksum": m.Checksum != "", "tools": len(m.Tools) > 0,
	}
	for _, member := range sortedKeys(given) {
		if given[member] {
			ps.add(member+" says how it should be, and state says that it should be absent", "drop one of the two", member)
		}
	}
}

// pushed reads the program that the config has as a file.
func (m Mise) pushed(spec *miseSpec, local Files, ps *problems) {
	if strings.Contains(m.From, "\x00") {
		ps.add("from holds a NUL byte", "", "from")
		return
	}
	content, err := local.Load(m.From)
	if err != nil {
		ps.add(err.Error(), "", "from")
		return
	}
	file, err := local.Open(m.From)
	if err != nil {
		ps.add(err.Error(), "", "from")
		return
	}
	defer file.Close()
	platform, err := mise.PlatformOfProgram(file)
	if err != nil {
		ps.add(m.From+": "+err.Error(),
			"mise's releases have the program itself beside the archives, as mise-v<version>-linux-x64", "from")
		return
	}
	digest := contentDigest(content)
	if m.Checksum != "" && m.Checksum != digest {
		ps.add(fmt.Sprintf("%s has %s and not the checksum", m.From, digest), "look where the file is from", "checksum")
	}
	spec.Content, spec.Platform, spec.Checksum = &content, platform, digest
}
