package manager

import (
	"fmt"
	"strings"
	"testing"
)

func TestApkNamesAndVersions(t *testing.T) {
	for name, good := range map[string]bool{
		"bash": true, "g++": true, "py3-yaml": true, "font-adobe-100dpi": true, "R": true, "libcrypto1.1": true, "a_b": true, "7zip": true,
		"so:libz.so.1": false, "cmd:sh": false, "pc:zlib": false, ".build-deps": false, "!curl": false, "curl@edge": false,
		"curl=8.9-r0": false, "curl~8": false, "curl>8": false, "curl<8": false, "curl*": false, "x.apk": false, "/x/y": false,
		"-x": false, "": false, "a b": false, "a\nb": false, "./x": false, "_x": false,
	} {
		if _, err := (Apk{}).ParseName(name); (err == nil) != good {
			t.Errorf("name %q: %v", name, err)
		}
	}
	for version, good := range map[string]bool{
		"1.36.1-r29": true, "1.2.3_alpha4-r5": true, "20240203-r0": true, "1.2b_rc1_p2~0a1b2c-r0": true,
		"1.36.1": false, "1.36": false, "1:2-r0": false, "1.2-3": false, "1.2-r": false, "~1.2-r0": false, "": false,
		"1.2_foo-r0": false, "1.2bc-r0": false, "1.2-r0\n": false, "v1-r0": false, "1..2-r0": false,
	} {
		if _, err := (Apk{}).ParseVersion(version); (err == nil) != good {
			t.Errorf("version %q: %v", version, err)
		}
	}
}

// Lines of test/version.data of apk-tools: each kind of difference once or twice,
// but for "1.0 < 1.0bc", which is no version and has no place among them.
const apkVersionData = `
2.34 > 0.1.0_alpha
0.1.0_alpha = 0.1.0_alpha
0.1.0_alpha < 0.1.3_alpha
0.1.0_alpha2 > 0.1.0_alpha
0.1.0_alpha < 2.2.39-r1
1.0.4-r3 < 1.0.4-r4
1.0.4-r4 < 1.6
0.7-r1 < 1.0.0
1.1 > 1.1_alpha1
1.2.1 > 1.2
1.2 < 1.3_alpha
1.3_alpha < 1.3_alpha2
0.8_beta1 < 0.8_beta2
3.10.18-r1 > 2.3.0b-r1
2.3.0b-r1 < 2.3.0b-r2
0.12.3 > 0.12
0.12 < 0.13_beta1
3.1_p16 < 3.1_p17
3.1_p17 > 1.06-r6
1.06-r6 < 006
006 > 1.0.0
1.2.2-r1 > 1.2.2
9.3.2-r4 < 9.3.4-r2
20050718-r1 < 20050718-r2
20050718-r2 > 3.9.8-r5
2.01.01_alpha10 > 0.94
1.00_beta2 > 0.9.2
4.2.52_p2-r1 < 4.2.52_p4-r2
1.02.07 < 1.02.10-r1
2.18.3-r10 > 1.05-r18
2.0.0_rc3-r1 > 1.5
0.10.1_rc1 > 0.9.11
1.1a < 1.3a
0.15.1b-r2 > 0.15.1b
1.2.07.8 < 1.2.12.04
1.07 < 1.19
0.3_pre20061029 < 0.4.0
0.9.8c-r1 < 0.9.8d
013 < 014-r1
5b-r9 > 2.2.10
1.7 < 1.7b
1.8.5 < 1.8.5_p2
2.12r-r4 < 2.12r-r5
104-r11 > 104-r9
1.3-r0 < 1.3.1-r0
1.3_pre1-r1 < 1.3.2
1.0_p10-r0 > 1.0_p9-r0
0.1.0_alpha_pre2 < 0.1.0_alpha
1.0.0_pre20191002222144-r0 < 1.0.0_pre20210530193627-r0
`

// Laws of apk-package(5) that version.data has no line for.
const apkVersionLaws = `
1.2_rc9 < 1.2
1.2 < 1.2_cvs
1.2_cvs < 1.2_svn
1.2_git < 1.2_hg
1.2_hg < 1.2_p
1.2_alpha < 1.2_beta
1.2-r1 < 1.2~0a1b-r0
1.2-r9 < 1.2_p1-r0
1.2_p-r1 < 1.2_p1-r0
1.10 > 1.9
1.010 < 1.9
1.0-r010 = 1.0-r10
nonsense < 0
`

func TestApkVersionsComparedAsApkDoes(t *testing.T) {
	for line := range strings.Lines(strings.TrimSpace(apkVersionData) + apkVersionLaws) {
		var a, b, sign string
		if _, err := fmt.Sscan(line, &a, &sign, &b); err != nil {
			continue
		}
		got := compareApkVersions(a, b)
		if want := map[string]int{"<": -1, "=": 0, ">": 1}[sign]; got != want || compareApkVersions(b, a) != -want {
			t.Errorf("%s %s %s: compared %d and %d", a, sign, b, got, compareApkVersions(b, a))
		}
	}
}
