package sshconfig

import (
	"slices"
	"strings"
)

// Names are the hosts that Host lines name without wildcards, sorted: what a name
// that none of them fits may have been meant to be. They are those of the files that
// the first Lookup has read, so one must have gone before. Nobody may change them.
func (c *Config) Names() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.names != nil {
		return c.names
	}
	for _, f := range c.files {
		for _, l := range f.lines {
			if l.keyword != "host" {
				continue
			}
			for _, word := range l.args {
				if !strings.ContainsAny(word, "*?!") {
					c.names = append(c.names, word)
				}
			}
		}
	}
	slices.Sort(c.names)
	c.names = slices.Compact(c.names)
	return c.names
}

// note keeps whether the words of a Host line are about particular hosts, and whether
// the line applies. "Host *" is about nobody in particular.
func (p *pass) note(words []string, applies bool) {
	particular := slices.ContainsFunc(words, func(word string) bool {
		return word[0] != '!' && strings.Trim(word, "*?") != ""
	})
	if particular {
		p.listed = p.listed || applies
		p.others = p.others || !applies
	}
}
