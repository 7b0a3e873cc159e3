package sshconfig

import "strings"

// ignores reports whether a keyword that is not known is to be passed over.
func (p *pass) ignores(keyword string) bool {
	ignored, ok := p.first["ignoreunknown"]
	return ok && MatchesList(keyword, strings.ToLower(ignored.args[0]))
}

// doubt notes a line that does not apply, if its keyword is not known: of a misspelled
// Host, all lines below it are taken for those of the Host before.
func (p *pass) doubt(l line) {
	_, alias := aliases[l.keyword]
	_, known := keywords[l.keyword]
	if alias || known || l.keyword == "" || p.final || p.ignores(l.keyword) {
		return
	}
	p.doubts = append(p.doubts, l.unknown(": the line is passed over, since it stands with another host; ssh refuses a file with a keyword that it does not know"))
}

// unknown is the error of a keyword that is not known; more says what that means.
func (l line) unknown(more string) *Error {
	return l.refuse(l.written+" is not known"+more, "mend the line, put it below `IgnoreUnknown "+l.written+"`, "+wayOut)
}
