package main

import (
	"flag"
	"path/filepath"
	"time"

	"hostkit/pkg/cli"
	"hostkit/pkg/repology"
)

// asking are the flags that say how Repology is asked.
type asking struct {
	offline    bool
	url, cache string
	ttl        time.Duration
}

func (a *asking) flags(fs *flag.FlagSet) {
	fs.BoolVar(&a.offline, "offline", false, "ask nobody: of Repology, use cached answers of any age")
	fs.StringVar(&a.url, "repology-url", repology.DefaultURL, "ask Repology, or a mirror, at `URL`")
	fs.StringVar(&a.cache, "repology-cache", "", "cache its answers in `DIR`, not in ~/.cache")
	fs.DurationVar(&a.ttl, "repology-cache-ttl", repology.DefaultTTL, "confirm answers that are older than `DUR`")
}

// client asks Repology as the flags say. Without a place to keep answers nobody
// can be asked, which is said only when there is a name to ask for. Names that are
// to be asked for anew are not taken from the cache before they were confirmed.
func (a *asking) client(s cli.Streams, anew bool, waiting func(string)) (*repology.Client, error) {
	if a.ttl < 0 {
		return nil, cli.Usagef("%s is less than 0", s.FlagValue("repology-cache-ttl", a.ttl.String()))
	}
	url, err := repology.ParseURL(a.url)
	if err != nil {
		return nil, cli.Usagef("%s: %s", s.FlagValue("repology-url", a.url), err)
	}
	ttl := a.ttl
	if anew && !a.offline {
		ttl = 0
	}
	own := ownCache(s.Getenv)
	// The user's processes take turns in one folder, whichever their caches are.
	o := repology.Options{
		URL: url, Version: cli.Version, Cache: a.cache, Pace: own, TTL: ttl, Offline: a.offline,
		Say: s.Say, Waiting: waiting,
	}
	if o.Cache == "" {
		o.Cache = own
	}
	return repology.New(o), nil
}

// ownCache is the user's, as the XDG base directory specification has it, where a
// folder that is not absolute counts for nothing; "" where there is none.
func ownCache(getenv func(string) string) string {
	base := getenv("XDG_CACHE_HOME")
	if !filepath.IsAbs(base) {
		home := getenv("HOME")
		if !filepath.IsAbs(home) {
			return ""
		}
		base = filepath.Join(home, ".cache")
	}
	return filepath.Join(base, "hostkit", "repology")
}
