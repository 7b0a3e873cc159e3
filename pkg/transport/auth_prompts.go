package transport

import (
	"errors"
	"slices"
	"strings"
)

// conversation answers one keyboard-interactive login (RFC 4256).
type conversation struct {
	login    *login
	answered bool
	// asked is the question that was answered.
	asked string
	// heard is what the server has said so far, in lower case.
	heard string
}

// answer gives the password to the one question that a password answers: a
// single one whose answer is not shown, and that is not about a new password.
func (c *conversation) answer(name, instruction string, prompts []string, echos []bool) ([]string, error) {
	const heardAtMost = 4096
	if len(c.heard) < heardAtMost {
		said := strings.ToLower(strings.Join(append([]string{name, instruction}, prompts...), "\n"))
		c.heard += said[:min(len(said), heardAtMost)]
	}
	switch {
	case len(prompts) == 0:
		// PAM may have something to say, and asks nothing.
		return []string{}, nil
	case len(prompts) == 1 && !echos[0] && !c.answered && !wantsNewPassword(strings.ToLower(prompts[0])):
		c.answered, c.asked = true, prompts[0]
		return []string{c.login.target.Password.RevealString()}, nil
	}
	if c.answered && len(prompts) == 1 && prompts[0] == c.asked {
		c.login.why = "the server asks for the password once more"
		return nil, errors.New(c.login.why)
	}
	question := `"` + strings.TrimSpace(printable(prompts[0])) + `"`
	c.login.why = "the server asks more than a password answers (" + question + ")"
	if wantsNewPassword(c.heard) {
		c.login.expired = true
		c.login.why = "the server wants a new password (" + question + ")"
	}
	return nil, errors.New(c.login.why)
}

// wantsNewPassword knows the words of PAM (pam_unix, pam_sss, pam_winbind),
// OpenSSH and BSD. In other languages such a question is one of those that a
// password does not answer.
func wantsNewPassword(said string) bool {
	return slices.ContainsFunc([]string{
		"new password", "new unix password", "current password", "(current) unix password", "current unix password",
		"old password", "retype", "change your password", "password has expired", "password expired",
		"required to change", "change password",
	}, func(words string) bool { return strings.Contains(said, words) })
}
