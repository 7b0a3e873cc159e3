package resolve

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"hostkit/pkg/doc"
	"hostkit/pkg/names"
	"hostkit/pkg/repology"
)

// Repology is what a [repology.Client] does.
type Repology interface {
	Project(ctx context.Context, project string, repositories ...string) (repology.Answer, error)
	ProjectsOf(ctx context.Context, repository, binary string) (repology.Answer, error)
}

// asked makes Repology the one who is asked last.
func asked(ctx context.Context, r Repology) names.Asked {
	if r == nil {
		return nil
	}
	return func(q names.Request, repository string) (doc.PackageName, error) {
		f, ok := familyOf(repository)
		if !ok {
			return doc.PackageName{}, names.NoAnswer("Repology was not asked: no rules are known for that repository")
		}
		l := lookup{ctx: ctx, client: r, request: q, family: f, repositories: withExtras(repository)}
		answer, err := l.find()
		if errors.Is(err, repology.ErrNotCached) {
			return answer, names.NoAnswer(err.Error())
		}
		return answer, err
	}
}

var enterprise = regexp.MustCompile(`^(?:almalinux|rocky|centos_stream)_([0-9]+)$`)

// withExtras lists a repository, and after it those whose packages a host of it
// may have: on Enterprise Linux EPEL, and CentOS Stream for releases of which
// Repology does not have the rebuilds.
func withExtras(repository string) []string {
	release := enterprise.FindStringSubmatch(repository)
	if release == nil {
		return []string{repository}
	}
	all := []string{repository}
	if stream := "centos_stream_" + release[1]; len(release[1]) > 1 && repository != stream {
		all = append(all, stream)
	}
	return append(all, "epel_"+release[1])
}

// lookup is the search for one name.
type lookup struct {
	ctx          context.Context
	client       Repology
	request      names.Request
	family       family
	repositories []string
	// stale is when the oldest answer was confirmed that is older than it may be.
	stale time.Time
}

// find gives the answer, or the error of a [names.Asked].
func (l *lookup) find() (doc.PackageName, error) {
	name := l.request.Name
	base, devel := names.Capability(name)
	own, base := names.Dashed(name), names.Dashed(base)
	var steps []func() (doc.PackageName, error)
	then := func(look func(name, why string) (doc.PackageName, error), name, why string) {
		steps = append(steps, func() (doc.PackageName, error) { return look(name, why) })
	}
	if strings.HasSuffix(name, names.Headers) {
		then(l.byBinary, own, "")
	}
	switch {
	case !devel:
		then(l.byProject, own, "")
		then(l.byBinary, own, "")
	case l.family.devel == "":
		then(l.byProject, base, "headers are in the package itself, ")
		then(l.byBinary, base, "headers are in the package itself, ")
	default:
		then(l.byProjectDevel, base, "")
		then(l.byBinary, base+l.family.devel, "")
	}
	var none names.NoAnswer
	for _, step := range steps {
		if n, err := step(); !errors.As(err, &none) {
			return n, err
		}
	}
	return doc.PackageName{}, none
}

// byProject takes the name for that of a project; why goes before the rule.
func (l *lookup) byProject(name, why string) (doc.PackageName, error) {
	return l.in(name, why, l.repositories, func(records []repology.Record) choice {
		return choose(l.family, records, name, name, false)
	})
}

// byProjectDevel looks for the development package of a project.
func (l *lookup) byProjectDevel(name, why string) (doc.PackageName, error) {
	return l.in(name, why, l.repositories, func(records []repology.Record) choice {
		return chooseDevel(l.family, records, name, name)
	})
}

// byBinary takes the name for that of a binary package.
func (l *lookup) byBinary(name, why string) (doc.PackageName, error) {
	for _, repository := range l.repositories {
		found, err := l.client.ProjectsOf(l.ctx, repository, name)
		l.note(found)
		switch {
		case err != nil:
			return doc.PackageName{}, err
		case len(found.Projects) > 1:
			return doc.PackageName{}, names.Ambiguous(l.request, repository,
				fmt.Sprintf("several of Repology's projects have %s: %s", name, strings.Join(found.Projects, ", ")), []string{name})
		case len(found.Projects) == 1:
			return l.in(found.Projects[0], why, []string{repository}, func(records []repology.Record) choice {
				return choose(l.family, records, found.Projects[0], name, true)
			})
		}
	}
	return doc.PackageName{}, names.NoAnswer("Repology knows no package " + name)
}

// in chooses among the records of a project, where there is anything to choose
// from.
func (l *lookup) in(project, why string, repositories []string, choose func([]repology.Record) choice) (doc.PackageName, error) {
	records, repository, err := l.project(project, repositories)
	if err != nil {
		return doc.PackageName{}, err
	}
	c := choose(records)
	if c.binary == "" && len(c.candidates) == 0 {
		return doc.PackageName{}, names.NoAnswer("Repology knows no package of " + project)
	}
	return l.answer(c, project, repository, why)
}

// project gives a project's records in the first of the repositories that has
// any.
func (l *lookup) project(name string, repositories []string) ([]repology.Record, string, error) {
	for _, repository := range repositories {
		a, err := l.client.Project(l.ctx, name, repository)
		l.note(a)
		if err != nil || len(a.Records) > 0 {
			return a.Records, repository, err
		}
	}
	return nil, "", nil
}

func (l *lookup) note(a repology.Answer) {
	if !a.Stale.IsZero() && (l.stale.IsZero() || a.Stale.Before(l.stale)) {
		l.stale = a.Stale
	}
}

// answer words what was chosen, or that nothing was.
func (l *lookup) answer(c choice, project, repository, why string) (doc.PackageName, error) {
	if c.binary == "" {
		return doc.PackageName{}, names.Ambiguous(l.request, repository,
			fmt.Sprintf("Repology's project %s has no package there that is surely meant", project), c.candidates)
	}
	n := doc.PackageName{Package: c.binary, Source: "repology", Rule: why + c.rule, Project: project}
	if repository != l.repositories[0] {
		n.Rule += ", in " + repository
	}
	if !l.stale.IsZero() {
		n.StaleSince = l.stale.UTC().Format(time.RFC3339)
	}
	return n, nil
}
