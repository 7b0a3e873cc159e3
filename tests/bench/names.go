package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
	"hostkit/pkg/repology"
	"hostkit/pkg/repology/repologytest"
	"hostkit/pkg/resolve"
)

// unlisted is how many names Repology alone knows.
const unlisted = 200

// packageNames measures names that only Repology knows: how many requests they
// need once, and how long they take when its answers are cached.
func packageNames(ctx context.Context, t *target, p *page, runs int) error {
	s := repologytest.New(time.Millisecond)
	defer s.Close()
	h := hundreds(s, unlisted)
	cache := filepath.Join(t.dir, "repology")
	url, err := repology.ParseURL(s.URL)
	if err != nil {
		return err
	}
	client := repology.New(repology.Options{URL: url, Version: "bench", Cache: cache, TTL: time.Hour, Interval: time.Millisecond})
	if _, err := resolve.Host(ctx, h, resolve.Options{Repository: "debian_12", Repology: client}); err != nil {
		return err
	}
	requests := len(s.Requests())
	document, err := jsonx.Marshal(h)
	if err != nil {
		return err
	}
	var warm, offline, nothing []time.Duration
	for i := range runs + 1 {
		row := make([]time.Duration, 3)
		for k, args := range [][]string{
			{"--repository", "debian_12", "--repology-url", s.URL, "--repology-cache", cache},
			{"--repository", "debian_12", "--repology-url", s.URL, "--repology-cache", cache, "--offline"},
			{"--version"},
		} {
			if row[k], err = since(func() error { _, err := t.output(ctx, document, "hk-resolve", args...); return err }); err != nil {
				return err
			}
		}
		if i > 0 {
			warm, offline, nothing = append(warm, row[0]), append(offline, row[1]), append(nothing, row[2])
		}
	}
	if more := len(s.Requests()) - requests; more > 0 {
		return fmt.Errorf("%d requests with a warm cache", more)
	}
	p.table(fmt.Sprintf("%d package names that only Repology knows", unlisted),
		"A quarter each: the source package's own name, the name of a development package, of a binary package of another project, and of a project again.\n"+
			fmt.Sprintf("Once they need %d requests, at one a second at least %d min %d s; after that they come from the cache on disk.\n", requests, requests/60, requests%60)+
			"The bar is 50 ms for all.",
		[]string{"`hk-resolve`", "cached", "`--offline`", "`--version`, for comparison"},
		[][]string{{fmt.Sprintf("%d names", unlisted), spread(warm), spread(offline), spread(nothing)}})
	return nil
}

// hundreds gives the server the projects of n names, and a host that wants them.
func hundreds(s *repologytest.Server, n int) doc.HostDocument {
	h := doc.HostDocument{Schema: doc.SchemaHost, Project: "bench", Host: doc.Host{Name: "server"}}
	for i := range n {
		name, project := fmt.Sprintf("zz-%03d", i), fmt.Sprintf("zz-%03d", i)
		builds := []string{name, name + "-doc"}
		wanted := fmt.Sprintf("zz_%03d", i)
		switch i % 4 {
		case 1:
			wanted += "_dev"
			builds = []string{"lib" + name + "-dev", "lib" + name + "1"}
		case 2:
			project = "other-" + name
		}
		s.Project(project, repologytest.Record{Repo: "debian_12", SrcName: project, BinNames: builds, Version: "1"})
		h.Resources = append(h.Resources, doc.Resource{
			Address: doc.Address("package:" + wanted), Kind: "package", Name: wanted, Service: "s", State: doc.Present, DeclaredAt: "config.json#/",
		})
	}
	return h
}
