package resource

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"path"
	"strconv"
	"strings"

	"hostkit/pkg/doc"
)

// records reads lines that end with a path each, in the order in which the paths
// were asked about; a path may hold newlines, and may have vanished meanwhile.
type records struct{ rest []byte }

// next returns what stands before p when the next line is p's, with count fields
// that end with a colon each.
func (rs *records) next(p string, count int) ([]string, bool) {
	fields := strings.SplitN(string(rs.rest[:min(len(rs.rest), 4096)]), ":", count+1)
	if len(fields) <= count {
		return nil, false
	}
	at := 0
	for _, f := range fields[:count] {
		at += len(f) + 1
	}
	if !bytes.HasPrefix(rs.rest[at:], []byte(p+"\n")) {
		return nil, false
	}
	rs.rest = rs.rest[at+len(p)+1:]
	return fields[:count], true
}

func (l *look) readStats(v *view, text []byte) {
	rs := records{text}
	for _, p := range l.paths {
		s := v.sights[p]
		if strings.IndexByte("nmp", s.letter) >= 0 {
			continue
		}
		fields, ok := rs.next(p, 6)
		if ok {
			s.stat = parseStat(fields)
		}
		// What vanished between two commands is not there.
		if s.stat == nil {
			s.letter = 'n'
		}
	}
}

// parseStat reads stat's f:h:u:g:s and .i Y Z.
func parseStat(fields []string) *stat {
	const bits = 63
	var numbers [5]uint64
	for i, form := range [5]struct{ base, bits int }{{16, 32}, {10, bits}, {10, 32}, {10, 32}, {10, bits}} {
		n, err := strconv.ParseUint(fields[i], form.base, form.bits)
		if err != nil {
			return nil
		}
		numbers[i] = n
	}
	stamp := parseStamp(fields[5])
	if stamp == "" {
		return nil
	}
	return &stat{
		mode: uint32(numbers[0]), links: numbers[1], uid: uint32(numbers[2]), gid: uint32(numbers[3]),
		size: int64(numbers[4]), owner: fields[2], group: fields[3],
		stamp: fields[4] + " " + stamp,
	}
}

// parseStamp reads ".i Y Z", and returns "" for anything else; a time may be before
// 1970. The dot keeps the inode from being taken for a size (hk_some_large).
func parseStamp(field string) string {
	numbers := strings.Fields(strings.TrimPrefix(field, "."))
	if len(numbers) != 3 {
		return ""
	}
	for _, n := range numbers {
		_, err := strconv.ParseInt(n, 10, 64)
		_, err2 := strconv.ParseUint(n, 10, 64)
		if err != nil && err2 != nil {
			return ""
		}
	}
	return strings.Join(numbers, " ")
}

// readOwners reads lines u:g:U:G, and names the owners and groups that have a name.
func (v *view) readOwners(text []byte) {
	owners, groups := make(map[string]string), make(map[string]string)
	for line := range strings.Lines(string(text)) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), ":")
		if len(fields) == 4 {
			owners[fields[0]] = accountName(fields[2], fields[0])
			groups[fields[1]] = accountName(fields[3], fields[1])
		}
	}
	for _, s := range v.sights {
		if s.stat != nil {
			s.stat.owner = cmp.Or(owners[s.stat.owner], s.stat.owner)
			s.stat.group = cmp.Or(groups[s.stat.group], s.stat.group)
		}
	}
}

// accountName is the number where there is no name: stat says UNKNOWN then.
func accountName(name, number string) string {
	if name == "UNKNOWN" || name == "" {
		return number
	}
	return name
}

// readFolders returns the folders that everybody may go through.
func (l *look) readFolders(text []byte) map[string]bool {
	open := make(map[string]bool)
	rs := records{text}
	for _, p := range l.folders {
		if fields, ok := rs.next(p, 1); ok {
			mode, err := strconv.ParseUint(fields[0], 8, 32)
			open[p] = err == nil && mode&1 != 0
		}
	}
	return open
}

// readTargets reads what readlink -z or BusyBox's stat say of the links.
func (l *look) readTargets(v *view, rest *sections) {
	var links []*sight
	for _, p := range l.paths {
		if s := v.sights[p]; s.letter == 'l' {
			links = append(links, s)
		}
	}
	text := rest.next()
	if len(text) > 0 && text[0] == 'n' {
		readQuotedTargets(text[1:], links)
		return
	}
	var targets []string
	for text = bytes.TrimPrefix(text, []byte{'z'}); len(text) > 0; text = rest.next() {
		targets = append(targets, string(text))
	}
	// One target too few says that a link vanished, and not which.
	if len(targets) != len(links) {
		return
	}
	for i, s := range links {
		s.to = targets[i]
	}
}

// readQuotedTargets reads lines 'PATH' -> 'TARGET', in which nothing is escaped.
func readQuotedTargets(text []byte, links []*sight) {
	for _, s := range links {
		lead := "'" + s.path + "' -> '"
		if !bytes.HasPrefix(text, []byte(lead)) {
			continue
		}
		rest := text[len(lead):]
		end := int(s.stat.size)
		if end > len(rest) || !bytes.HasPrefix(rest[end:], []byte("'\n")) {
			continue
		}
		s.to = string(rest[:end])
		text = rest[end+2:]
	}
}

// readKernel reads lines INDEX NAME.
func (l *look) readKernel(v *view, text []byte) {
	for line := range strings.Lines(string(text)) {
		index, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		if at, err := strconv.Atoi(index); err == nil && at >= 1 && at <= len(l.paths) {
			v.sights[l.paths[at-1]].kernel = name
		}
	}
}

// digestEscapes are how sha256sum writes names in lines that begin with a
// backslash.
var digestEscapes = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\r`, "\r")

// readDigests reads the lines of sha256sum. GNU escapes names, BusyBox does not.
func (l *look) readDigests(v *view, text []byte) {
	const width = 2 * sha256.Size
	for _, p := range l.paths {
		s := v.sights[p]
		line, escaped := bytes.CutPrefix(text, []byte(`\`))
		if s.letter != 'f' || len(line) < width+2 {
			continue
		}
		name := line[width+2:]
		switch {
		case escaped:
			shown, rest, _ := bytes.Cut(name, []byte{'\n'})
			if digestEscapes.Replace(string(shown)) != p {
				continue
			}
			text = rest
		case bytes.HasPrefix(name, []byte(p+"\n")):
			text = name[len(p)+1:]
		default:
			continue
		}
		// What is no digest leaves it empty.
		_ = s.digest.UnmarshalText(append([]byte("sha256:"), line[:width]...))
	}
}

// readContents cuts text into the files whose index and size printed lists. A
// file that changed meanwhile has another digest and is dropped, like all that a
// longer or shorter one has moved. So is a file behind a folder that is closed to
// others: its own mode does not say that everybody may read it.
func (l *look) readContents(v *view, printed, text []byte, open map[string]bool) {
	for line := range strings.Lines(string(printed)) {
		first, second, _ := strings.Cut(strings.TrimSpace(line), " ")
		at, err1 := strconv.Atoi(first)
		size, err2 := strconv.Atoi(second)
		if err1 != nil || err2 != nil || at < 1 || at > len(l.paths) || size < 0 || size > len(text) {
			return
		}
		s := v.sights[l.paths[at-1]]
		if digestOf(text[:size]) == s.digest && public(s, open) {
			s.content = append([]byte{}, text[:size]...)
		}
		text = text[size:]
	}
}

func public(s *sight, open map[string]bool) bool {
	for _, folder := range ancestors(s.path) {
		if !open[folder] {
			return false
		}
	}
	return s.folder == path.Dir(s.path)
}

func digestOf(content []byte) doc.Digest {
	sum := sha256.Sum256(content)
	return doc.Digest("sha256:" + hex.EncodeToString(sum[:]))
}
