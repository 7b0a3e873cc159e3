package main

import (
	"testing"
	"time"

	"hostkit/pkg/repology"
	"hostkit/pkg/repology/repologytest"
	"hostkit/pkg/resolve"
)

// A name is one request, but three where it is that of a binary package of another
// project: two hundred, a quarter of them such, are 300. With a cache they are none.
func TestRequestsForTwoHundredNames(t *testing.T) {
	s := repologytest.New(time.Millisecond)
	defer s.Close()
	h := hundreds(s, unlisted)
	url, err := repology.ParseURL(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	o := repology.Options{URL: url, Version: "bench", Cache: t.TempDir(), TTL: time.Hour, Interval: time.Millisecond}
	for _, want := range []int{300, 300} {
		section, err := resolve.Host(t.Context(), h, resolve.Options{Repository: "debian_12", Repology: repology.New(o)})
		if err != nil || len(section.Names) != unlisted {
			t.Fatalf("%d names, %v", len(section.Names), err)
		}
		if n := len(s.Requests()); n != want || s.TooFast() > 0 {
			t.Errorf("%d requests so far, want %d; %d too fast", n, want, s.TooFast())
		}
	}
}
