package main

import (
	"bytes"
	"errors"
	"io"
	"os"
)

// spooled is how many bytes of plans are kept in memory. It is more than most
// runs have; eight times as much made the peak of a long stream three times that
// of a short one.
const spooled = 1 << 20

// spool keeps checked plans until all of them are checked: in memory, or, when
// they are large, in a file that has no name any more.
type spool struct {
	memory bytes.Buffer
	file   *os.File
}

func (s *spool) Write(p []byte) (int, error) {
	if s.file == nil && s.memory.Len()+len(p) > spooled {
		if err := s.spill(); err != nil {
			return 0, err
		}
	}
	if s.file != nil {
		return s.file.Write(p)
	}
	return s.memory.Write(p)
}

func (s *spool) spill() error {
	// CreateTemp makes it with mode 0600.
	file, err := os.CreateTemp("", "hk-apply-")
	if err != nil {
		return err
	}
	if err := os.Remove(file.Name()); err != nil {
		return errors.Join(err, file.Close())
	}
	s.file = file
	_, err = s.memory.WriteTo(file)
	s.memory = bytes.Buffer{}
	return err
}

// Rewind returns a reader of everything that was written.
func (s *spool) Rewind() (io.Reader, error) {
	if s.file == nil {
		return &s.memory, nil
	}
	_, err := s.file.Seek(0, io.SeekStart)
	return s.file, err
}

// Close frees the file.
func (s *spool) Close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}
