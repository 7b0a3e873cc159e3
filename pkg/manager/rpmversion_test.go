package manager

import "testing"

// The pairs are of rpm's own test suite (tests/rpmvercmp.at) and of the examples
// in rpm-version(7).
func TestRPMVersionsComparedAsRPMDoes(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"1.0", "1.0", 0},
		{"1.0", "2.0", -1},
		{"2.0.1", "2.0.1a", -1},
		{"5.5p1", "5.5p10", -1},
		{"10xyz", "10.1xyz", -1},
		{"xyz10", "xyz10.1", -1},
		{"xyz.4", "8", -1},
		{"5.5p2", "5.6p1", -1},
		{"5.6p1", "6.5p1", -1},
		{"6.0.rc1", "6.0", 1},
		{"10b2", "10a1", 1},
		{"1.0a", "1.0aa", -1},
		{"10.0001", "10.1", 0},
		{"10.0001", "10.0039", -1},
		{"4.999.9", "5.0", -1},
		{"20101121", "20101122", -1},
		{"2_0", "2.0", 0},
		{"a+", "a_", 0},
		{"+_", "_+", 0},
		{"1.0~rc1", "1.0", -1},
		{"1.0~rc1", "1.0~rc2", -1},
		{"1.0~rc1~git123", "1.0~rc1", -1},
		{"1.0^", "1.0", 1},
		{"1.0^git1", "1.0^git2", -1},
		{"1.0^git1", "1.01", -1},
		{"1.0^20160101", "1.0.1", -1},
		{"1.0~rc1^git1", "1.0~rc1", 1},
		{"1.0^git1~pre", "1.0^git1", -1},
		{"1:1.0-1", "2.0-1", 1},
		{"1.0-1", "1.0-2", -1},
		{"1.0-1.fc40", "1.0-1.fc41", -1},
		{"1.0", "1.0-2", 0},
	} {
		if got := (Dnf{}).CompareVersions(test.a, test.b); sign(got) != test.want {
			t.Errorf("%s and %s: %d, want %d", test.a, test.b, got, test.want)
		}
		if got := (Dnf{}).CompareVersions(test.b, test.a); sign(got) != -test.want {
			t.Errorf("%s and %s: %d, want %d", test.b, test.a, got, -test.want)
		}
	}
}

func sign(n int) int { return max(-1, min(1, n)) }

// Every manager orders versions, and is told of an ask for the
// latest, which nothing that is installed fulfils.
func TestManagersCompareVersionsAndAskForTheLatest(t *testing.T) {
	for _, m := range All {
		for _, pair := range [][2]string{{"1.2", "1.10"}, {"1.0", "1.0.1"}} {
			if m.CompareVersions(pair[0], pair[1]) >= 0 || m.CompareVersions(pair[1], pair[0]) <= 0 || m.CompareVersions(pair[0], pair[0]) != 0 {
				t.Errorf("%s does not put %s before %s", m.Name(), pair[0], pair[1])
			}
		}
		whatever := m.Index([]Ask{{Names: []Name{"a1"}}}).String()
		latest := m.Index([]Ask{{Names: []Name{"a1"}, Latest: true}}).String()
		if whatever == latest {
			t.Errorf("%s asks for the latest as for any", m.Name())
		}
	}
}
