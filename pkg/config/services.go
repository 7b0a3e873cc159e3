package config

import (
	"cmp"
	"fmt"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"hostkit/pkg/cli/suggest"
	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/resource"
)

func (l *loader) addService(at place, name string, raw []byte) {
	l.checkName(at.named(), "service", name)
	if first, ok := l.services[name]; ok {
		l.twice(at, "service", name, first.place)
		return
	}
	s := &service{place: at, name: name, missing: map[string]bool{}}
	l.services[name] = s
	left := l.found.check(at, raw, l.shape.members["services"].elem)
	if left == nil {
		s.missing[""] = true
		return
	}
	config, err := decode[doc.ServiceConfig](at, left)
	if err != nil {
		l.found.add(at, err.Error(), "")
		return
	}
	s.globs = config.Hosts
	for _, kind := range l.options.Kinds {
		section := kind.Section()
		if section.Member == "" {
			continue
		}
		sectionAt := at.member(section.Member)
		if value, ok := member(left, section.Member); ok && string(value) != "null" {
			l.expand(s, kind, sectionAt, value)
		} else if l.found.tainted(sectionAt) {
			s.missing[kind.Name()] = true
		}
	}
}

// member gives the value of the member of that name. The name is a kind's, which
// gjson could take for a path.
func member(object []byte, name string) ([]byte, bool) {
	for known, value := range members(object) {
		if known == name {
			return value, true
		}
	}
	return nil, false
}

// expand makes resources of one section.
func (l *loader) expand(s *service, kind resource.Kind, at place, section []byte) {
	declared, problems := kind.Expand(section, l.local(s.src))
	for _, p := range problems {
		problemAt := l.within(at, p.Pointer)
		dropped := slices.ContainsFunc(p.Lacks, func(member string) bool { return l.found.tainted(l.within(at, member)) })
		if !dropped && !l.found.tainted(problemAt) {
			l.found.add(problemAt, p.Message, p.Hint)
		}
	}
	if reflect.TypeOf(kind.Section().Shape).Kind() == reflect.Map {
		slices.SortStableFunc(declared, func(a, b resource.Declared) int { return cmp.Compare(a.Name, b.Name) })
	}
	for _, d := range declared {
		at := l.within(at, d.Pointer)
		refused := slices.ContainsFunc(problems, func(p resource.Problem) bool {
			return p.Pointer == d.Pointer || strings.HasPrefix(p.Pointer, d.Pointer+"/")
		})
		l.declare(s, l.kindOf(kind, d), at, d, refused || l.found.tainted(at))
	}
	if l.found.tainted(at) || len(problems) > 0 {
		s.missing[kind.Name()] = s.missing[kind.Name()] || len(declared) < count(s, at)
	}
}

// kindOf is the kind that a declaration of the section has.
func (l *loader) kindOf(section resource.Kind, d resource.Declared) resource.Kind {
	for _, kind := range l.options.Kinds {
		if kind.Name() == d.Kind {
			return kind
		}
	}
	return section
}

// within is the place at a pointer relative to a section. Of an array, check may
// have dropped elements.
func (l *loader) within(section place, pointer string) place {
	if token, rest, _ := strings.Cut(strings.TrimPrefix(pointer, "/"), "/"); token != "" {
		if i, err := strconv.Atoi(token); err == nil {
			pointer = "/" + strconv.Itoa(l.found.index(section, i))
			if rest != "" {
				pointer += "/" + rest
			}
		}
	}
	return section.below(pointer)
}

// count is how many members or elements a section of the config has.
func count(s *service, at place) int {
	service, _ := member(servicesOf(s.src), s.name)
	section, _ := member(service, strings.TrimPrefix(at.pointer, s.pointer+"/"))
	n := 0
	gjson.ParseBytes(section).ForEach(func(_, _ gjson.Result) bool { n++; return true })
	return n
}

func servicesOf(src *source) []byte {
	services, _ := jsonx.Member(src.document.Raw, "services")
	return services
}

// declare adds a resource to the service. The kind is not asked for the ties of
// what it has refused.
func (l *loader) declare(s *service, kind resource.Kind, at place, d resource.Declared, refused bool) {
	spec, err := jsonx.Marshal(d.Spec)
	if err != nil {
		l.found.add(at, err.Error(), "")
		return
	}
	r := doc.Resource{
		Address: doc.NewAddress(kind.Name(), d.Name), Kind: kind.Name(), Name: d.Name, Service: s.name,
		State: cmp.Or(d.Common.State, doc.Present), DependsOn: d.Common.DependsOn,
		DeclaredAt: at.declaredAt(), Spec: spec,
	}
	raw, err := jsonx.Marshal(r)
	if err != nil {
		l.found.add(at, err.Error(), "")
		return
	}
	declared := &declaration{place: at, resource: r, size: len(raw), implied: d.Implied}
	if !refused {
		declared.ties = kind.Ties(r)
	}
	s.resources = append(s.resources, declared)
}

// bind gives services to hosts and checks what that brings together.
func (l *loader) bind() {
	if len(l.hosts) == 0 && !l.broken() && len(l.sources) > 0 {
		at := place{src: l.sources[0]}
		if _, given := member(at.src.document.Raw, "hosts"); given {
			at = at.member("hosts")
		}
		l.found.add(at, "the config has no hosts", `name one: "hosts": `+brief(l.found.example("/hosts")))
	}
	names := l.hostNames()
	for _, service := range sorted(l.services) {
		for _, name := range l.hostsOf(service, names) {
			l.hosts[name].services = append(l.hosts[name].services, service)
		}
	}
	l.checkHosts()
}

// hostsOf lists the hosts that have the service.
func (l *loader) hostsOf(s *service, names []string) []string {
	if s.globs == nil {
		return names
	}
	have := map[string]bool{}
	for i, glob := range s.globs {
		at := s.member("hosts")
		at = at.member(strconv.Itoa(l.found.index(at, i)))
		matched, err := match(glob, names)
		switch {
		case err != nil:
			l.found.add(at, fmt.Sprintf("%q is not a pattern of host names", glob), `it takes *, ? and [a-z], as in "web-*"`)
		case len(matched) == 0 && len(names) > 0 && !l.broken():
			l.found.add(at, fmt.Sprintf("no host matches %q", glob), didYouMean(glob, names))
		}
		for _, name := range matched {
			have[name] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !have[name] })
}

// match gives the names that the pattern matches.
func match(glob string, names []string) ([]string, error) {
	// Match may return before it has looked at all of a bad pattern.
	if _, err := path.Match(glob, ""); err != nil {
		return nil, err
	}
	var matched []string
	for _, name := range names {
		ok, err := path.Match(glob, name)
		if err != nil {
			return nil, err
		}
		if ok {
			matched = append(matched, name)
		}
	}
	return matched, nil
}

// sorted gives the values of a map by name.
func sorted[V any](m map[string]V) []V {
	values := make([]V, 0, len(m))
	for _, name := range suggest.Sorted(m) {
		values = append(values, m[name])
	}
	return values
}
