package resource

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"hostkit/pkg/doc"
	"hostkit/pkg/mise"
	"hostkit/pkg/shell"
)

// miseMode is the program's mode.
const miseMode doc.Mode = "0755"

// miseObservation is what hk-facts tells of the program beside what it tells of
// every file.
type miseObservation struct {
	// Loaders are the program loaders that the host has, of those that builds of
	// mise need.
	Loaders []string `json:"loaders,omitzero"`
	// Musl says that the host's own shell runs on musl.
	Musl bool `json:"musl,omitzero"`
	// Downloaders are the host's programs to download with: "curl", "wget".
	Downloaders []string `json:"downloaders,omitzero"`
}

// Survey looks at the file as at any other. mise itself is never run for it: what
// stands there may be anything.
func (mises) Survey(rs []doc.Resource, _ Site) ([]Probe, error) {
	hidden := func(doc.Resource) bool { return false }
	probes := surveyPaths(typeFile, rs, hidden, ownershipOf)
	return append(probes, Probe{
		Name: "look what the host can run and download with", Script: mise.Look(),
		Read: func(r shell.Result, facts *doc.Facts) error {
			seen := readMiseLook(r.Stdout)
			for _, one := range rs {
				found := facts.Observed[one.Address]
				if found.Error != nil {
					continue
				}
				var err error
				if found.Attributes, err = joined(found.Attributes, seen); err != nil {
					return err
				}
				facts.Observed[one.Address] = found
			}
			return nil
		},
	}), nil
}

// readMiseLook reads lines of a word and a value; others may come from a later
// version of the script.
func readMiseLook(text []byte) miseObservation {
	var seen miseObservation
	for line := range strings.Lines(string(text)) {
		switch word, value, _ := strings.Cut(strings.TrimSpace(line), " "); word {
		case "loader":
			seen.Loaders = append(seen.Loaders, value)
		case "musl":
			seen.Musl = true
		case "downloader":
			seen.Downloaders = append(seen.Downloaders, value)
		}
	}
	return seen
}

// joined adds members to an object.
func joined(object doc.Attributes, members any) (doc.Attributes, error) {
	more, err := json.Marshal(members)
	if err != nil {
		return nil, err
	}
	all := make(map[string]doc.Raw)
	for _, raw := range []doc.Attributes{object, more} {
		if len(raw) == 0 {
			continue
		}
		if err := json.Unmarshal(raw, &all); err != nil {
			return nil, err
		}
	}
	return json.Marshal(all, json.Deterministic(true))
}

// build is the file that should be on a host, and why that one.
type build struct {
	digest               doc.Digest
	version, source, url string
}

// build says which file the host should have.
func (spec miseSpec) build(w World, seen miseObservation) (build, error) {
	arch := w.Facts.Identity.Arch
	platform, known := mise.PlatformOf(seen.Loaders, seen.Musl, arch)
	switch {
	case spec.Content == nil && spec.URL != "":
		return build{spec.Checksum, spec.Version, "config", spec.URL}, nil
	case !known:
		return build{}, &Refusal{
			Code:    "unknown_platform",
			Message: fmt.Sprintf("mise has no builds for this host: its processor is %s, and it has none of the program loaders %s", arch, strings.Join(mise.Loaders(), ", ")),
		}
	case spec.Content != nil && !spec.Platform.RunsOn(platform):
		return build{}, &Refusal{
			Code:    "wrong_platform",
			Message: fmt.Sprintf("the file of the config is a program for %s, and the host is %s", spec.Platform, platform),
			Hint:    "services can be bound to hosts: one section for each kind of host",
		}
	case spec.Content != nil:
		return build{digest: contentDigest(*spec.Content), version: spec.Version, source: "config"}, nil
	case w.Mise == nil:
		return build{}, &Refusal{
			Code: "not_resolved", Message: "nobody has said which release of mise the host gets", Hint: "run hk-resolve again",
		}
	}
	download, there := w.Mise.Builds[string(platform)]
	if !there {
		return build{}, &Refusal{
			Code:    "no_checksum",
			Message: fmt.Sprintf("no checksum is known of mise %s for %s (%s)", w.Mise.Version, platform, w.Mise.Source),
			Hint:    fmt.Sprintf(`write "url": "%s", "checksum": "sha256:…" into the section, or take the file with from`, mise.ReleaseURL(w.Mise.Version, platform)),
		}
	}
	return build{download.Checksum, w.Mise.Version, w.Mise.Source, download.URL}, nil
}

// downloads reports whether the host can download, now or when the packages of
// the plan are there.
func (seen miseObservation) downloads(w World) bool {
	return len(seen.Downloaders) > 0 || slices.ContainsFunc(w.Resources, func(r doc.Resource) bool {
		name := w.Names[r.Name].Package
		return r.Kind == packages{}.Name() && r.State != doc.Absent && (name == "curl" || name == "wget")
	})
}
