package sshconfig

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
)

// maxDepth is how deep OpenSSH follows Include; maxIncludes bounds what a file
// that includes itself often can cost.
const (
	maxDepth    = 16
	maxIncludes = 4096
)

// source is where lines come from.
type source struct {
	// user says that this is the user's file, or included by it: Include is
	// relative to ~/.ssh then.
	user bool
	// never says that the Include stands in a block that does not apply.
	never bool
	depth int
}

// include reads the files that an Include line names, in the order of ssh. What
// blocks they open end with them.
func (p *pass) include(l line, from source, active bool) error {
	if from.depth >= maxDepth {
		return l.refuse("files include each other more than 16 deep", "let no file include itself, "+wayOut)
	}
	from.depth++
	from.never = !active
	for _, arg := range l.args {
		pattern, err := p.anchored(arg, from.user)
		if err != nil {
			return l.refuse(err.Error(), wayOut)
		}
		paths, err := glob(pattern)
		if err != nil {
			return l.refuse("the pattern "+arg+" can't be read", "name the files, "+wayOut)
		}
		for _, path := range paths {
			if p.includes++; p.includes > maxIncludes {
				return l.refuse("more than 4096 files are included", "let no file include itself, "+wayOut)
			}
			lines, err := p.config.read(path, true)
			if err != nil {
				return err
			}
			if err := p.apply(lines, from); err != nil {
				return err
			}
		}
	}
	return nil
}

// anchored is the absolute pattern that arg of an Include means.
func (p *pass) anchored(arg string, user bool) (string, error) {
	switch {
	case arg == "":
		return "", errors.New("an Include is empty")
	case arg[0] == '~' && !user:
		return "", errors.New("a system file may not include " + arg)
	case arg[0] == '~':
		return p.config.tilde(arg)
	case filepath.IsAbs(arg):
		return arg, nil
	case user:
		return p.config.tilde("~/.ssh/" + arg)
	}
	return filepath.Join(filepath.Dir(p.config.system), arg), nil
}

// glob is glob(3): sorted, and a wildcard at the beginning of a name does not
// fit a dot there, so that what editors leave behind is not read.
func glob(pattern string) ([]string, error) {
	if strings.Contains(pattern, "[:") {
		return nil, filepath.ErrBadPattern
	}
	pattern = strings.ReplaceAll(filepath.Clean(pattern), "[!", "[^")
	found, err := filepath.Glob(pattern)
	if err != nil {
		return nil, err
	}
	parts := strings.Split(pattern, "/")
	found = slices.DeleteFunc(found, func(path string) bool {
		for i, name := range strings.Split(path, "/") {
			if strings.HasPrefix(name, ".") && i < len(parts) && !strings.HasPrefix(parts[i], ".") && !strings.HasPrefix(parts[i], `\.`) {
				return true
			}
		}
		return false
	})
	slices.Sort(found)
	return found, nil
}
