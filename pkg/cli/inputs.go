package cli

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"hostkit/pkg/cli/suggest"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/shell"
)

// inputs are the documents of several files, one file after the other.
type inputs struct {
	s      Streams
	names  []string
	file   *os.File
	reader *jsonx.Reader
}

// newInputs reads the files of these names; "-" is stdin, and so is no name at all.
func newInputs(s Streams, names []string) *inputs {
	if len(names) == 0 {
		names = []string{"-"}
	}
	return &inputs{s: s, names: names}
}

// next returns the next document, and io.EOF behind the last one. A file without a
// document is an error.
func (in *inputs) next() (jsonx.Document, error) {
	for {
		if in.reader == nil {
			if len(in.names) == 0 {
				return jsonx.Document{}, io.EOF
			}
			if err := in.open(in.names[0]); err != nil {
				return jsonx.Document{}, err
			}
			in.names = in.names[1:]
		}
		d, err := in.reader.Next()
		switch {
		case !errors.Is(err, io.EOF):
			return d, Unreadable(err)
		case in.reader.Count() == 0 && in.file == nil:
			return d, in.s.NoDocument("stdin")
		case in.reader.Count() == 0:
			return d, in.s.NoDocument(in.file.Name())
		}
		in.close()
	}
}

func (in *inputs) open(name string) error {
	if name == "-" {
		in.reader = jsonx.NewReader("stdin", in.s.Stdin)
		return nil
	}
	file, err := os.Open(name)
	if err != nil {
		return Unreadable(err)
	}
	in.file, in.reader = file, jsonx.NewReader(name, file)
	return nil
}

func (in *inputs) close() {
	if in.file != nil {
		_ = in.file.Close() // it was only read
	}
	in.file, in.reader = nil, nil
}

// Unreadable makes what the system says of a file an input that is refused. Any
// other error stays.
func Unreadable(err error) error {
	var file *fs.PathError
	if !errors.As(err, &file) {
		return err
	}
	return &Error{
		Exit: ExitRefused, Code: "unreadable", Message: FileFault(file), Hint: or(NearFile(file.Path, err), documentsBeside(file.Path, err)), Cause: err,
	}
}

// FileFault words an error about a file that is read: its name and why, without what
// the program wanted to do with it ("open", "fstat").
func FileFault(err error) string {
	var file *fs.PathError
	if errors.As(err, &file) {
		return file.Path + ": " + file.Err.Error()
	}
	return err.Error()
}

// NearFile is the hint for a file that could not be opened: the one beside it that was
// probably meant, where it is not there. It is empty where there is none.
func NearFile(path string, err error) string {
	if near, ok := suggest.File(path); ok && errors.Is(err, fs.ErrNotExist) {
		return "did you mean " + near
	}
	return ""
}

// documentsBeside is the hint for a document that is not there, or is a folder: those
// that are.
func documentsBeside(path string, err error) string {
	folder := filepath.Dir(path)
	switch {
	case errors.Is(err, syscall.EISDIR):
		folder = path
	case !errors.Is(err, fs.ErrNotExist):
		return ""
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return "there is no folder " + folder
	}
	var names []string
	for _, entry := range entries {
		if entry.Type().IsRegular() && filepath.Ext(entry.Name()) == ".json" {
			names = append(names, shell.Typed(filepath.Join(folder, entry.Name())))
		}
	}
	if len(names) == 0 {
		return "no file in " + folder + " ends in .json: is it another folder?"
	}
	return suggest.Known(names, len(names), "")
}
