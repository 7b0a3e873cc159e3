package sshconfig

import "strings"

// matches says whether a pattern of ssh_config(5) fits all of s: "*" is any
// bytes, "?" is one. It takes time of the product of the two lengths at most.
func matches(s, pattern string) bool {
	i, j, star, from := 0, 0, -1, 0
	for i < len(s) {
		switch {
		case j < len(pattern) && pattern[j] == '*':
			star, from = j, i
			j++
		case j < len(pattern) && (pattern[j] == '?' || pattern[j] == s[i]):
			i++
			j++
		case star >= 0:
			from++
			i, j = from, star+1
		default:
			return false
		}
	}
	return strings.Trim(pattern[j:], "*") == ""
}

// MatchesList says whether s fits a pattern list of ssh_config(5), with commas; a
// negated pattern that fits wins.
func MatchesList(s, list string) bool {
	found := false
	for pattern := range strings.SplitSeq(list, ",") {
		plain, negated := strings.CutPrefix(pattern, "!")
		if matches(s, plain) {
			if negated {
				return false
			}
			found = true
		}
	}
	return found
}

// matchesAny is for the words of a Host line.
func matchesAny(s string, patterns []string) bool {
	found := false
	for _, pattern := range patterns {
		plain, negated := strings.CutPrefix(pattern, "!")
		if matches(s, plain) {
			if negated {
				return false
			}
			found = true
		}
	}
	return found
}
