package resource

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/shell"
)

// File is a regular file of the host with its content. The name of the member is
// its path: absolute, with neither "//", "/.", "/.." nor a slash at the end.
//
// What the config does not give stays as it is on the host: mode, owner, group,
// ACL, extended attributes. A file that has several names (hard links), and one
// that something is mounted on, is not replaced.
type File struct {
	Common
	Ownership
	// Content is what the file holds: text, {"$base64": "…"} for what is not UTF-8, or
	// a secret, {"$secret": {…}}, of which no document has more than the reference.
	// Exactly one of content and from is given.
	Content *FileContent `json:"content,omitzero" called:"text body secret"`
	// From is a file of the machine that hk-eval runs on, as a path relative to
	// the folder of the config and inside it. Exactly one of content and from is
	// given.
	From string `json:"from,omitzero" like:"motd" called:"src source"`
	// Mode is the permission bits as four octal digits: "0644". When it is not
	// given, an existing file keeps its mode, and a new one gets 0644, or 0600 where
	// its content is a secret.
	Mode doc.Mode `json:"mode,omitzero" called:"permissions perms chmod"`
	// Sensitive says that the old content of the file is never fetched, and no
	// content of it shown. The new content stands in the config and in the plan all
	// the same, for whoever reads those.
	Sensitive bool `json:"sensitive,omitzero"`
}

// newFileMode is the mode of a new file that the config gives none.
const newFileMode doc.Mode = "0644"

// fileSpec is a file in a resource.
type fileSpec struct {
	Ownership
	Content   *doc.Content `json:"content,omitzero"`
	Mode      doc.Mode     `json:"mode,omitzero"`
	Sensitive bool         `json:"sensitive,omitzero"`
}

func fileOf(r doc.Resource) (fileSpec, error) {
	var spec fileSpec
	err := decodeSpec(r, &spec)
	if err == nil && spec.Content == nil && r.State != doc.Absent {
		err = errors.New(string(r.Address) + " has no content")
	}
	return spec, err
}

type files struct{}

func (files) Name() string { return typeFile }

func (files) Section() Section {
	return Section{Member: "files", Shape: map[string]File{}, Example: `{"/etc/motd": {"content": "welcome\n"}}`}
}

func (files) Expand(section doc.Raw, local Files) ([]Declared, []Problem) {
	common := func(f File) Common { return f.Common }
	return expandPaths(section, common, func(name string, f File, ps *problems) any {
		spec := fileSpec{Ownership: f.Ownership, Mode: f.Mode, Sensitive: f.Sensitive}
		if f.State == doc.Absent {
			ps.unwanted(name, map[string]bool{
				"content": f.Content != nil, "from": f.From != "",
				"mode": f.Mode != "", "owner": f.Owner != "", "group": f.Group != "",
			})
			return spec
		}
		spec.Content = expandContent(name, f, local, ps)
		return spec
	})
}

func expandContent(name string, f File, local Files, ps *problems) *doc.Content {
	switch {
	case f.Content != nil && f.From != "":
		ps.add("content and from are both given", "drop one of the two", name)
	case f.Content != nil:
		return &doc.Content{Bytes: f.Content.Bytes, Secret: f.Content.Secret}
	case f.From == "":
		ps.add("the file has no content", `give content or from; an empty file has "content": ""`, name)
	case strings.Contains(f.From, "\x00"):
		ps.add("from holds a NUL byte", "", name, "from")
	default:
		content, err := local.Load(f.From)
		if err != nil {
			ps.add(err.Error(), "the path is taken from the folder of the config, and leads to a file in it", name, "from")
			return nil
		}
		return &content
	}
	return nil
}

func (files) Survey(rs []doc.Resource, on Site) ([]Probe, error) {
	hidden := make(map[doc.Address]bool)
	for _, r := range rs {
		spec, err := fileOf(r)
		if err != nil {
			// What can't be read may be a secret that a later version knows.
			return nil, fmt.Errorf("%s: %w", r.Address, err)
		}
		hidden[r.Address] = spec.Sensitive || spec.Content != nil && spec.Content.Secret != nil
	}
	shown := func(r doc.Resource) bool { return !hidden[r.Address] }
	return surveyFiles(typeFile, rs, on, shown, ownershipOf), nil
}

func (files) Compare(r doc.Resource, w World) (Difference, error) {
	spec, err := fileOf(r)
	if err != nil {
		return Difference{}, err
	}
	want := pathState{
		State: doc.Present, Type: typeFile, Content: spec.Content, Mode: spec.Mode,
		Owner: doc.Bytes(spec.Owner), Group: doc.Bytes(spec.Group), Sensitive: spec.Sensitive,
	}
	fresh := newFileMode
	switch {
	case spec.Content == nil:
	case spec.Content.Secret != nil:
		want.Matches, fresh = matchYes, newSecretMode
	default:
		want.Digest = contentDigest(*spec.Content)
	}
	return comparePath(r, w, want, fresh)
}

func contentDigest(c doc.Content) doc.Digest {
	if c.File != nil {
		return c.File.Digest
	}
	return digestOf(c.Bytes)
}

func contentSize(c doc.Content) int64 {
	if c.File != nil {
		return c.File.Size
	}
	return int64(len(c.Bytes))
}

func (files) Ties(r doc.Resource) Ties { return pathTies(r, ownershipOf(r)) }

func (files) Recheck(cs []doc.Change, on Site) ([]Recheck, error) {
	return recheckFiles(typeFile, cs, on)
}

func (files) Holds(side, found doc.Attributes) bool { return holds(side, found) }

func (files) Steps(cs []doc.Change, on Site) ([]Work, error) {
	inline := func(c pathChange) bool {
		return c.after.Content != nil && c.after.Content.File == nil && c.secret() == nil && !c.after.FromBackup
	}
	return manySteps(cs, inline, (*many).put, func(c pathChange) (Work, error) {
		switch {
		case c.before.State == doc.Present && c.before.sameContent(c.after):
			return c.adjust(), nil
		case c.after.secret() != nil:
			return c.putSecret(on)
		case c.after.FromBackup:
			return c.restore()
		}
		return c.put()
	})
}

// checkContent refuses a plan that does not have what it promises.
func (c pathChange) checkContent() error {
	if c.after.Content == nil {
		return errors.New("the plan does not have the content to write")
	}
	if contentDigest(*c.after.Content) != c.after.Digest {
		return errors.New("the plan's content does not have the plan's digest")
	}
	return nil
}

// put is the step that writes the plan's content.
func (c pathChange) put() (Work, error) {
	if err := c.checkContent(); err != nil {
		return Work{}, err
	}
	w := c.work("write", shell.New(`hk_put "$@"`,
		c.path, c.folder(), strconv.FormatInt(contentSize(*c.after.Content), 10), c.after.Digest.Hex(),
		string(c.after.Owner), string(c.after.Group), string(c.after.Mode), c.kept()))
	w.Content = c.after.Content
	return w, nil
}

// Unforeseen is the room on the disk, and what sshd or visudo say of the file among
// their others.
func (files) Unforeseen(cs []doc.Change) map[doc.Address]string {
	var written []doc.Change
	var bytes int64
	secrets := false
	said := make(map[doc.Address]string)
	for _, change := range cs {
		c, err := readChange(change)
		if err != nil {
			continue
		}
		if c.after.Content != nil && !c.before.sameContent(c.after) {
			written = append(written, change)
			bytes += contentSize(*c.after.Content)
			secrets = secrets || c.secret() != nil
		}
		if tool := vetOf(c.place()); tool != "" {
			said[change.Address] = tool + " judges it among its other files when it is in place"
		}
	}
	all := fmt.Sprintf("the %d bytes of all files", bytes)
	if secrets {
		all += ", and their secrets,"
	}
	for a, room := range ofAll(written, "whether the disk has room for "+all+" is not known") {
		if said[a] != "" {
			room += "; " + said[a]
		}
		said[a] = room
	}
	return said
}

// ownershipOf is who a path resource is to belong to.
func ownershipOf(r doc.Resource) Ownership {
	var o struct{ Ownership }
	_ = decodeSpec(r, &o)
	return o.Ownership
}

// decodeSpec reads a resource's own members; unknown ones are a later version's.
func decodeSpec(r doc.Resource, spec any) error {
	if len(r.Spec) == 0 {
		return nil
	}
	return jsonx.UnmarshalPart(r.Spec, "", spec)
}
