package sshconfig

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"strconv"
	"strings"
)

// expand replaces the tokens %x and, with lookupEnv, ${NAME}. A token that is not
// among values is an error, as it is for ssh.
func expand(text string, values map[byte]string, lookupEnv func(string) (string, bool)) (string, error) {
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case lookupEnv != nil && strings.HasPrefix(text[i:], "${"):
			name, _, closed := strings.Cut(text[i+2:], "}")
			if !closed {
				return "", fmt.Errorf("%q has a ${ without a }", text)
			}
			value, ok := lookupEnv(name)
			if !ok {
				return "", fmt.Errorf("%q needs the variable %s, which is not set", text, name)
			}
			out.WriteString(value)
			i += 2 + len(name)
		case text[i] != '%':
			out.WriteByte(text[i])
		case i+1 == len(text):
			return "", fmt.Errorf("%q ends with a lone %%", text)
		default:
			i++
			value, ok := values[text[i]]
			if text[i] == '%' {
				value, ok = "%", true
			}
			if !ok {
				return "", fmt.Errorf("%q has the token %%%c, which has no meaning here", text, text[i])
			}
			out.WriteString(value)
		}
	}
	return out.String(), nil
}

// tokens are the values of ssh_config(5), TOKENS, but for %C and %j, whose
// meaning differs between versions of ssh.
func (p *pass) tokens(s Settings) map[byte]string {
	local, _ := os.Hostname()
	short, _, _ := strings.Cut(local, ".")
	login := s.User
	if login == "" {
		login = p.config.user
	}
	key := s.HostKeyAlias
	if key == "" {
		key = p.original
	}
	return map[byte]string{
		'd': p.config.home, 'h': s.HostName, 'i': strconv.Itoa(p.config.uid), 'k': key, 'L': short, 'l': local,
		'n': p.original, 'p': strconv.Itoa(s.Port), 'r': login, 'u': p.config.user,
	}
}

// path expands a value that names a file. What a document gives may be a part of
// a file's name, but can't lead to another folder.
func (p *pass) path(value string, tokens map[byte]string) (string, error) {
	value, err := p.config.tilde(value)
	if err != nil {
		return "", err
	}
	for _, token := range []byte("hknr") {
		if given := tokens[token]; strings.Contains(value, "%"+string(token)) && (strings.Contains(given, "/") || given == "." || given == "..") {
			return "", fmt.Errorf("%%%c is %q, which can't be part of a file's name", token, given)
		}
	}
	return expand(value, tokens, p.config.lookupEnv)
}

// tilde expands a ~ at the beginning as ssh does, of $HOME where ssh asks the
// user database.
func (c *Config) tilde(path string) (string, error) {
	if !strings.HasPrefix(path, "~") {
		return path, nil
	}
	name, rest, _ := strings.Cut(path[1:], "/")
	home := c.home
	if name != "" {
		u, err := user.Lookup(name)
		if err != nil {
			return "", fmt.Errorf("%q: there is no user %s", path, name)
		}
		home = u.HomeDir
	}
	if home == "" {
		return "", errors.New("no home folder for " + strconv.Quote(path) + ": set HOME, or write an absolute path")
	}
	return strings.TrimRight(home, "/") + "/" + strings.TrimLeft(rest, "/"), nil
}
