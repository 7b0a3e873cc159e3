package docs

import (
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

var (
	codeSpan   = regexp.MustCompile("(`+)(.+?)`+")
	inlineLink = regexp.MustCompile(`\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)`)
	heading    = regexp.MustCompile(`^#{1,6} +(.*?)(?: +#+)?$`)
	linkText   = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
)

// prose notes the links, the code spans and the heading of a line that is in no block.
func (p *page) prose(i int) {
	line := p.lines[i]
	for _, found := range codeSpan.FindAllStringSubmatch(line, -1) {
		p.spans = append(p.spans, span{i + 1, strings.TrimSpace(found[2])})
	}
	bare := codeSpan.ReplaceAllString(line, "")
	for _, found := range inlineLink.FindAllStringSubmatch(bare, -1) {
		p.links = append(p.links, link{i + 1, found[1]})
	}
	if found := heading.FindStringSubmatch(line); found != nil {
		p.addAnchor(found[1])
	}
}

// addAnchor notes the anchor that GitHub gives a heading: lower case, of the signs
// only hyphens and underscores, spaces as hyphens, and a number behind the second one
// that is called the same.
func (p *page) addAnchor(text string) {
	text = linkText.ReplaceAllString(text, "$1")
	name := strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-', r == '_', unicode.IsLetter(r), unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, text)
	anchor := name
	for n := '1'; p.anchors[anchor] && n <= '9'; n++ {
		anchor = name + "-" + string(n)
	}
	p.anchors[anchor] = true
}

// checkLinks follows the relative links of all pages, and finds pages that no link
// of README.md, or of a page that it leads to, leads to.
func checkLinks(root string, pages []*page) []problem {
	var problems []problem
	byPath := map[string]*page{}
	for _, p := range pages {
		byPath[p.path] = p
	}
	leads := map[string][]string{}
	for _, p := range pages {
		for _, l := range p.links {
			to, what := resolve(root, p, l, byPath)
			if what != "" {
				problems = append(problems, problem{p.path, l.line, what})
			}
			leads[p.path] = append(leads[p.path], to)
		}
	}
	reached := map[string]bool{}
	ahead := []string{"README.md"}
	for len(ahead) > 0 {
		at := ahead[0]
		ahead = ahead[1:]
		if reached[at] {
			continue
		}
		reached[at] = true
		ahead = append(ahead, leads[at]...)
	}
	for _, p := range pages {
		if !reached[p.path] {
			problems = append(problems, problem{p.path, 1, "no link leads here from README.md, nor from a page that it leads to"})
		}
	}
	slices.SortFunc(problems, func(a, b problem) int { return strings.Compare(a.file, b.file) })
	return problems
}

// resolve says which page a link leads to, or what is wrong with it.
func resolve(root string, from *page, l link, pages map[string]*page) (to, what string) {
	target, anchor, anchored := strings.Cut(l.target, "#")
	if strings.Contains(target, ":") {
		return "", "" // another site's
	}
	to = from.path
	if target != "" {
		to = path.Join(path.Dir(from.path), target)
		if strings.HasPrefix(target, "/") || strings.HasPrefix(to, "..") {
			return "", "the link " + l.target + " leads out of the repository"
		}
	}
	info, err := os.Stat(root + "/" + to)
	if err != nil {
		return "", "the link " + l.target + " leads to nothing"
	}
	if info.IsDir() {
		to = path.Join(to, "README.md")
	}
	if !anchored {
		return to, ""
	}
	if p := pages[to]; p == nil || !p.anchors[anchor] {
		return to, "the link " + l.target + " leads to no heading"
	}
	return to, ""
}
