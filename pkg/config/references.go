package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"hostkit/pkg/cli/suggest"
	"hostkit/pkg/doc"
	"hostkit/pkg/graph"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/resource"
)

// conflict is a problem that comes of what stands together on hosts. About is an
// address, or words.
type conflict struct {
	at, other place
	about     string
	advice    string
	hosts     []string
}

// conflicts gathers them over all hosts, in the order found.
type conflicts struct {
	list  []*conflict
	known map[string]*conflict
}

func (cs *conflicts) add(at, other place, about, advice, host string) {
	key := at.key() + "\x00" + about
	if other.src != nil {
		key += "\x00" + other.key()
	}
	c := cs.known[key]
	if c == nil {
		c = &conflict{at: at, other: other, about: about, advice: advice}
		if cs.known == nil {
			cs.known = map[string]*conflict{}
		}
		cs.known[key] = c
		cs.list = append(cs.list, c)
	}
	c.hosts = append(c.hosts, host)
}

// checkHosts checks each host as a whole: no resource twice, every reference
// leads somewhere, no two exclude or wait for each other, and the document is
// not too large to be read.
func (l *loader) checkHosts() {
	var twice, unknown, unmatched, orders conflicts
	matched := map[string]bool{}
	for _, h := range sorted(l.hosts) {
		all := map[doc.Address]*declaration{}
		size := 0
		for _, d := range h.declarations() {
			size += d.size
			if first, ok := all[d.resource.Address]; ok {
				twice.add(d.place, first.place, string(d.resource.Address), "", h.name)
				continue
			}
			all[d.resource.Address] = d
		}
		for _, d := range h.declarations() {
			l.checkReferences(h, d, all, &unknown)
			l.checkFollows(h, d, all, &unknown, &unmatched, matched)
		}
		checkOrder(h, all, &orders)
		if size > jsonx.MaxBytes {
			l.found.add(h.named(), fmt.Sprintf("its document would have %d MiB, more than %d", size>>20, jsonx.MaxBytes>>20),
				`let long content stand in files of their own, with "from"`)
		}
	}
	for _, c := range twice.list {
		first, second := inOrder(c.other, c.at)
		l.found.add(second, fmt.Sprintf("%s is declared twice on %s, first at %s", c.about, listHosts(c.hosts), first), twiceAdvice(first, second))
	}
	for _, c := range unknown.list {
		l.found.add(c.at, fmt.Sprintf("%s is not declared on %s", c.about, listHosts(c.hosts)), l.adviseAddress(doc.Address(c.about)))
	}
	for _, c := range unmatched.list {
		if !matched[c.at.key()] {
			l.found.add(c.at, fmt.Sprintf("%s matches nothing on %s", c.about, listHosts(c.hosts)),
				"* matches no slash; a pattern takes *, ? and [a-z]")
		}
	}
	for _, c := range orders.list {
		l.found.add(c.at, fmt.Sprintf("on %s, %s", listHosts(c.hosts), c.about), c.advice)
	}
}

// checkOrder finds what contradicts itself on one host, as hk-plan would once
// every host was logged in to.
func checkOrder(h *host, all map[doc.Address]*declaration, found *conflicts) {
	var resources []doc.Resource
	var ties []resource.Ties
	for _, d := range h.declarations() {
		if all[d.resource.Address] == d {
			resources, ties = append(resources, d.resource), append(ties, d.ties)
		}
	}
	_, refused := graph.New(resources, ties)
	for _, c := range refused {
		if c.Code == graph.UnknownDependency || c.Code == graph.Cycle && len(c.Path) == 2 {
			continue // checkReferences tells it
		}
		at, about := all[c.Path[0]].place, c.Message
		for _, other := range c.Path[1:] {
			if other != c.Path[0] {
				about += fmt.Sprintf("; %s is declared at %s", other, all[other].place)
			}
		}
		found.add(at, place{}, about, c.Hint, h.name)
	}
}

// twiceAdvice is for two declarations of the same.
func twiceAdvice(first, second place) string {
	service := func(at place) string { return strings.Join(strings.SplitN(at.key(), "/", 4)[:3], "/") }
	if service(first) == service(second) {
		return "keep one of the two"
	}
	return `keep one of the two, or let each of the services name other hosts: "hosts": ["web*"]`
}

// inOrder gives the two places as they are read.
func inOrder(a, b place) (first, second place) {
	pa, pb := a.problem("", ""), b.problem("", "")
	if pb.order < pa.order || pb.order == pa.order && pb.offset < pa.offset {
		return b, a
	}
	return a, b
}

// declarations are the host's, in the order of its document. What is implied
// gives way to what is declared, and to what was implied before.
func (h *host) declarations() []*declaration {
	var all []*declaration
	taken := map[doc.Address]bool{}
	for _, s := range h.services {
		for _, d := range s.resources {
			all = append(all, d)
			taken[d.resource.Address] = taken[d.resource.Address] || !d.implied
		}
	}
	return slices.DeleteFunc(all, func(d *declaration) bool {
		gone := d.implied && taken[d.resource.Address]
		taken[d.resource.Address] = true
		return gone
	})
}

// checkReferences follows depends_on on one host.
func (l *loader) checkReferences(h *host, d *declaration, all map[doc.Address]*declaration, unknown *conflicts) {
	for i, address := range d.resource.DependsOn {
		list := d.member("depends_on")
		at := list.member(strconv.Itoa(l.found.index(list, i)))
		switch {
		case address == d.resource.Address:
			l.found.add(at, "it depends on itself", "")
		case all[address] == nil && !h.mayLack(address) && !l.broken():
			unknown.add(at, place{}, string(address), "", h.name)
		}
	}
}

// checkFollows looks on one host for what a resource follows. A pattern need not
// match on every host, but on one; matched has the places of those that do.
func (l *loader) checkFollows(
	h *host, d *declaration, all map[doc.Address]*declaration, unknown, unmatched *conflicts, matched map[string]bool,
) {
	for i, address := range d.ties.Follows.Addresses {
		list := d.member(d.ties.Follows.Member)
		at := list.member(strconv.Itoa(l.found.index(list, i)))
		switch {
		case all[address] != nil || h.mayLack(address) || l.broken():
		case !strings.ContainsAny(string(address), "*?["):
			unknown.add(at, place{}, string(address), "", h.name)
		case anyMatches(address, all):
			matched[at.key()] = true
		default:
			unmatched.add(at, place{}, string(address), "", h.name)
		}
	}
}

func anyMatches(pattern doc.Address, all map[doc.Address]*declaration) bool {
	for address := range all {
		if resource.Matches(pattern, address) {
			return true
		}
	}
	return false
}

// mayLack reports whether the address may be missing only because something is
// wrong with its declaration.
func (h *host) mayLack(address doc.Address) bool {
	return slices.ContainsFunc(h.services, func(s *service) bool { return s.missing[""] || s.missing[address.Kind()] })
}

// adviseAddress says where a resource is that a host does not have.
func (l *loader) adviseAddress(address doc.Address) string {
	var known, alike []string
	for _, s := range sorted(l.services) {
		for _, d := range s.resources {
			if d.resource.Address == address {
				return fmt.Sprintf("service %q, which declares it, is for other hosts", s.name)
			}
			known = append(known, string(d.resource.Address))
			if d.resource.Address.Kind() == address.Kind() {
				alike = append(alike, string(d.resource.Address))
			}
		}
	}
	if near, ok := suggest.Address(string(address), known); ok {
		return "did you mean " + strconv.Quote(near)
	}
	if len(alike) > 0 {
		known = alike
	}
	return "only what the config declares can be named; " + suggest.Known(known, len(known), "hk-eval --list addresses lists them")
}

// listHosts names a few hosts and counts the rest.
func listHosts(names []string) string {
	switch len(names) {
	case 1:
		return "host " + names[0]
	case 2:
		return "hosts " + names[0] + " and " + names[1]
	}
	return fmt.Sprintf("host %s and %d others", names[0], len(names)-1)
}
