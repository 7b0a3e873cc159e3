package repology

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"syscall"
	"time"
)

const (
	// attempts in all where the server is busy or hangs up.
	attempts = 3
	// longest is how long a server may make us wait.
	longest = time.Minute
	// bodyLimit is some ten times the largest project.
	bodyLimit = 16 << 20
)

// ask sends the request for a path, again where that may help, and reads the
// answer. kept is what the cache has of it.
func (c *Client) ask(ctx context.Context, name, path string, kept entry, decode decoder) (entry, error) {
	wait := 2 * c.options.Interval
	for attempt := 1; ; attempt++ {
		got, err := c.once(ctx, name, path, kept.ETag, wait)
		switch {
		case ctx.Err() != nil:
			return entry{}, context.Cause(ctx)
		case err == nil && got.status == http.StatusNotModified && kept.ETag != "":
			kept.Confirmed = time.Now().UTC()
			return kept, nil
		case err == nil && !temporary(got.status):
			return c.read(path, got, decode)
		case err == nil && (attempt == attempts || got.wait > longest):
			return entry{}, c.busy(got.status, got.wait)
		case err != nil && (attempt == attempts || !hungUp(err)):
			return entry{}, err
		}
		wait *= 2
	}
}

func (c *Client) read(path string, got answer, decode decoder) (entry, error) {
	e, err := decode(path, got)
	if err != nil {
		return entry{}, err
	}
	e.Confirmed, e.ETag = time.Now().UTC(), got.header.Get("ETag")
	if len(e.ETag) > 256 {
		e.ETag = ""
	}
	return e, nil
}

// answer is a response that was read whole.
type answer struct {
	status int
	header http.Header
	body   []byte
	// wait is what Retry-After asks for; 0 without it.
	wait time.Duration
}

// once sends one request when it is this process's turn. After a failure nobody
// asks for the time that the server wants, or else for the time given.
func (c *Client) once(ctx context.Context, name, path, etag string, wait time.Duration) (answer, error) {
	turn, err := c.pace.take(ctx, func() { c.options.Waiting(name) })
	if err != nil {
		return answer{}, err
	}
	got, err := c.send(ctx, path, etag)
	if err == nil && !temporary(got.status) {
		wait = 0
	} else if got.wait > 0 {
		wait = min(got.wait, longest)
	}
	if ended := turn.end(wait); err == nil {
		err = ended
	}
	return got, err
}

func (c *Client) send(ctx context.Context, path, etag string) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.options.URL.String()+path, nil)
	if err != nil {
		return answer{}, c.odd(path, "it is no address")
	}
	req.Header.Set("User-Agent", fmt.Sprintf("hostkit/%s (+%s)", c.options.Version, tracker))
	req.Header.Set("Accept", "application/json")
	if etag != "" {
		req.Header.Set("If-None-Match", etag)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return answer{}, c.unreachable(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, bodyLimit+1))
	if err != nil {
		return answer{}, c.unreachable(err)
	}
	if len(body) > bodyLimit {
		return answer{}, c.odd(path, fmt.Sprintf("the answer is larger than %d MiB", bodyLimit>>20))
	}
	return answer{res.StatusCode, res.Header, bytes.TrimSpace(body), retryAfter(res.Header)}, nil
}

// retryAfter reads the header of that name, RFC 9110 section 10.2.3.
func retryAfter(h http.Header) time.Duration {
	value := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(time.Until(at).Round(time.Second), 0)
	}
	return 0
}

func temporary(status int) bool {
	return status == http.StatusTooManyRequests || status >= 500
}

// hungUp reports whether a connection was made and broke.
func hungUp(err error) bool {
	return closedEarly(err) || errors.Is(err, syscall.ECONNRESET)
}

func statusText(status int) string {
	return strconv.Itoa(status) + " " + http.StatusText(status)
}
