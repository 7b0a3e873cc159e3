package suggest

import "testing"

func TestNearest(t *testing.T) {
	known := []string{"hostname", "user", "sudo", "ssh", "connection", "to"}
	for word, want := range map[string]string{
		"hostnam":   "hostname",
		"hsotname":  "hostname",
		"host_name": "hostname",
		"usr":       "user",
		"conection": "connection",
		"suod":      "sudo",
		"ot":        "to",
		"hostname":  "",
		"port":      "",
		"":          "",
		"x":         "",
	} {
		if got, ok := Nearest(word, known); got != want || ok != (want != "") {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

func TestApart(t *testing.T) {
	for value, want := range map[string]string{
		"server,dead": "give --host once for each: --host server --host dead",
		"a,server,b":  "give --host once for each: --host a --host server --host b",
		"server":      "", "a,b": "", "": "",
	} {
		if got, ok := Apart("--host", value, []string{"server"}); got != want || ok != (want != "") {
			t.Errorf("Apart(%q) = %q, want %q", value, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"", "ab", 2}, {"ab", "ba", 1}, {"kitten", "sitting", 3}, {"größe", "grösse", 2}} {
		if got := Distance(c.a, c.b); got != c.want {
			t.Errorf("Distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
