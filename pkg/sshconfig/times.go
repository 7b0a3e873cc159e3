package sshconfig

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

func (p *pass) times(s *Settings) error {
	for _, of := range []struct {
		keyword string
		to      *time.Duration
	}{{"connecttimeout", &s.ConnectTimeout}, {"serveraliveinterval", &s.ServerAliveInterval}} {
		l, ok := p.first[of.keyword]
		if !ok {
			continue
		}
		var err error
		if *of.to, err = duration(l.args[0]); err != nil {
			return l.refuse(l.written+" "+err.Error(), "mend the line, "+wayOut)
		}
	}
	if l, ok := p.first["connectionattempts"]; ok {
		n, err := strconv.Atoi(l.args[0])
		if err != nil || n < 1 {
			return l.refuse("ConnectionAttempts "+strconv.Quote(l.args[0])+" is not a number above 0", "mend the line, "+wayOut)
		}
		s.ConnectionAttempts = n
	}
	return nil
}

// maxTime is 68 years.
const maxTime = 1 << 31 * time.Second

// duration reads a time of sshd_config(5), "10", "1m30s"; "none" is 0.
func duration(text string) (time.Duration, error) {
	refuse := errors.New(strconv.Quote(text) + " is not a time")
	if text == "none" {
		return 0, nil
	}
	units := map[byte]time.Duration{
		's': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour,
	}
	var sum time.Duration
	for rest := text; ; {
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		n, err := strconv.ParseUint(rest[:digits], 10, 31)
		if err != nil {
			return 0, refuse
		}
		unit := time.Second
		if rest = rest[digits:]; rest != "" {
			var ok bool
			if unit, ok = units[rest[0]|0x20]; !ok {
				return 0, refuse
			}
			rest = rest[1:]
		}
		if n > uint64(maxTime/unit) {
			return 0, refuse
		}
		if sum += time.Duration(n) * unit; sum > maxTime {
			return 0, refuse
		}
		if rest == "" {
			return sum, nil
		}
	}
}
