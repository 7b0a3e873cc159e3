package shell

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// scriptsOf returns the texts to send, or says which step can't be sent.
func scriptsOf(steps []Step) ([]string, error) {
	scripts := make([]string, len(steps))
	for i, step := range steps {
		// $(…) on the host cuts newlines off the end; a comment keeps the
		// length what the header says and changes no meaning.
		scripts[i] = step.Script.String() + "\n#"
		if step.Live != nil {
			scripts[i] = liveText + scripts[i]
		}
		switch {
		case len(scripts[i]) > ScriptLimit:
			return nil, fmt.Errorf("step %q: script of %d bytes exceeds %d", step.Name, len(scripts[i]), ScriptLimit)
		case strings.IndexByte(scripts[i], 0) >= 0:
			return nil, fmt.Errorf("step %q: script holds a NUL byte", step.Name)
		case step.Size < 0 || step.Content == nil && step.Size != 0:
			return nil, fmt.Errorf("step %q: content size %d without content", step.Name, step.Size)
		}
	}
	return scripts, nil
}

// write sends all of the run's steps.
func (r *run) write(scripts []string, last bool) error {
	w := r.s.in
	w.WriteString(r.s.opening)
	r.s.opening = ""
	for i, step := range r.steps {
		content := "-"
		if step.Content != nil {
			content = strconv.FormatInt(step.Size, 10)
		}
		word := "hk"
		if step.Required {
			word = "must"
		}
		fmt.Fprintf(w, "%s %d %d %s\n", word, r.first+i, len(scripts[i]), content)
		w.WriteString(scripts[i])
		if err := r.writeContent(step); err != nil {
			return err
		}
	}
	if last {
		w.WriteString("bye\n")
	}
	// A bufio.Writer remembers its first error.
	if err := w.Flush(); err != nil {
		return err
	}
	if last {
		return r.s.stream.Stdin.Close()
	}
	return nil
}

// writeContent sends exactly step.Size bytes. An error in reading them leaves a
// hole filled with zeros, for a step that is announced must be sent whole.
func (r *run) writeContent(step Step) error {
	if step.Content == nil {
		return nil
	}
	w := r.s.in
	source := &contentReader{r: step.Content}
	n, err := io.Copy(w, io.LimitReader(source, step.Size))
	if err != nil {
		return err
	}
	if source.err != nil && r.content == nil {
		r.content = &ContentError{Step: step.Name, Err: source.err}
	}
	_, err = io.CopyN(w, zeros{}, step.Size-n)
	return err
}

// contentReader turns an error of r into an early end and remembers it.
type contentReader struct {
	r   io.Reader
	err error
}

func (c *contentReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if err != nil && err != io.EOF {
		c.err = err
		err = io.EOF
	}
	return n, err
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
