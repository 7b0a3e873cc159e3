package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"unicode/utf8"

	"github.com/google/go-jsonnet"

	"hostkit/pkg/cli/suggest"
	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
)

// byteOrderMark is what some editors put before a text (RFC 8259, section 8.1).
const byteOrderMark = "\xef\xbb\xbf"

// unwritten is the problem of a text that is no config in JSON or Jsonnet whatever
// stands in it later, nil where there is none. A Jsonnet program with a byte order
// mark is refused here because its interpreter speaks of a character.
func unwritten(name string, text []byte) error {
	switch {
	case len(text) == 0:
		return &Problem{File: name, Message: "the file is empty", Advice: beginAdvice}
	case len(bytes.TrimSpace(text)) == 0:
		return &Problem{File: name, Message: "there is nothing but white space in the file", Advice: beginAdvice}
	case isJsonnet(name) && bytes.HasPrefix(text, []byte(byteOrderMark)):
		return &Problem{
			File: name, Line: 1, Column: 1,
			Message: "begins with a byte order mark: save it as utf-8 without one", Advice: encodingAdvice(name, text),
		}
	}
	return nil
}

// beginAdvice is for whoever has no config yet.
const beginAdvice = "hk-eval --init config.jsonnet writes a config to begin with"

// yamlStart is how the first line begins that is neither empty nor a comment, in YAML
// that is not JSON too; yamlStream is what makes several documents of a text.
var (
	yamlStart  = regexp.MustCompile(`\A(?:[ \t]*(?:#[^\n]*)?\r?\n)*(?:---|- |["']?[\w$.-]+["']?:(?:\s|\z))`)
	yamlStream = regexp.MustCompile(`(?m)^---`)
)

// isYAML reports whether a text that is not what it should be was meant as YAML.
func isYAML(name string, text []byte) bool {
	ending := filepath.Ext(name)
	return ending == ".yaml" || ending == ".yml" || yamlStart.Match(text)
}

// How the first line begins that is neither empty nor a comment, in other languages that
// hosts are written in.
var (
	iniStart = regexp.MustCompile(`\A(?:[ \t]*(?:[#;][^\n]*)?\r?\n)*(?:\[[A-Za-z_][\w.: -]*\][ \t]*\r?(?:\n|\z)|[\w.-]+(?:[ \t]+[\w]+)?[ \t]*=)`)
	sshStart = regexp.MustCompile(`\A(?:[ \t]*(?:#[^\n]*)?\r?\n)*(?i:host|match)[ \t]+\S`)
)

// foreign names the language of a text that is not JSON, and says what to do; it is
// empty where nobody can know.
func foreign(text []byte) (what, advice string) {
	const hosts = `"hosts": {"web1": {"hostname": "192.0.2.1"}}`
	switch {
	case sshStart.Match(text):
		return "ssh's own config", `name its hosts in a config of ours: "hosts": {"web1": {}}; what ssh's config says of them is used`
	case iniStart.Match(text):
		return "an ini file", "a config names its hosts in json, as " + hosts + "; " + beginAdvice
	}
	return "", ""
}

// yamlAdvice is to let Jsonnet read it.
func yamlAdvice(name string, text []byte) string {
	if name == stdinName {
		return "write the config as json, or as jsonnet in a file whose name ends in .jsonnet"
	}
	program, rename, first := jsonnetName(name), "", ""
	if isJsonnet(name) {
		name = strings.TrimSuffix(name, filepath.Ext(name)) + ".yaml"
		rename = fmt.Sprintf("name it %s, and ", name)
	}
	if start := yamlStream.FindIndex(text); start != nil {
		// What stands before the first mark, a comment even, is a document too.
		first = fmt.Sprintf("[%d]", min(start[0], 1))
	}
	return fmt.Sprintf("jsonnet reads yaml: %slet %s say std.parseYaml(importstr '%s')%s",
		rename, program, filepath.Base(name), first)
}

// jsonnetName is the name that makes Jsonnet of a file.
func jsonnetName(name string) string {
	return strings.TrimSuffix(name, filepath.Ext(name)) + ".jsonnet"
}

// renameAdvice says how a text is read as Jsonnet.
func renameAdvice(name string) string {
	if name == stdinName {
		return "let it be a file whose name ends in .jsonnet"
	}
	return "name the file " + jsonnetName(name)
}

// isProgram reports whether the text is well-formed as Jsonnet.
func isProgram(name string, text []byte) bool {
	if len(text) > largestSource {
		return false
	}
	_, err := jsonnet.SnippetToAST(name, string(text))
	return err == nil
}

// refused is the problem of a text that is not JSON, with what to write instead.
func refused(e *jsonx.SyntaxError, text []byte) *Problem {
	p := &Problem{
		File: e.Name, Line: e.Line, Column: e.Column, Message: e.Reason, Advice: syntaxAdvice(e, text), offset: e.Offset,
	}
	if e.Reason != secretInClear && isYAML(e.Name, text) && !bytes.HasPrefix(text, []byte(byteOrderMark)) {
		p.Message = "this is yaml, not json"
		p.Advice = yamlAdvice(e.Name, text)
	} else if what, advice := foreign(text); what != "" && e.Reason != secretInClear && !isProgram(e.Name, text) {
		p.Message, p.Advice = "this is "+what+", not json", advice
	}
	return p
}

// words are what other languages write for what JSON has another word for.
var words = map[string]string{
	"True": "true", "TRUE": "true", "Yes": "true", "yes": "true", "on": "true",
	"False": "false", "FALSE": "false", "No": "false", "no": "false", "off": "false",
}

// bareWord is a word without quotes at the beginning of a text.
var bareWord = regexp.MustCompile(`\A[\pL_][\pL\pN_.-]*`)

// syntaxAdvice says what to write in place of what is not JSON.
func syntaxAdvice(e *jsonx.SyntaxError, text []byte) string {
	rest := text[min(e.Offset, int64(len(text))):]
	says := func(reason string) bool { return strings.HasPrefix(e.Reason, reason) }
	switch {
	case says(secretInClear):
		return secretAdvice
	case says("duplicate member"):
		return firstAdvice(e, text)
	case says("a number does not begin with a zero"):
		return `write it in double quotes, as a mode is: "0644"`
	case says("more bytes after the end") && bytes.IndexByte([]byte("]}"), rest[0]) >= 0:
		return "is there a bracket too many?"
	case says("more bytes after the end"):
		return `one file is one config: give the second a file of its own, hk-eval FILE FILE, or unite their "hosts" and "services"`
	case says("the document ends in the middle of a string"), says("control character 0x0a"):
		return `is the double quote missing that ends a text? a line break in one is written \n`
	case says("the document ends"):
		return bracketAdvice(e, text)
	case says("begins with a byte order mark"), says("utf-"), says("invalid utf-8"):
		return encodingAdvice(e.Name, text)
	case says("json has no comments"), says("a string stands in"), says("a comma stands before"), says("expected"):
		return tokenAdvice(e, text, rest)
	}
	return ""
}

// tokenAdvice is for a word or sign that is no part of JSON. It may be one of Jsonnet.
func tokenAdvice(e *jsonx.SyntaxError, text, rest []byte) string {
	advice := ""
	word := string(bareWord.Find(rest))
	switch {
	case strings.HasPrefix(e.Reason, "json has no comments"):
		advice = "take it out"
	case strings.HasPrefix(e.Reason, "a comma stands"):
		advice = "drop the comma"
	case strings.HasPrefix(e.Reason, "a string stands"):
		advice = `write it in double quotes, as they are on a keyboard: "`
	case strings.HasPrefix(e.Reason, `expected ","`), strings.HasPrefix(e.Reason, `expected ":"`):
		return delimiterAdvice(e, text, rest)
	case words[word] != "":
		return "write " + words[word]
	case word != "" && strings.HasPrefix(e.Pointer, "/hosts"):
		advice = "write it in double quotes" // it may be a password
	case word != "" && e.Pointer != "":
		advice = fmt.Sprintf("write it in double quotes: %q", word)
	}
	switch program := isProgram(e.Name, text); {
	case program && advice == "":
		return "this is jsonnet: " + renameAdvice(e.Name)
	case program || strings.HasPrefix(e.Reason, "json has no comments"):
		return advice + ", or " + renameAdvice(e.Name) + ": jsonnet allows it"
	case advice == "" && len(bytes.TrimSpace(text)) == len(bytes.TrimRight(rest, " \t\r\n")):
		return fmt.Sprintf(`a config is an object in json: {"schema": %q, …}`, doc.SchemaConfig)
	}
	return advice
}

// firstAdvice tells where a member that is given twice stands first.
func firstAdvice(e *jsonx.SyntaxError, text []byte) string {
	line, column, ok := jsonx.Document{Name: e.Name, Line: 1, Column: 1, Raw: text}.NamePosition(e.Pointer)
	if !ok {
		return "keep one of the two"
	}
	return fmt.Sprintf("it is at line %d, column %d already: keep one of the two, or give them different names", line, column)
}

// encodingAdvice says how a text becomes UTF-8.
func encodingAdvice(name string, text []byte) string {
	if name == stdinName {
		return ""
	}
	switch {
	case bytes.HasPrefix(text, []byte(byteOrderMark)):
		return fmt.Sprintf("tail -c +4 %s > NEW drops it", name)
	case !utf8.Valid(text) && !bytes.ContainsRune(text, 0):
		return fmt.Sprintf("save it as utf-8; of latin-1 it is made by iconv -f ISO-8859-1 -t UTF-8 %s > NEW", name)
	case bytes.HasPrefix(text, []byte("\xff\xfe")), bytes.HasPrefix(text, []byte("\xfe\xff")):
		return fmt.Sprintf("iconv -f UTF-16 -t UTF-8 %s > NEW", name)
	}
	return ""
}

// readError makes a file that can't be read one of the problems, so that those
// of the other files are told with it.
func readError(name string, err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return &Problem{File: name, Message: err.Error(), Advice: readAdvice(name, err)}
}

func readAdvice(name string, err error) string {
	folder := filepath.Dir(name)
	switch {
	case errors.Is(err, syscall.EISDIR):
		if folder = name; len(Find(name)) == 0 {
			return "give the file of a config"
		}
	case !errors.Is(err, fs.ErrNotExist):
		return ""
	}
	if near, ok := suggest.File(name); ok && folder != name {
		return "did you mean " + near
	}
	if configs := Find(folder); len(configs) > 0 {
		return "give the file of a config: " + strings.Join(configs, ", ")
	}
	return beginAdvice
}
