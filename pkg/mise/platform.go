package mise

import (
	"debug/elf"
	"slices"
	"strings"
)

// Platform is what a build of mise runs on, as mise's own releases spell it:
// "linux-x64", "linux-arm64-musl".
type Platform string

// musl ends the platforms whose C library is musl and not glibc.
const musl = "-musl"

// platforms are those that mise's releases have builds for, each with the program
// loader that its programs name, and the processor in the kernel's word and in
// that of ELF headers (elf(5)). The loader stands for both processor and C library,
// which the kernel's word does not: 32-bit programs run on 64-bit kernels.
var platforms = []struct {
	platform Platform
	loader   string
	arch     string
	machine  elf.Machine
}{
	{"linux-x64", "/lib64/ld-linux-x86-64.so.2", "x86_64", elf.EM_X86_64},
	{"linux-arm64", "/lib/ld-linux-aarch64.so.1", "aarch64", elf.EM_AARCH64},
	{"linux-armv7", "/lib/ld-linux-armhf.so.3", "armv7", elf.EM_ARM},
	{"linux-x64-musl", "/lib/ld-musl-x86_64.so.1", "x86_64", elf.EM_X86_64},
	{"linux-arm64-musl", "/lib/ld-musl-aarch64.so.1", "aarch64", elf.EM_AARCH64},
	{"linux-armv7-musl", "/lib/ld-musl-armhf.so.1", "armv7", elf.EM_ARM},
}

// Loaders are the paths of the program loaders that a host may have.
func Loaders() []string {
	all := make([]string, len(platforms))
	for i, p := range platforms {
		all[i] = p.loader
	}
	return all
}

// PlatformOf gives the platform of a host that has those loaders, whose own shell
// runs on musl or not, and whose kernel calls the processor arch, as `uname -m`
// does; false when mise has no builds for it.
//
// A host may have several loaders: of two processors where it runs programs of
// both, or of two C libraries where one is there for a few programs.
func PlatformOf(loaders []string, onMusl bool, arch string) (Platform, bool) {
	best, rank := Platform(""), -1
	for _, p := range platforms {
		if !slices.Contains(loaders, p.loader) {
			continue
		}
		// ARMv6 has the loader of ARMv7, and not all of its instructions.
		if p.arch == "armv7" && strings.HasPrefix(arch, "armv6") {
			continue
		}
		r := 0
		if strings.HasPrefix(arch, p.arch) {
			r += 2
		}
		if strings.HasSuffix(string(p.platform), musl) == onMusl {
			r++
		}
		if r > rank {
			best, rank = p.platform, r
		}
	}
	return best, rank >= 0
}
