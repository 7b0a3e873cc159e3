package render

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/tidwall/gjson"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/visible"
)

const (
	// mostLines bounds the diff of one content; most reviews need fewer.
	mostLines = 60
	// mostBytes bounds one line of content: minified JSON may be one line.
	mostBytes = 400
)

// value gives an attribute in a few words.
func (p *page) value(name string, v gjson.Result) string {
	switch {
	case !v.Exists():
		return ""
	case v.Type == gjson.String && (name == fetched || name == fetchedAfter):
		return p.options.instant(v.Str)
	case v.Type == gjson.String && name == "stamp":
		return p.stamp(v.Str)
	case v.Type == gjson.String:
		return p.options.text(v.Str)
	case v.Type == gjson.Number && name == "size":
		return size(v.Int())
	case v.IsArray():
		var parts []string
		v.ForEach(func(_, item gjson.Result) bool {
			parts = append(parts, p.value(name, item))
			return true
		})
		return "[" + strings.Join(parts, ", ") + "]"
	case v.IsObject():
		return p.reserved(v)
	}
	return v.Raw
}

// stamp words the state of a file of which nothing else may be told: its size, inode,
// and the times of the last change of its content and of anything.
func (p *page) stamp(s string) string {
	fields := strings.Fields(s)
	bytes, err := strconv.ParseInt(strings.Join(fields[:min(len(fields), 1)], ""), 10, 64)
	if err != nil || len(fields) != 4 {
		return p.options.text(s)
	}
	return fmt.Sprintf("%s of %s (inode %s, changed %s)", size(bytes), p.options.instant(fields[2]), fields[1], p.options.instant(fields[3]))
}

// text quotes what could be taken for our own words, and cuts digests.
func (o Options) text(s string) string {
	if s == "" || strings.ContainsAny(s, " \",→[]{}") {
		return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"`
	}
	return o.digest(s)
}

// reserved words the objects with a meaning of their own: references and bytes.
func (p *page) reserved(v gjson.Result) string {
	var ref doc.SecretRef
	if ok(v, &ref) && ref.String() != "no secret" {
		return "secret from " + ref.String()
	}
	var content doc.Content
	if !ok(v, &content) {
		return p.object(v)
	}
	if f := content.File; f != nil {
		return fmt.Sprintf("local file %s, %s, %s", f.Path, size(f.Size), p.options.digest(string(f.Digest)))
	}
	return fmt.Sprintf("not text, %s, %s", size(int64(len(content.Bytes))), p.options.digest(sum(content.Bytes)))
}

// object gives an object on one line, however it is written in the document.
func (p *page) object(v gjson.Result) string {
	var parts []string
	v.ForEach(func(name, member gjson.Result) bool {
		parts = append(parts, p.options.text(name.Str)+": "+p.value(name.Str, member))
		return true
	})
	return "{" + strings.Join(parts, ", ") + "}"
}

func sum(content []byte) string {
	s := sha256.Sum256(content)
	return jsonx.DigestPrefix + hex.EncodeToString(s[:])
}

// ok reports whether v strictly is what target points to.
func ok(v gjson.Result, target any) bool {
	d, err := jsonx.Check("", []byte(v.Raw))
	return err == nil && jsonx.Unmarshal(d, target) == nil
}

// content writes content as a diff of lines, or what it is where it can't be
// shown. Such words stand in line with the other attributes' values, which begin
// at hang.
func (p *page) content(indent, hang int, s side, a attributes) {
	label := dim.of(s.name)
	if a.sensitive && (!s.after.Exists() || !doc.IsSecretRef([]byte(s.after.Raw))) {
		p.line(indent, pad(label, hang), noInk.of("sensitive, not shown"))
		return
	}
	if !a.isLong(s) {
		p.list(indent, pad(label, hang), "", a.between(s, p.describe(s.before), p.describe(s.after))...)
		return
	}
	switch {
	case a.whole:
	case !s.before.Exists():
		label.text += visible.String("  (all of it: what is there now was not read)")
	case !s.after.Exists():
		label.text += visible.String("  (what is there now)")
	case a.arrow == staleArrow:
		label.text += visible.String("  (- planned, + found)")
	}
	p.line(indent, label)
	p.lines(indent+2, diffLines(s.before.Str, s.after.Str))
}

// describe says what a content is without showing it.
func (p *page) describe(v gjson.Result) string {
	if v.Type == gjson.String {
		return fmt.Sprintf("text, %s, %s", size(int64(len(v.Str))), p.options.digest(sum([]byte(v.Str))))
	}
	return p.value("content", v)
}

// diffLines gives a unified diff with three lines of context and without file
// names; every line begins with one of "+- @\".
func diffLines(old, now string) []string {
	switch {
	case old == now:
		return nil
	case old == "":
		return signed("+", now)
	case now == "":
		return signed("-", old)
	}
	const header = 3
	text := string(diff.Diff("", []byte(old), "", []byte(now)))
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")[header:]
}

func signed(sign, content string) []string {
	body, ended := strings.CutSuffix(content, "\n")
	lines := strings.Split(body, "\n")
	for i := range lines {
		lines[i] = sign + lines[i]
	}
	if !ended {
		lines = append(lines, `\ No newline at end of file`)
	}
	return lines
}

var signs = map[byte]ink{'+': green, '-': red, '@': cyan, '\\': dim}

// lines writes the lines of a diff up to the bound, and says what it leaves out.
func (p *page) lines(indent int, all []string) {
	shown := all
	if !p.options.Full && len(all) > mostLines+1 {
		shown = all[:mostLines]
	}
	for _, line := range shown {
		p.diffLine(indent, line)
	}
	if left := all[len(shown):]; len(left) > 0 {
		added, removed := 0, 0
		for _, line := range left {
			switch line[0] {
			case '+':
				added++
			case '-':
				removed++
			}
		}
		p.line(indent, bold.of(fmt.Sprintf("… %d more lines left out, with +%d -%d: hk-show --full", len(left), added, removed)))
	}
}

func (p *page) diffLine(indent int, line string) {
	i := signs[line[0]]
	if line[0] == '@' || line[0] == '\\' {
		p.line(indent, i.of(line))
		return
	}
	body, left := line[1:], 0
	if !p.options.Full && len(body) > mostBytes {
		cut := mostBytes
		for cut > mostBytes-utf8.UTFMax && !utf8.RuneStart(body[cut]) {
			cut--
		}
		body, left = body[:cut], len(body)-cut
	}
	row := []segment{i.of(line[:1] + " "), i.last(body)}
	if left > 0 {
		row = append(row, bold.of(fmt.Sprintf("… %d more bytes left out: hk-show --full", left)))
	}
	p.line(indent, row...)
}
