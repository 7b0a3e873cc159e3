package main

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"sync"

	"hostkit/pkg/cli"
	"hostkit/pkg/cli/suggest"
	"hostkit/pkg/shell"
)

// choice is which hosts --host chooses, and what there was to choose from, for the hint
// when one of its values matches none. It is safe for use by several goroutines.
type choice struct {
	mu    sync.Mutex
	names []string
	// count is how many there were, kept how many of them a glob matches.
	count, kept int
	// matched are the globs that some host has matched.
	matched map[string]bool
}

// The stream may have any number of hosts: no more names than these are kept.
const namesKept = 100

// keeps reports whether a host is one of those that were asked for: all of them,
// where none is named.
func (c *choice) keeps(name string, globs []string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	keeps := len(globs) == 0
	for _, glob := range globs {
		if ok, _ := path.Match(glob, name); ok {
			keeps = true
			if c.matched == nil {
				c.matched = make(map[string]bool)
			}
			c.matched[glob] = true
		}
	}
	c.count++
	if keeps {
		c.kept++
	}
	if len(c.names) < namesKept {
		c.names = append(c.names, name)
	}
	return keeps
}

// vain are the globs that no host has matched, where there was one: each may be a
// typing mistake.
func (c *choice) vain(globs []string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var vain []string
	for _, glob := range globs {
		if c.count > 0 && !c.matched[glob] {
			vain = append(vain, glob)
		}
	}
	return vain
}

// hint says which host was probably meant, or which there are.
func (c *choice) hint(s cli.Streams, globs []string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	slices.Sort(c.names)
	return c.chosenBefore(s) + s.HintOfFlag("host", c.known(globs))
}

func (c *choice) known(globs []string) string {
	for _, glob := range globs {
		if apart, ok := suggest.Apart("--host", glob, c.names); ok {
			return apart
		}
		if without, ok := suggest.WithoutHost(glob, c.names); ok {
			return without
		}
		if near, ok := suggest.Nearest(glob, c.names); ok {
			return "did you mean " + strconv.Quote(near)
		}
	}
	return suggest.Known(c.names, c.count, "")
}

// chosenBefore says that hk-eval may have heeded the variable, and so left out the host
// that was typed here.
func (c *choice) chosenBefore(s cli.Streams) string {
	variable := s.Getenv(cli.HostVariable)
	if variable == "" || s.FlagName("host") == cli.HostVariable {
		return ""
	}
	for _, name := range c.names {
		if ok, _ := path.Match(variable, name); !ok {
			return ""
		}
	}
	return fmt.Sprintf("%s=%s in the environment chooses for hk-eval too: unset %s if another host is meant; ",
		cli.HostVariable, shell.Typed(variable), cli.HostVariable)
}
