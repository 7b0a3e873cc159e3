package repology

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// get answers from this run, the cache or the server, in this order.
func (c *Client) get(ctx context.Context, name, path string, decode decoder) met {
	c.mu.Lock()
	defer c.mu.Unlock()
	if m, ok := c.met[path]; ok {
		return m
	}
	m := c.find(ctx, name, path, decode)
	if ctx.Err() == nil {
		c.met[path] = m
	}
	return m
}

func (c *Client) find(ctx context.Context, name, path string, decode decoder) met {
	key := c.options.URL.String() + path
	kept, ok := c.cache.read(key)
	age := time.Since(kept.Confirmed)
	// An answer of the future is one of a clock that was wrong.
	fresh := ok && age >= 0 && age < c.options.TTL
	switch {
	case fresh:
		return met{entry: kept}
	case c.options.Offline && ok:
		return met{entry: kept, stale: kept.Confirmed}
	case c.options.Offline:
		return met{err: notCached(c.cache.trouble(key))}
	}
	fetched, err := c.fetch(ctx, name, path, kept, decode)
	switch {
	case err == nil:
		c.keep(key, fetched)
		return met{entry: fetched}
	case ok && ctx.Err() == nil:
		c.say("%s: older answers of the cache stand in", err)
		return met{entry: kept, stale: kept.Confirmed}
	}
	return met{err: err}
}

// fetch asks the server, unless it has been in trouble before in this run: two
// hundred names must not wait two hundred times for a network that is not there.
func (c *Client) fetch(ctx context.Context, name, path string, kept entry, decode decoder) (entry, error) {
	if c.trouble != nil {
		return entry{}, c.trouble
	}
	fetched, err := c.ask(ctx, name, path, kept, decode)
	if err == nil || ctx.Err() != nil {
		return fetched, err
	}
	var e *Error
	if !errors.As(err, &e) || !e.ofOne {
		c.trouble = err
	}
	return entry{}, err
}

// keep writes an answer to the cache. Without it names are found all the same.
func (c *Client) keep(key string, e entry) {
	if err := c.cache.write(key, e); err != nil {
		c.say("answers of Repology can't be kept: %s", err)
		return
	}
	c.kept++
}

// Kept is how many answers the cache has got in this run.
func (c *Client) Kept() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.kept
}

func (c *Client) say(format string, args ...any) {
	if line := fmt.Sprintf(format, args...); !c.said[line] {
		c.said[line] = true
		c.options.Say("%s", line)
	}
}
