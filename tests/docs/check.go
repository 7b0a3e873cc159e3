package docs

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// languages are those that a block may be in, and whether one with a name is written
// to a file.
var languages = map[string]bool{
	"console": false, "sh": true, "json": true, "jsonnet": true, "yaml": true, "rego": true, "text": true,
}

// checker is what a check needs beside the page.
type checker struct {
	// root is the repository's folder, bin that of the commands.
	root, bin string
	// flags are those of each command, as its -h says, with their dashes.
	flags map[string][]string
	// targets are those of the Makefile.
	targets map[string]bool
}

var flagWord = regexp.MustCompile(`(?:^|[\s,\[(])(--?[a-z][a-z-]*)`)

var (
	makeRule   = regexp.MustCompile(`(?m)^([a-z][a-z-]*(?: [a-z][a-z-]*)*)::?(?: |$)`)
	makeTarget = regexp.MustCompile(`^[a-z][a-z-]*$`)
)

// newChecker asks each command of bin for its flags, and the Makefile for its targets.
func newChecker(root, bin string) (*checker, error) {
	c := &checker{root: root, bin: bin, flags: map[string][]string{}, targets: map[string]bool{}}
	makefile, err := os.ReadFile(root + "/Makefile")
	if err != nil {
		return nil, err
	}
	for _, rule := range makeRule.FindAllStringSubmatch(string(makefile), -1) {
		for _, name := range strings.Fields(rule[1]) {
			c.targets[name] = true
		}
	}
	commands, err := filepath.Glob(bin + "/hk-*")
	if err != nil {
		return nil, err
	}
	for _, command := range commands {
		help, err := exec.Command(command, "-h").Output()
		if err != nil {
			return nil, fmt.Errorf("%s -h: %w", command, err)
		}
		name := filepath.Base(command)
		c.flags[name] = []string{"-h"}
		for _, found := range flagWord.FindAllStringSubmatch(string(help), -1) {
			c.flags[name] = append(c.flags[name], found[1])
		}
	}
	return c, nil
}

// check looks at everything of the page that can be looked at without running it.
func (p *page) check(c *checker) []problem {
	problems := slices.Clone(p.problems)
	for _, b := range p.blocks {
		problems = append(problems, p.checkBlock(b, c)...)
	}
	for _, s := range p.spans {
		if !strings.HasPrefix(s.text, "hk-") && !strings.HasPrefix(s.text, "make ") {
			continue
		}
		// A span may show a part of a command line that is none by itself.
		words := strings.Fields(s.text)
		for _, what := range c.checkWords(words) {
			problems = append(problems, problem{p.path, s.line, what})
		}
	}
	return problems
}

func (p *page) checkBlock(b block, c *checker) []problem {
	at := func(line int, format string, args ...any) []problem {
		return []problem{{p.path, line, fmt.Sprintf(format, args...)}}
	}
	named, ok := languages[b.language]
	switch {
	case b.language == "":
		return at(b.line-1, "the block says no language: console, sh, json, jsonnet, yaml, rego or text")
	case !ok:
		return at(b.line-1, "a block in the language %q: known are console, sh, json, jsonnet, yaml, rego and text", b.language)
	case b.name != "" && !named:
		return at(b.line-1, "a block in %s has no name", b.language)
	case b.in != "" && b.language != "json":
		return at(b.line-1, "only a block in json is a part of a document")
	}
	switch b.language {
	case "console":
		return p.checkConsole(b, c)
	case "sh":
		return p.checkShell(b.text(), b.line, c)
	case "json":
		return p.checkJSON(b, c)
	case "jsonnet":
		if err := parseJsonnet(b.text()); err != nil {
			return at(b.line, "%v", err)
		}
	case "yaml":
		if err := parseYAML(b.text()); err != nil {
			return at(b.line, "%v", err)
		}
	case "rego":
		if b.name == "" && !b.notRun {
			return at(b.line-1, "give the policy a name, and let the page run it")
		}
	case "text":
		for i, line := range b.lines {
			if b.name == "" && strings.HasPrefix(line, "$ ") {
				return at(b.line+i, "a command is typed: the block is one in console")
			}
		}
	}
	return nil
}

func (p *page) checkConsole(b block, c *checker) []problem {
	var problems []problem
	steps, err := b.steps()
	if err != nil {
		return []problem{{p.path, b.line, err.Error()}}
	}
	for _, s := range steps {
		problems = append(problems, p.checkShell(s.script, s.line, c)...)
	}
	return problems
}

// checkShell parses a script whose first line is line, and checks the flags of our
// commands in it.
func (p *page) checkShell(script string, line int, c *checker) []problem {
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(script), "")
	if err != nil {
		var parse syntax.ParseError
		if errors.As(err, &parse) {
			return []problem{{p.path, line + int(parse.Pos.Line()) - 1, parse.Text}}
		}
		return []problem{{p.path, line, err.Error()}}
	}
	var problems []problem
	syntax.Walk(file, func(node syntax.Node) bool {
		call, ok := node.(*syntax.CallExpr)
		if !ok {
			return true
		}
		words := make([]string, len(call.Args))
		for i, word := range call.Args {
			words[i] = word.Lit()
		}
		for _, what := range c.checkWords(words) {
			problems = append(problems, problem{p.path, line + int(call.Pos().Line()) - 1, what})
		}
		return true
	})
	return problems
}

// checkWords says what of a command line does not exist: flags of our commands, targets
// of the Makefile. Words that are not known before the line is run are empty.
func (c *checker) checkWords(words []string) []string {
	if at := slices.Index(words, "make"); at >= 0 {
		return c.checkTargets(words[at+1:])
	}
	return c.checkFlags(words)
}

func (c *checker) checkTargets(words []string) []string {
	var unknown []string
	for _, word := range words {
		if makeTarget.MatchString(word) && !c.targets[word] {
			unknown = append(unknown, "the Makefile has no target "+word)
		}
	}
	return unknown
}

func (c *checker) checkFlags(words []string) []string {
	at := slices.IndexFunc(words, func(w string) bool { return strings.HasPrefix(w, "hk-") })
	if at < 0 {
		return nil
	}
	command := words[at]
	if !commandName.MatchString(command) {
		return nil // hk-eval's, hk-*
	}
	have, ok := c.flags[command]
	if !ok {
		return []string{"there is no command " + command}
	}
	var unknown []string
	for _, word := range words[at+1:] {
		if word == "--" || word == "|" {
			break
		}
		flag, _, _ := strings.Cut(word, "=")
		flag = strings.TrimRight(flag, ",.;:)")
		if len(flag) > 1 && flag[0] == '-' && !slices.Contains(have, flag) {
			unknown = append(unknown, fmt.Sprintf("%s has no flag %s", command, flag))
		}
	}
	return unknown
}

var commandName = regexp.MustCompile(`^hk-[a-z]+$`)
