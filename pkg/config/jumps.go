package config

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
)

// layWays puts, in place of every jump host that is a host of the config, how
// that one is reached.
func (l *loader) layWays() {
	if l.broken() {
		return
	}
	w := &ways{loader: l, known: map[*host][]doc.Jump{}}
	for _, h := range sorted(l.hosts) {
		w.to(h)
	}
	for h, way := range w.known {
		if h.config.SSH == nil || len(h.config.SSH.Jump) == 0 {
			continue
		}
		ssh := *h.config.SSH
		ssh.Jump = way
		h.config.SSH = &ssh
	}
}

// ways finds the hosts to go through.
type ways struct {
	*loader
	known map[*host][]doc.Jump
	// path are the hosts on the way to which the search is.
	path []*host
}

// to is the way to a host, the first to go through first. As with ssh -J, the
// jump hosts of the first host of a list come before it, and the others are
// reached from the one before them.
func (w *ways) to(h *host) []doc.Jump {
	if way, ok := w.known[h]; ok || h.config.SSH == nil {
		return way
	}
	w.path = append(w.path, h)
	defer func() { w.path = w.path[:len(w.path)-1] }()
	array := h.member("ssh").member("jump")
	var way []doc.Jump
	told := false // of too many hosts, at a host on the way
	for i, written := range gjson.GetBytes(h.raw, "ssh.jump").Array() {
		j := jumpAt{
			place: array.member(strconv.Itoa(w.found.index(array, i))),
			given: h.config.SSH.Jump[i], raw: []byte(written.Raw),
		}
		named := w.hosts[j.given.Hostname]
		if named == nil {
			w.checkHop(j)
			way = append(way, j.given)
			continue
		}
		before, ok := w.through(named, j)
		if !ok {
			continue
		}
		if i == 0 {
			way, told = slices.Clip(before), len(before) > doc.MostJumps
		}
		if hop := w.hop(named, j); !told {
			way = append(way, asItself(hop, h.config.SSH.UseConfig))
		}
	}
	if len(way) > doc.MostJumps && !told {
		w.found.add(array, fmt.Sprintf("%d hosts to go through, more than %d: %s", len(way), doc.MostJumps, arrows(way)), "")
	}
	w.known[h] = way
	return way
}

// asItself keeps a host of the config from being told by the host behind it to do
// without ssh's own config, as jump hosts are that say nothing of it.
func asItself(hop doc.Jump, behind *bool) doc.Jump {
	if behind == nil || *behind || hop.SSH != nil && hop.SSH.UseConfig != nil {
		return hop
	}
	ssh := doc.SSH{}
	if hop.SSH != nil {
		ssh = *hop.SSH
	}
	yes := true
	ssh.UseConfig = &yes
	hop.SSH = &ssh
	return hop
}

func arrows(way []doc.Jump) string {
	names := make([]string, len(way))
	for i, hop := range way {
		names[i] = hop.Hostname
	}
	return strings.Join(names, " -> ")
}

// jumpAt is a jump host as a person wrote it.
type jumpAt struct {
	place
	given doc.Jump
	raw   []byte
}

// hostname is the place of the name.
func (j jumpAt) hostname() place {
	if j.raw[0] == '"' {
		return j.place
	}
	return j.member("hostname")
}

// through is the way to a host that is gone through; it is not ok where nothing
// can go through it.
func (w *ways) through(named *host, j jumpAt) ([]doc.Jump, bool) {
	if i := slices.Index(w.path, named); i >= 0 {
		var names strings.Builder
		for _, h := range w.path[i:] {
			names.WriteString(h.name + " -> ")
		}
		what := "the way to a host goes through the host itself"
		w.found.add(j.hostname(), fmt.Sprintf("%s: %s%s", what, &names, named.name), "name the jump host's address, if it is another one than the host")
		return nil, false
	}
	if named.config.Connection == "local" {
		w.found.add(j.hostname(), fmt.Sprintf("host %q is this machine, where every way begins", named.name), "drop the jump")
		return nil, false
	}
	return w.to(named), true
}

// checkHop checks a jump host that is none of the config's hosts.
func (w *ways) checkHop(j jumpAt) {
	message, advice := checkHostname(j.given.Hostname)
	misspelt := j.given.Hostname == "" && w.found.tainted(j.place)
	if message != "" && !misspelt {
		w.found.refuse(j.hostname(), message, advice)
	}
	w.checkUserOf(j)
	for _, p := range j.given.Problems() {
		w.contradiction(j.place, p)
	}
}

func (w *ways) checkUserOf(j jumpAt) {
	at := j.place
	if j.raw[0] != '"' {
		at = j.member("user")
	}
	w.checkUser(at, j.given.User)
}

// hop is a host of the config as a host to go through: what the jump says wins.
func (w *ways) hop(named *host, j jumpAt) doc.Jump {
	w.checkUserOf(j)
	own := doc.Jump{Hostname: named.config.Hostname, User: named.config.User}
	if named.config.SSH != nil {
		ssh := *named.config.SSH
		ssh.Jump, ssh.Retry = nil, nil
		own.SSH = &ssh
	}
	hop := own
	if j.given.User != "" {
		hop.User = j.given.User
	}
	var err error
	if hop.SSH, err = overlaid(own.SSH, j); err != nil {
		w.found.add(j.place, err.Error(), "")
		return hop
	}
	if w.found.tainted(named.place) {
		return hop // what it lacks may be what was dropped
	}
	already := own.Problems()
	for _, p := range hop.Problems() {
		if !slices.Contains(already, p) {
			w.contradiction(j.place, p)
		}
	}
	if reflect.ValueOf(*hop.SSH).IsZero() {
		hop.SSH = nil
	}
	return hop
}

// overlaid is a copy of a host's ssh with the members that the jump gives. The
// JSON is laid over it, since a false that is given differs from none.
func overlaid(own *doc.SSH, j jumpAt) (*doc.SSH, error) {
	ssh := &doc.SSH{}
	var layers [][]byte
	if own != nil {
		raw, err := jsonx.Marshal(*own)
		if err != nil {
			return nil, err
		}
		layers = append(layers, raw)
	}
	if given := gjson.GetBytes(j.raw, "ssh"); j.raw[0] == '{' && given.Exists() {
		layers = append(layers, []byte(given.Raw))
	} else if j.given.SSH != nil {
		raw, err := jsonx.Marshal(*j.given.SSH)
		if err != nil {
			return nil, err
		}
		layers = append(layers, raw)
	}
	for _, raw := range layers {
		if err := jsonx.Unmarshal(jsonx.Document{Name: j.src.name, Line: 1, Column: 1, Raw: raw}, ssh); err != nil {
			return nil, err
		}
	}
	return ssh, nil
}
