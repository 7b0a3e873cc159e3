package mise

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
)

// HeadSize is how many bytes of a program [PlatformOfProgram] wants to see. The
// name of a loader stands right behind the headers.
const HeadSize = 4 << 10

// static ends the platform of a program that needs no loader, and so runs with any
// C library.
const static = "-static"

// What elf(5) calls PT_INTERP, and the sizes of what is read here.
const (
	interpreter  = 3
	mostSegments = 64
)

var errNoProgram = errors.New("it is no program for Linux (an ELF file)")

// PlatformOfProgram tells from the head of a program file what it runs on. One that
// is linked statically gets "-static" behind the processor: "linux-x64-static".
func PlatformOfProgram(head []byte) (Platform, error) {
	if len(head) < 64 || !bytes.HasPrefix(head, []byte("\x7fELF")) || head[5] != 1 {
		return "", errNoProgram
	}
	// Offsets and sizes differ between 32 and 64 bits, which byte 4 tells apart.
	at := func(offset, size uint64) uint64 {
		if offset+size > uint64(len(head)) || offset+size < offset {
			return 0
		}
		var padded [8]byte
		copy(padded[:], head[offset:offset+size])
		return binary.LittleEndian.Uint64(padded[:])
	}
	table, entry, segments, where, length, word := at(28, 4), at(42, 2), at(44, 2), uint64(4), uint64(16), uint64(4)
	if head[4] == 2 {
		table, entry, segments, where, length, word = at(32, 8), at(54, 2), at(56, 2), 8, 32, 8
	}
	if segments == 0 || segments > mostSegments || table+entry*segments > uint64(len(head)) {
		return "", errNoProgram
	}
	machine := uint16(at(18, 2))
	for i := range segments {
		segment := table + entry*i
		if at(segment, 4) != interpreter {
			continue
		}
		offset, size := at(segment+where, word), at(segment+length, word)
		if size == 0 || offset > uint64(len(head)) || size > uint64(len(head))-offset {
			return "", errors.New("it does not say at its head which program loader it needs")
		}
		return dynamic(machine, string(bytes.TrimRight(head[offset:offset+size], "\x00")))
	}
	for _, p := range platforms {
		if p.machine == machine {
			return p.platform + static, nil
		}
	}
	return "", errors.New("it is a program for a processor that mise has no builds for")
}

func dynamic(machine uint16, loader string) (Platform, error) {
	for _, p := range platforms {
		if p.machine == machine && p.loader == loader {
			return p.platform, nil
		}
	}
	return "", errors.New("it is a program for a system that mise has no builds for")
}

// RunsOn reports whether a program for p runs on a host of that platform.
func (p Platform) RunsOn(host Platform) bool {
	processor := strings.TrimSuffix(string(host), musl)
	return p == host || p == Platform(processor)+static
}
