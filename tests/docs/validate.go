package docs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path"
	"path/filepath"
	"strings"

	"github.com/google/go-jsonnet"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
	"hostkit/schemas"
	"hostkit/tests/binaries"
)

// checkJSON parses a block as strictly as our commands would, and validates what has
// a schema, or stands in a document that has one.
func (p *page) checkJSON(b block, c *checker) []problem {
	text, shift := b.text(), 0
	if b.in != "" {
		whole, err := inDocument(b.in, text)
		if err != nil {
			return []problem{{p.path, b.line, err.Error()}}
		}
		text, shift = whole, -1
	}
	reader := jsonx.NewReader("block", strings.NewReader(text))
	for {
		document, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return []problem{{p.path, b.line + lineOf(err) - 1 + shift, err.Error()}}
		}
		if b.notRun {
			continue
		}
		if err := validate(document); err != nil {
			return []problem{{p.path, b.line, err.Error()}}
		}
		if document.Schema() == string(doc.SchemaConfig) && b.name == "" && b.in == "" {
			if err := evaluate(c.bin, filepath.Join(c.root, path.Dir(p.path)), document.Raw); err != nil {
				return []problem{{p.path, b.line, err.Error()}}
			}
		}
	}
	if reader.Count() == 0 {
		return []problem{{p.path, b.line, "the block holds no JSON"}}
	}
	return nil
}

func lineOf(err error) int {
	var at *jsonx.SyntaxError
	if errors.As(err, &at) {
		return at.Line
	}
	return 1
}

// validate holds a document against the schema that it says it has, if any.
func validate(document jsonx.Document) error {
	name := doc.Schema(document.Schema())
	if name == "" {
		return nil
	}
	raw, ok := schemas.Get(name)
	if !ok {
		return fmt.Errorf("there is no schema %q", name)
	}
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(schemas.FileName(name), parsed); err != nil {
		return err
	}
	schema, err := c.Compile(schemas.FileName(name))
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(document.Raw))
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

// evaluate has hk-eval look at a config as if it stood in a folder.
func evaluate(bin, folder string, raw []byte) error {
	cmd := exec.Command(filepath.Join(bin, "hk-eval"), "--check", "-")
	cmd.Dir, cmd.Env, cmd.Stdin = folder, binaries.Environ(bin), bytes.NewReader(raw)
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, bytes.TrimSpace(said))
	}
	return nil
}

// wholes are the least documents that a part can stand in, by their short names.
var wholes = map[string]string{
	"config": `"schema": "hostkit.config/v1", "project": "shop"`,
	"host":   `"schema": "hostkit.host/v1", "project": "shop", "host": {"name": "server"}`,
}

// inDocument puts a part into the document that it is a part of. at is where: members
// of objects with dots between, "[]" behind those that are arrays; the first one may
// name a document other than the config. The part begins in the second line.
func inDocument(at, part string) (string, error) {
	names := strings.Split(at, ".")
	head, ok := wholes[names[0]]
	if ok {
		names = names[1:]
	} else {
		head = wholes["config"]
		if names[0] != "hosts" {
			head += `, "hosts": {"server": {}}`
		}
		if names[0] != "services" {
			head += `, "services": {}`
		}
	}
	if len(names) == 0 {
		return "", fmt.Errorf("in %s: say which member of the document", at)
	}
	var opened, closed string
	for _, name := range names {
		member, isArray := strings.CutSuffix(name, "[]")
		opened += `{"` + member + `": `
		closed = "}" + closed
		if isArray {
			opened += "["
			closed = "]" + closed
		}
	}
	trimmed := strings.TrimSpace(part)
	if !strings.HasPrefix(trimmed, "{") {
		part = "{" + part + "}"
		if !strings.HasPrefix(trimmed, `"`) || strings.HasSuffix(at, "[]") {
			part = trimmed
		}
	}
	// The outermost brace is that of the document itself.
	return "{" + head + ", " + strings.TrimPrefix(opened, "{") + "\n" + part + closed, nil
}

func parseJsonnet(text string) error {
	_, err := jsonnet.SnippetToAST("block", text)
	return err
}

// parseYAML parses with the YAML of Jsonnet's standard library.
func parseYAML(text string) error {
	vm := jsonnet.MakeVM()
	vm.ExtVar("text", text)
	_, err := vm.EvaluateAnonymousSnippet("block", `std.parseYaml(std.extVar("text"))`)
	return err
}
