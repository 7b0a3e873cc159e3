package tests

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"hostkit/tests/binaries"
)

var flagForm = regexp.MustCompile(`(?:^|\s)(--[a-z][a-z-]*)`)

// Every flag that the README types is one that the command has.
func TestTheReadmesCommandLinesAreRight(t *testing.T) {
	bin, err := binaries.Build()
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	help := map[string]string{}
	seen := 0
	for _, block := range strings.Split(string(readme), "```")[1:] {
		for line := range strings.Lines(block) {
			line = strings.TrimPrefix(strings.TrimSpace(line), "$ ")
			if !strings.HasPrefix(line, "hk-") || strings.Contains(line, ": ") {
				continue // what a command says
			}
			for command := range strings.SplitSeq(line, " | ") {
				name, _, _ := strings.Cut(command, " ")
				if help[name] == "" {
					text, err := exec.CommandContext(t.Context(), filepath.Join(bin, name), "-h").Output()
					if err != nil {
						t.Fatalf("%s -h: %v", name, err)
					}
					help[name] = string(text)
				}
				for _, flag := range flagForm.FindAllStringSubmatch(command, -1) {
					seen++
					if !regexp.MustCompile(regexp.QuoteMeta(flag[1]) + `\b`).MatchString(help[name]) {
						t.Errorf("%s has no %s", name, flag[1])
					}
				}
			}
		}
	}
	if seen < 15 {
		t.Errorf("only %d flags were found", seen)
	}
}
