package repology

import (
	"errors"
	"net"
	"net/url"
	"strings"
)

// ParseURL reads the address of Repology or of a mirror: https, or plain http on
// the loopback interface alone, since names become packages that root installs.
func ParseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "":
		return nil, errors.New("want an address like " + DefaultURL)
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.Contains(u.Path, "//"):
		return nil, errors.New("want an address without user, query and fragment")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return nil, errors.New("plain http goes to the loopback interface only: want https")
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("want https")
	}
	u.Path = strings.TrimSuffix(u.Path, "/")
	u.RawPath = strings.TrimSuffix(u.RawPath, "/")
	return u, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
