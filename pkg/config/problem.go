package config

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"hostkit/pkg/cli/excerpt"
	"hostkit/pkg/jsonx"
)

// Problem is one thing that is wrong in a config.
type Problem struct {
	// File is the name as given, "stdin" for "-"; empty when Message says it.
	File string
	// Line and Column are from 1; 0 where only Pointer is known, in the result of a
	// Jsonnet file. There File is the one that has the line, which may be imported.
	Line, Column int
	// Pointer is a JSON pointer into the file, "" for its root.
	Pointer string
	// Message says what is wrong: lower case, without a full stop.
	Message string
	// Advice says what to do; it may be empty.
	Advice string

	order  int   // of the file
	offset int64 // in the file; what stands in the result of Jsonnet alone comes after
	text   *excerpt.Text
}

func (p *Problem) Error() string {
	if p.File == "" {
		return p.Message
	}
	text := p.Where()
	if p.Pointer != "" {
		text += ": " + p.Pointer
	}
	return text + ": " + p.Message
}

// Where is "file:line:column", or the file where that is all that is known.
func (p *Problem) Where() string {
	if p.Line == 0 {
		return p.File
	}
	return p.File + ":" + strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Column)
}

// Code, Hint and Exit tell the shared main what a problem is.
func (p *Problem) Code() string { return "invalid_config" }

// Hint is the advice.
func (p *Problem) Hint() string { return p.Advice }

// Exit is the status for an input that is refused.
func (p *Problem) Exit() int { return 3 }

// Excerpt shows the line, with its place; it reports false where that is not known.
func (p *Problem) Excerpt() (excerpt.Excerpt, bool) {
	if p.text == nil {
		return excerpt.Excerpt{}, false
	}
	return p.text.At(p.Line, p.Column)
}

// Problems is everything that is wrong with a config, in the order of the files
// and of the places in them.
type Problems []*Problem

func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives them one by one.
func (ps Problems) Unwrap() []error {
	list := make([]error, len(ps))
	for i, p := range ps {
		list[i] = p
	}
	return list
}

// most is how many problems are worth reading; the search ends there.
const most = 100

// finder collects problems.
type finder struct {
	problems Problems
	// taints are the places at or below which a value is not what may stand
	// there; indexes are where the elements of arrays stood.
	taints  map[string]bool
	indexes map[string][]int
	// shape and sample are those of a whole config, see [exampleConfig]; trying says
	// that only whether there is a problem matters.
	shape  *shape
	sample []byte
	trying bool
	// covered are the parts of texts that may be secrets in the wrong place.
	covered map[string][]span
	// texts are those that lines and columns are counted in, by the name of the file.
	texts map[string][]byte
}

func newFinder(s *shape, sample []byte) *finder {
	return &finder{
		shape: s, sample: sample,
		taints: map[string]bool{}, indexes: map[string][]int{}, texts: map[string][]byte{}, covered: map[string][]span{},
	}
}

// remember keeps the text of a file, of which a problem may show a line.
func (f *finder) remember(name string, text []byte) { f.texts[name] = text }

// full reports whether nothing more will be taken.
func (f *finder) full() bool { return len(f.problems) > most }

// add takes a problem at a place. What is found at the very same place again is
// a consequence of the first.
func (f *finder) add(at place, message, advice string) {
	if f.full() {
		return
	}
	if f.trying {
		f.problems = append(f.problems, &Problem{Message: message})
		return
	}
	p := at.problem(message, advice)
	for _, known := range f.problems {
		if known.order == p.order && known.Pointer == p.Pointer && known.Message == p.Message {
			return
		}
	}
	f.problems = append(f.problems, p)
}

// absorb takes an error that is a problem of the file and returns any other.
func (f *finder) absorb(err error, order int) error {
	var syntax *jsonx.SyntaxError
	var problem *Problem
	switch {
	case errors.As(err, &problem):
		problem.order = order
		f.wordless(problem)
		f.problems = append(f.problems, problem)
	case errors.As(err, &syntax):
		problem = refused(syntax, f.texts[syntax.Name])
		problem.order = order
		f.problems = append(f.problems, problem)
	default:
		return err
	}
	return nil
}

// err gives the problems in order, nil when there is none.
func (f *finder) err() error {
	if len(f.problems) == 0 {
		return nil
	}
	full := f.full()
	found := f.problems[:min(len(f.problems), most)]
	slices.SortStableFunc(found, func(a, b *Problem) int {
		return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.offset, b.offset))
	})
	shown := map[string]*excerpt.Text{}
	for _, p := range found {
		if f.isLogin(p.Pointer) {
			p.Pointer, p.Message, p.Advice = excerpt.WithoutUserinfo(p.Pointer), excerpt.WithoutUserinfo(p.Message), excerpt.WithoutUserinfo(p.Advice)
		}
		if text, ok := f.texts[p.File]; ok && p.Line > 0 {
			if shown[p.File] == nil {
				shown[p.File] = excerpt.New(text)
				for _, part := range f.covered[p.File] {
					shown[p.File].Hide(part.start, part.end)
				}
			}
			p.text = shown[p.File]
		}
	}
	if full {
		last := found[len(found)-1]
		found = append(found[:most:most], &Problem{
			File: last.File, Message: fmt.Sprintf("more than %d problems, the others are not shown", most),
		})
	}
	return found
}
