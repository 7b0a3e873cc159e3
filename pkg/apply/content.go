package apply

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"sync"

	"hostkit/pkg/doc"
)

// content is what a step reads on standard input. A local file is watched on its
// way: that its bytes are no longer the planned ones is known here, while the
// host can only say that something arrived damaged.
type content struct {
	io.ReadCloser
	file *doc.FileRef

	// mu guards the rest: a batch is written and its answers are read by
	// different goroutines.
	mu    sync.Mutex
	size  int64
	sum   hash.Hash
	fault error
}

func (r *run) open(c doc.Content) (*content, error) {
	if c.File == nil {
		return &content{ReadCloser: io.NopCloser(bytes.NewReader(c.Bytes))}, nil
	}
	file, err := r.options.Open(*c.File)
	if err != nil {
		return nil, err
	}
	return &content{ReadCloser: file, file: c.File, sum: sha256.New()}, nil
}

func (c *content) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	if c.file != nil {
		c.watch(p[:n], err)
	}
	return n, err
}

func (c *content) watch(p []byte, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.size += int64(len(p))
	c.sum.Write(p)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		c.fault = fmt.Errorf("read %s: %w", c.file.Path, err)
	case c.size >= c.file.Size && "sha256:"+hex.EncodeToString(c.sum.Sum(nil)) != string(c.file.Digest),
		err != nil && c.size < c.file.Size:
		c.fault = fmt.Errorf("%s is not the file that was planned: its bytes have changed since", c.file.Path)
	}
}

// changed is why what was sent is not what the plan says, or nil.
func (c *content) changed() error {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fault
}
