package config

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"hostkit/pkg/cli/suggest"
	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
)

// Selection is the part of a config that was asked for.
type Selection struct {
	project string
	hosts   []selected
	// Matched is how many hosts match the patterns, Known how many the config has.
	Matched, Known int
	// Notes tell people what came along unasked.
	Notes []string
}

// selected is a host with the declarations that were asked for.
type selected struct {
	*host
	declarations []*declaration
}

// UsageError is a selection that makes no sense.
type UsageError struct {
	// Flag is the one that gave what makes none.
	Flag            string
	Message, Advice string
}

func (e *UsageError) Error() string { return e.Message }

// Code, Hint and Exit tell the shared main what the error is.
func (e *UsageError) Code() string { return "usage" }

// Hint is the advice.
func (e *UsageError) Hint() string { return e.Advice }

// Exit is the status of a command that was called wrongly.
func (e *UsageError) Exit() int { return 2 }

// Select picks the hosts that match one of the patterns (path.Match), and of
// those the resources of the named services, with all that they depend on and
// all that they call for; no patterns are all hosts, no names all services. A host that has none of the
// named services is left out. The error is a [UsageError].
func (c *Config) Select(globs, services []string) (*Selection, error) {
	names, err := c.pickHosts(globs)
	if err != nil {
		return nil, err
	}
	known := suggest.Sorted(c.services)
	for _, name := range services {
		if c.services[name] == nil {
			return nil, &UsageError{"service", "no service is called " + strconv.Quote(name), cmp.Or(instead("--service", name, known), "the config has none")}
		}
	}
	s := &Selection{project: c.project, Matched: len(names), Known: len(c.hosts)}
	used := map[string]bool{}
	for _, name := range names {
		if h := s.pick(c.hosts[name], services, used); len(services) == 0 || len(h.declarations) > 0 {
			s.hosts = append(s.hosts, h)
		}
	}
	for _, name := range services {
		if !used[name] {
			return nil, &UsageError{"service", fmt.Sprintf("service %q has nothing on the hosts that were asked for", name), c.whereabouts(name)}
		}
	}
	return s, nil
}

// whereabouts says which hosts a service is for.
func (c *Config) whereabouts(service string) string {
	if globs := c.services[service].globs; len(globs) > 0 {
		return fmt.Sprintf("it is for hosts called %s", strings.Join(globs, " or "))
	}
	return "it declares nothing"
}

// pickHosts names the hosts that match, in order.
func (c *Config) pickHosts(globs []string) ([]string, error) {
	names := suggest.Sorted(c.hosts)
	if len(globs) == 0 {
		return names, nil
	}
	picked := map[string]bool{}
	for _, glob := range globs {
		matched, err := match(glob, names)
		if err != nil {
			return nil, &UsageError{"host", fmt.Sprintf("%q is not a pattern of host names", glob), `it takes *, ? and [a-z], as in 'web-*'`}
		}
		if len(matched) == 0 {
			without, _ := suggest.WithoutHost(glob, names)
			return nil, &UsageError{"host", "no host matches " + strconv.Quote(glob), cmp.Or(without, instead("--host", glob, names))}
		}
		for _, name := range matched {
			picked[name] = true
		}
	}
	return slices.DeleteFunc(names, func(name string) bool { return !picked[name] }), nil
}

// instead is the advice for a value of a flag that matches none of those known.
func instead(flag, value string, known []string) string {
	if apart, ok := suggest.Apart(flag, value, known); ok {
		return apart
	}
	return didYouMean(value, known)
}

// pick takes the host's resources of the services and what they depend on.
func (s *Selection) pick(h *host, services []string, used map[string]bool) selected {
	all := h.declarations()
	if len(services) == 0 {
		return selected{h, all}
	}
	byAddress := map[doc.Address]*declaration{}
	wanted := map[*declaration]bool{}
	var queue []*declaration
	for _, d := range all {
		byAddress[d.resource.Address] = d
		if slices.Contains(services, d.resource.Service) {
			wanted[d] = true
			used[d.resource.Service] = true
			queue = append(queue, d)
		}
	}
	for ; len(queue) > 0; queue = queue[1:] {
		from := queue[0].resource.Address
		along := func(d *declaration, why string) {
			if !wanted[d] {
				wanted[d] = true
				queue = append(queue, d)
				s.note(fmt.Sprintf("%s of service %s comes along: %s %s", d.resource.Address, d.resource.Service, from, why))
			}
		}
		for _, address := range queue[0].resource.DependsOn {
			along(byAddress[address], "depends on it")
		}
		for _, d := range all {
			if d.ties.Follows.Of(from) {
				along(d, d.ties.Follows.Reason)
			}
		}
	}
	return selected{h, slices.DeleteFunc(all, func(d *declaration) bool { return !wanted[d] })}
}

func (s *Selection) note(text string) {
	if !slices.Contains(s.Notes, text) {
		s.Notes = append(s.Notes, text)
	}
}

// Hosts is the number of hosts.
func (s *Selection) Hosts() int { return len(s.hosts) }

// Resources is the number of resources, each counted once for all its hosts.
func (s *Selection) Resources() int {
	all := map[*declaration]bool{}
	for _, h := range s.hosts {
		for _, d := range h.declarations {
			all[d] = true
		}
	}
	return len(all)
}

// Documents gives one host document per host, by name, each one line with its
// end. The same config gives the same bytes.
func (s *Selection) Documents() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for _, h := range s.hosts {
			line, err := jsonx.Marshal(s.document(h))
			if !yield(append(line, '\n'), err) || err != nil {
				return
			}
		}
	}
}

func (s *Selection) document(h selected) doc.HostDocument {
	d := doc.HostDocument{
		Schema: doc.SchemaHost, Project: s.project,
		Host:      doc.Host{Name: h.name, HostConfig: h.config},
		Resources: make([]doc.Resource, len(h.declarations)),
	}
	for i, declared := range h.declarations {
		d.Resources[i] = declared.resource
	}
	return d
}
