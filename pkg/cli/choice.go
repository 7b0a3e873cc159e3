package cli

import (
	"flag"
	"fmt"
	"slices"
	"strings"
)

// choice is a flag that takes one of a few words.
type choice struct {
	value *string
	words []string
}

// OneOf is a flag that takes one of the words. What value is before is its default.
//
//	onError := "stop"
//	fs.Var(cli.OneOf(&onError, "stop", "continue"), "on-error", "`DO` stop or continue")
func OneOf(value *string, words ...string) flag.Value { return &choice{value, words} }

func (c *choice) String() string {
	if c.value == nil { // as package flag makes one to look for a default
		return ""
	}
	return *c.value
}

// Set takes one of the words.
func (c *choice) Set(word string) error {
	if slices.Contains(c.words, word) {
		*c.value = word
		return nil
	}
	return fmt.Errorf("is none of %s", strings.Join(c.words, ", "))
}

// Choices are the words.
func (c *choice) Choices() []string { return c.words }

// wordList is a List of which a shell can complete the words.
type wordList struct {
	*List
	words []string
}

// Of is the list as a flag whose values are made of the words, which are for those
// who describe the flag: the list takes any.
func (l *List) Of(words []string) flag.Value { return &wordList{l, words} }

// Choices are the words.
func (l *wordList) Choices() []string { return l.words }

// isList reports whether the flag may be given several times.
func isList(v flag.Value) bool {
	switch v.(type) {
	case *List, *wordList:
		return true
	}
	return false
}

// choicesOf are the words that the flag takes, nil where they are not known.
func choicesOf(v flag.Value) []string {
	if c, ok := v.(interface{ Choices() []string }); ok {
		return c.Choices()
	}
	return nil
}
