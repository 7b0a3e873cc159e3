package resource

import (
	"errors"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/shell"
)

// kept is the digest, in hexadecimal digits, of the content that the host is to keep
// before the change replaces or removes it; empty where it keeps none: of what is no
// file of the kind `file`, and of what nobody may see.
func (c pathChange) kept() string {
	if c.address.Kind() != typeFile || c.before.State != doc.Present || c.before.Sensitive || c.after.Sensitive || c.secret() != nil {
		return ""
	}
	return c.before.Digest.Hex()
}

// backedUp reads what hk_back_up prints.
func (c pathChange) backedUp(printed []byte) Outcome {
	word, path, _ := strings.Cut(strings.TrimSuffix(string(printed), "\n"), " ")
	switch {
	case word != "backup":
		return Outcome{}
	case path == "":
		return Outcome{Remarks: map[doc.Address]string{c.address: "no backup of the old content: it has more than 64 MiB"}}
	}
	return Outcome{Backups: map[doc.Address]string{c.address: strings.ToValidUTF8(path, "\uFFFD")}}
}

// restore is the step that writes the content which the host keeps.
func (c pathChange) restore() (Work, error) {
	switch {
	case c.after.Digest == "":
		return Work{}, errors.New("the plan does not say which backup it wants")
	case c.after.Content != nil:
		return Work{}, errors.New("the plan has the content, and wants it from a backup too")
	}
	return c.work("restore", shell.New(`hk_restore "$@"`, c.path, c.folder(), c.after.Digest.Hex(),
		string(c.after.Owner), string(c.after.Group), string(c.after.Mode), c.kept())), nil
}

// Supplies looks for the backup that the step takes the content from.
func (files) Supplies(change doc.Change, _ Site) (Check, bool) {
	c, err := readPlace(change)
	if err != nil || !c.after.FromBackup || c.after.Digest == "" {
		return Check{}, false
	}
	return Check{
		Name: "look for the backup of " + c.path, Script: shell.New(`hk_has_backup "$1"; echo $?`, c.after.Digest.Hex()),
		Read: func(r shell.Result) error {
			if strings.TrimSpace(string(r.Stdout)) == "0" {
				return nil
			}
			return &Refusal{
				Code:    "backup_gone",
				Message: string(change.Address) + ": the backup of its content is no longer on the host",
				Hint:    "backups go when newer ones need the room: leave the file as it is with " + DownIgnoring(change.Address),
			}
		},
	}, true
}
