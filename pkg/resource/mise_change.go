package resource

import (
	"bytes"
	"errors"
	"fmt"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/mise"
	"hostkit/pkg/shell"
)

// miseState is what the after side of a change of the program says beside what it
// says of every file.
type miseState struct {
	// Version is the release's, where it is known, and Source who said so:
	// "config", "lock", "embedded".
	Version string `json:"version,omitzero"`
	Source  string `json:"source,omitzero"`
	// URL is where the host downloads it from; missing where the plan has the file.
	URL string `json:"url,omitzero"`
}

// Compare wants the file to be the build that is wanted, byte for byte.
func (mises) Compare(r doc.Resource, w World) (Difference, error) {
	var spec miseSpec
	if err := decodeSpec(r, &spec); err != nil {
		return Difference{}, err
	}
	want := pathState{State: doc.Present, Type: typeFile}
	if r.State == doc.Absent {
		return comparePath(r, w, want, miseMode)
	}
	found, ok := w.Facts.Observed[r.Address]
	if !ok {
		return Difference{}, ErrNotObserved
	}
	if found.Error != nil {
		return Difference{}, found.Error
	}
	seen, err := readAttributes[miseObservation](found.Attributes)
	if err != nil {
		return Difference{}, invalidFact(err)
	}
	chosen, err := spec.build(w, seen)
	if err != nil {
		return Difference{}, err
	}
	want.Digest, want.Content, want.Mode = chosen.digest, spec.Content, miseMode
	difference, err := comparePath(r, w, want, miseMode)
	if err != nil || difference.Action == "" {
		return difference, err
	}
	state := miseState{Version: chosen.version, Source: chosen.source}
	if fetched(difference) && spec.Content == nil {
		if !seen.downloads(w) {
			return Difference{}, noDownloader(r)
		}
		if message, hint := mise.CheckURL(chosen.url); message != "" {
			return Difference{}, &Refusal{Code: "invalid_document", Message: "mise: " + message, Hint: hint}
		}
		state.URL = chosen.url
	}
	difference.After, err = joined(difference.After, state)
	return difference, err
}

// fetched reports whether the file of a difference is another than the one that is
// there.
func fetched(d Difference) bool {
	before, err := readAttributes[pathState](d.Before)
	after, err2 := readAttributes[pathState](d.After)
	return err != nil || err2 != nil || before.Digest != after.Digest
}

func noDownloader(r doc.Resource) error {
	return &Refusal{
		Code:    "no_downloader",
		Message: fmt.Sprintf("%s is to be downloaded, and the host has neither curl nor wget", r.Name),
		Hint:    `declare the packages "curl" and "ca_certificates", or have the file pushed with from`,
	}
}

// miseNeeds are the packages that the program is downloaded with, by the names that
// configs have for them.
var miseNeeds = []Need{
	{Handle: "package:curl", Else: []Handle{"package:wget"}, Reason: "downloads with it", Order: true},
	{Handle: "package:ca_certificates", Else: []Handle{"package:ca-certificates"}, Reason: "trusts its certificates", Order: true},
}

// Ties are a file's; what is downloaded comes after what it is downloaded with.
func (mises) Ties(r doc.Resource) Ties {
	t := pathTies(r, Ownership{})
	var spec miseSpec
	if err := decodeSpec(r, &spec); err == nil && spec.Content == nil && r.State != doc.Absent {
		t.Needs = append(t.Needs, miseNeeds...)
	}
	return t
}

func (mises) Recheck(cs []doc.Change, _ Site) ([]Recheck, error) {
	return recheckPaths(typeFile, cs)
}

func (mises) Holds(side, found doc.Attributes) bool { return holds(side, found) }

// Steps gives each program a step of its own, which nothing is sent after before it
// is answered: a download may take minutes.
func (mises) Steps(cs []doc.Change, _ Site) ([]Work, error) {
	after := make(map[doc.Address]miseState, len(cs))
	for _, c := range cs {
		var state miseState
		if err := jsonx.UnmarshalPart(c.After, "/after", &state); err != nil {
			return nil, fmt.Errorf("%s: %w", c.Address, err)
		}
		after[c.Address] = state
	}
	return pathSteps(cs, func(c pathChange) (Work, error) {
		state := after[c.address]
		switch {
		case c.before.State == doc.Present && c.before.Digest == c.after.Digest:
			return c.adjust(), nil
		case c.after.Content != nil:
			return c.put()
		case c.after.Digest == "":
			return Work{}, errors.New("the plan does not have the checksum of what is to be downloaded")
		}
		if message, _ := mise.CheckURL(state.URL); message != "" {
			return Work{}, errors.New(message)
		}
		work := c.work("download", mise.Fetch(mise.Download{
			Path: c.path, Folder: c.folder(), URL: state.URL,
			Checksum: string(c.after.Digest), Mode: string(c.after.Mode),
		}))
		work.Alone = true
		work.Read = c.readDownload
		return work, nil
	})
}

// Unforeseen is the download.
func (mises) Unforeseen(cs []doc.Change) map[doc.Address]string {
	var downloads []doc.Change
	for _, c := range arriving(cs) {
		if state, err := readAttributes[miseState](c.After); err == nil && state.URL != "" {
			downloads = append(downloads, c)
		}
	}
	return ofEach(downloads, "whether it can be downloaded, and has the checksum, is not known")
}

// readDownload takes what the step itself says last: before it a shell may tell of
// a program that died.
func (c pathChange) readDownload(r shell.Result) (Outcome, error) {
	if at := bytes.LastIndex(r.Stderr, []byte(c.path+": cannot be downloaded")); at > 0 {
		r.Stderr = r.Stderr[at:]
	}
	return c.readStep(r)
}
