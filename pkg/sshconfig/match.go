package sshconfig

import "strings"

// match says whether a Match line applies. Of the criteria that can't be judged
// here (exec, tagged, localnetwork, …) it is an error only when all others fit:
// the line would decide then.
func (p *pass) match(l line) (bool, error) {
	if l.argsErr != nil {
		return false, l.refuse(l.argsErr.Error(), "mend the line, "+wayOut)
	}
	if strings.ContainsAny(l.rest, `'\`) {
		return false, l.refuse("versions of ssh differ in how they read this Match line", "write it without ' and \\, "+wayOut)
	}
	host, err := p.hostname()
	if err != nil {
		return false, err
	}
	fits, about, unknown, criteria := true, false, "", 0
	for rest := l.rest; ; criteria++ {
		word, after, ok := delimited(rest)
		if !ok {
			return false, l.refuse(errQuote.Error(), "mend the line, "+wayOut)
		}
		if word == "" || word[0] == '#' {
			break
		}
		rest = after
		name, negated := strings.CutPrefix(strings.ToLower(word), "!")
		var value bool
		switch name {
		case "all":
			if next, _, _ := delimited(rest); criteria > 1 || next != "" && next[0] != '#' {
				return false, l.refuse("all can't stand beside other criteria", "mend the line, "+wayOut)
			}
			return fits && !negated, nil
		case "final", "canonical":
			// Names are never canonicalized, so both mean the second pass.
			p.wantFinal = p.wantFinal || name == "final"
			fits = fits && p.final != negated
			continue
		}
		argument, after, ok := delimited(rest)
		if !ok || argument == "" || argument[0] == '#' {
			return false, l.refuse("nothing follows "+name, "mend the line, "+wayOut)
		}
		rest = after
		switch name {
		case "host":
			value = MatchesList(strings.ToLower(host), strings.ToLower(argument))
			about = about || value
		case "originalhost":
			value = MatchesList(strings.ToLower(p.original), strings.ToLower(argument))
			about = about || value
		case "user":
			value = MatchesList(p.user(), argument)
		case "localuser":
			value = MatchesList(p.config.user, argument)
		default:
			unknown = name
			continue
		}
		fits = fits && value != negated
	}
	if criteria == 0 {
		return false, l.refuse("nothing follows Match", "mend the line, "+wayOut)
	}
	if fits && unknown != "" {
		return false, l.refuse(
			"whether Match "+unknown+" applies can't be told here",
			"write the block with Host or Match host, "+wayOut)
	}
	p.listed = p.listed || fits && about
	return fits, nil
}
