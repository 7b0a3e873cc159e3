package manager

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// zypperAnswer is one <stream> of zypper --xmlout (its xmlout.rnc), as far as it
// is of use here.
type zypperAnswer struct {
	// solvables has the packages of a summary or of a search.
	solvables []zypperSolvable
	// said has the text of messages of type error and of prompts, and of those
	// messages that explain them; empty lines are left out.
	said string
	// status is the exit status, where the script tells it.
	status int
}

// zypperSolvable is a package in one of the lists of a summary, "install",
// "upgrade", …, or in the result of a search.
type zypperSolvable struct {
	list                string
	name, edition, arch string
	oldEdition, oldArch string
	repository          string
}

// readZypper reads a stream at the beginning of text and returns what follows it.
// What XML has no way to hold, which descriptions of packages may all the same, is
// taken out first.
func readZypper(text []byte) (zypperAnswer, []byte, error) {
	var a zypperAnswer
	var said strings.Builder
	d := xml.NewDecoder(bytes.NewReader(text))
	list, heard := "", 0
	for depth := 0; ; {
		token, err := d.Token()
		if err != nil {
			return a, nil, errors.New("zypper's answer is not whole")
		}
		switch t := token.(type) {
		case xml.StartElement:
			if depth == 0 && t.Name.Local != "stream" {
				return a, nil, fmt.Errorf("zypper answered with %q", t.Name.Local)
			}
			if depth++; depth > 64 {
				return a, nil, errors.New("zypper's answer is nested too deeply")
			}
			switch {
			case t.Name.Local == "solvable":
				a.solvables = append(a.solvables, zypperPackage(list, t))
			case strings.HasPrefix(t.Name.Local, "to-"):
				list = strings.TrimPrefix(t.Name.Local, "to-")
			case t.Name.Local == "message" || t.Name.Local == "prompt":
				heard = depth
			}
		case xml.CharData:
			if heard != 0 && len(bytes.TrimSpace(t)) > 0 {
				said.Write(bytes.TrimSpace(t))
				said.WriteByte('\n')
			}
		case xml.EndElement:
			if strings.HasPrefix(t.Name.Local, "to-") {
				list = ""
			}
			if depth == heard {
				heard = 0
			}
			if depth--; depth == 0 {
				a.said = said.String()
				return a, text[d.InputOffset():], nil
			}
		}
	}
}

// zypperPackage reads an element; what is no package has no name.
func zypperPackage(list string, t xml.StartElement) zypperSolvable {
	s := zypperSolvable{list: list}
	kind := ""
	for _, attribute := range t.Attr {
		switch attribute.Name.Local {
		case "type", "kind":
			kind = attribute.Value
		case "name":
			s.name = attribute.Value
		case "edition":
			s.edition = strings.TrimPrefix(attribute.Value, "0:")
		case "edition-old":
			s.oldEdition = strings.TrimPrefix(attribute.Value, "0:")
		case "arch":
			s.arch = attribute.Value
		case "arch-old":
			s.oldArch = attribute.Value
		case "repository":
			s.repository = attribute.Value
		}
	}
	if kind != "package" {
		s.name = ""
	}
	return s
}

// legalXML drops the bytes that no XML document may hold.
func legalXML(text []byte) []byte {
	return bytes.Map(func(r rune) rune {
		if r == utf8.RuneError || r < ' ' && r != '\n' && r != '\t' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, text)
}
