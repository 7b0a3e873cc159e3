package mise

import (
	"debug/elf"
	"errors"
	"io"
	"strings"
)

// static ends the platform of a program that needs no loader, and so runs with any
// C library.
const static = "-static"

// longestLoader is the longest path of a loader that is read.
const longestLoader = 4096

// PlatformOfProgram tells what a program file runs on. One that is linked
// statically gets "-static" behind the processor: "linux-x64-static".
func PlatformOfProgram(file io.ReaderAt) (Platform, error) {
	program, err := elf.NewFile(file)
	if err != nil {
		return "", errors.New("it is no program for Linux (an ELF file)")
	}
	loader, err := loaderOf(program)
	if err != nil {
		return "", err
	}
	for _, p := range platforms {
		switch {
		case p.machine != program.Machine:
		case loader == "":
			return p.platform + static, nil
		case loader == p.loader:
			return p.platform, nil
		}
	}
	return "", errors.New("it is a program for a system that mise has no builds for")
}

// loaderOf is the path of the loader that a program names (elf(5), PT_INTERP), or
// "".
func loaderOf(program *elf.File) (string, error) {
	for _, segment := range program.Progs {
		if segment.Type != elf.PT_INTERP {
			continue
		}
		path, err := io.ReadAll(io.LimitReader(segment.Open(), longestLoader))
		if err != nil {
			return "", errors.New("it is cut off: the path of its program loader can't be read")
		}
		return strings.TrimRight(string(path), "\x00"), nil
	}
	return "", nil
}

// RunsOn reports whether a program for p runs on a host of that platform.
func (p Platform) RunsOn(host Platform) bool {
	processor := strings.TrimSuffix(string(host), musl)
	return p == host || p == Platform(processor)+static
}
