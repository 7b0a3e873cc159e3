package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/shell"
)

// families are the documents that there are.
var families = []doc.Schema{
	doc.SchemaConfig, doc.SchemaHost, doc.SchemaPackageLock, doc.SchemaPlan, doc.SchemaReport, doc.SchemaEvent,
}

// kind is what a document is, as far as it matters for what is to be typed.
type kind struct {
	schema doc.Schema
	// observed says that a host's document has facts.
	observed bool
}

func kindOf(d jsonx.Document) kind {
	_, observed := jsonx.Member(d.Raw, "facts")
	return kind{doc.Schema(d.Schema()), observed}
}

const (
	planned = "hk-plan --out plan.json"
	// thenApply is what is done with the plan that was made.
	thenApply = " makes a plan of it: read that with hk-show plan.json, then hk-apply --confirm < plan.json > report.json"
	takeBack  = "it takes back a plan, or what was done: hk-down --out down.json report.json"
)

// toward says what to type about a document that a command does not read. file is the
// document's, quoted, and empty where that stands on stdin.
func toward(stage string, k kind, file string) string {
	if stage == "hk-down" && (k.schema == doc.SchemaConfig || k.schema == doc.SchemaHost) {
		return takeBack
	}
	named := or(file, "FILE")
	switch k.schema {
	case doc.SchemaConfig:
		pipe := "hk-eval " + or(file, "CONFIG") + " | hk-facts"
		switch stage {
		case "hk-resolve":
			pipe += " | hk-resolve"
		case "hk-plan":
			pipe += " | " + planned
		case "hk-apply":
			return "it is a config: " + pipe + " | " + planned + thenApply
		}
		return "it is a config: " + pipe
	case doc.SchemaHost:
		pipe := []string{planned}
		if !k.observed {
			pipe = []string{"hk-facts", planned}
		}
		if file == "" {
			return "| " + strings.Join(pipe, " | ") + thenApply
		}
		pipe[0] += " < " + file
		return strings.Join(pipe, " | ") + thenApply
	case doc.SchemaPackageLock:
		if stage == "hk-facts" || stage == "hk-resolve" {
			return fmt.Sprintf("it is a package lock: %s --package-lock %s", stage, named)
		}
		return "it is a package lock: hk-plan --package-lock " + named
	case doc.SchemaPlan:
		return fmt.Sprintf("it is a plan already: hk-show %s shows it, hk-apply --confirm < %s > report.json makes it so", named, named)
	case doc.SchemaReport:
		return fmt.Sprintf("it says what was done: hk-show %s shows it, hk-down --out down.json %s makes the plan that takes it back", named, named)
	}
	return fmt.Sprintf("it is a log of hk-apply --events: hk-show %s shows it", named)
}

// typedName is a document's file as it is typed; empty for stdin.
func typedName(name string) string {
	if name == "stdin" {
		return ""
	}
	return shell.Typed(name)
}

// ofFile is what to type about a file that stands where only stdin is read.
func (s Streams) ofFile(name string) string {
	file := shell.Typed(name)
	if slices.Contains([]string{".jsonnet", ".libsonnet", ".yaml", ".yml"}, filepath.Ext(name)) {
		return toward(s.Name, kind{schema: doc.SchemaConfig}, file)
	}
	opened, err := os.Open(name)
	if err != nil {
		return ""
	}
	defer func() { _ = opened.Close() }() // it was only read
	d, err := jsonx.NewReader(name, opened).Next()
	if err != nil {
		return s.noDocument(err)
	}
	k := kindOf(d)
	// A lock is read, and never from stdin; a plan is made of facts.
	misplaced := k.schema == doc.SchemaPackageLock || k.schema == doc.SchemaHost && !k.observed && s.Name == "hk-plan"
	if !slices.Contains(families, k.schema) || slices.Contains(s.reads, k.schema) && !misplaced {
		words := append(slices.Clone(s.typed), "<", file)
		if s.Name == "hk-apply" {
			words = append(words, ">", "report.json") // it is not written twice
		}
		return strings.Join(words, " ")
	}
	return toward(s.Name, k, file)
}
