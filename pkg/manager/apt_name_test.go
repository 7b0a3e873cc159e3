package manager

import (
	"strings"
	"testing"
)

func TestAptParseName(t *testing.T) {
	for name, want := range map[string]bool{
		"curl": true, "g++": true, "libstdc++6": true, "python3.11": true, "0ad": true, "memtest86+": true,
		"sudo-": false, "tre.$": false, "tre*": false, "^a": false, "curl=7": false, "curl/stable": false,
		"libc6:i386": false, "a": false, "": false, "-y": false, "+a": false, "Curl": false, "a b": false,
		"a\n": false, "é": false, "--help": false, "apt^": false, "?all": false, "~n": false,
	} {
		_, err := Apt{}.ParseName(name)
		if (err == nil) != want {
			t.Errorf("ParseName(%q) = %v", name, err)
		}
	}
}

func TestAptParseVersion(t *testing.T) {
	for version, want := range map[string]bool{
		"1": true, "1.0-1": true, "1:2.3~rc1+dfsg-4.1~deb12u1": true, "2:1:0-1": true, "7.88.1-10+deb12u14": true,
		"": false, "1.0-": false, "1.0+": false, "candidate": false, "newest": false, "v1": false, "1.*": false,
		"1:": false, "a:1": false, ":1": false, "1 2": false, "1/2": false, "1=2": false, "1_2": false, "1:a": false,
	} {
		_, err := Apt{}.ParseVersion(version)
		if (err == nil) != want {
			t.Errorf("ParseVersion(%q) = %v", version, err)
		}
	}
}

func FuzzAptNamesAndVersions(f *testing.F) {
	for _, s := range []string{"sudo-", "g++", "tre.$", "1:2-3", "1.0+", "a=b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var words []string
		if name, err := (Apt{}).ParseName(s); err == nil {
			words = aptArguments(Transaction{Install: []Want{{Name: name}}})
		}
		if version, err := (Apt{}).ParseVersion(s); err == nil {
			words = append(words, aptArguments(Transaction{Install: []Want{{"a1", version}}})...)
		}
		for _, word := range words {
			if word == "--" {
				continue
			}
			if last := word[len(word)-1]; strings.ContainsAny(word, " *?^$/\x00\n~,|()[]{}") && !strings.Contains(word, "=") ||
				last == '+' || last == '-' || word[0] == '-' || strings.Count(word, "=") > 1 {
				t.Errorf("%q becomes the word %q", s, word)
			}
		}
	})
}

func TestDebVersions(t *testing.T) {
	sorted := []string{
		"0~~", "0~~a", "0~", "0", "0a", "0.1", "1.0~rc1-1", "1.0", "1.0-0+b1", "1.0-1~bpo1", "1.0-1", "1.0-1+b1",
		"1.0-10", "1.0+dfsg-1", "1.1", "1.10", "9999999999999999999999", "10000000000000000000000", "1:0", "2:0",
	}
	for i, a := range sorted {
		for j, b := range sorted {
			want := min(max(i-j, -1), 1)
			if got := compareDebVersions(a, b); got != want {
				t.Errorf("compare %s with %s: %d, want %d", a, b, got, want)
			}
		}
	}
	if compareDebVersions("1.0", "0:1.00-0") != 0 {
		t.Error("1.0 and 0:1.00-0 are equal")
	}
}
