package resource

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"hostkit/pkg/doc"
	"hostkit/pkg/shell"
)

const (
	// lookBytes is how many bytes of paths one look asks about. They become the
	// arguments of one process, for which Linux guarantees 128 KiB.
	lookBytes = 64 << 10
	// lookContent is how much old content one survey fetches in all.
	lookContent = 4 << 20
	// lookRoom is for what is not about the paths: the mount points, of which a
	// container host may have thousands.
	lookRoom = 2 << 20
	// lookNames is how many names hk_look tells of what is in a folder.
	lookNames = 20
)

// look is one step that observes paths, each of which should be a node of the
// same type; hk_look in pkg/shell makes it.
type look struct {
	nodeType string
	// shown paths come first: those of which old content may be fetched, or
	// whether they are empty be told.
	shown  int
	paths  []string
	budget int
	// users and groups are names that the host is asked about.
	users, groups []string
	// folders are above the shown paths.
	folders []string
	asked   map[string]bool
}

// looks divides paths among steps. extra tells which of them are shown; owners
// gives the accounts that each one is to belong to.
func looks(nodeType string, paths []string, extra func(string) bool, owners func(string) []Ownership) []*look {
	var all []*look
	size := 0
	for _, shown := range []bool{true, false} {
		for _, p := range paths {
			if extra(p) != shown {
				continue
			}
			if len(all) == 0 || size+len(p) > lookBytes {
				all, size = append(all, &look{nodeType: nodeType, asked: make(map[string]bool)}), 0
			}
			l := all[len(all)-1]
			size += l.add(p, shown, owners(p))
		}
	}
	for _, l := range all {
		l.budget = lookContent / len(all)
	}
	return all
}

// add returns the number of bytes that this takes in arguments, each of which
// costs a pointer and a NUL byte more than it has.
func (l *look) add(p string, shown bool, owners []Ownership) int {
	l.paths = append(l.paths, p)
	for _, o := range owners {
		l.users = addAccount(l.users, o.Owner)
		l.groups = addAccount(l.groups, o.Group)
	}
	size := len(p) + 9
	if !shown {
		return size
	}
	l.shown++
	for _, folder := range ancestors(p) {
		if !l.asked[folder] {
			l.asked[folder] = true
			l.folders = append(l.folders, folder)
			size += len(folder) + 9
		}
	}
	return size
}

func addAccount(names []string, a Account) []string {
	if a == "" || a.numeric() {
		return names
	}
	for _, name := range names {
		if name == string(a) {
			return names
		}
	}
	return append(names, string(a))
}

func (l *look) script() shell.Script {
	args := []string{
		l.nodeType, strconv.Itoa(l.shown), strconv.Itoa(len(l.paths)), strconv.Itoa(l.budget),
		strings.Join(l.users, "\n"), strings.Join(l.groups, "\n"),
	}
	args = append(args, l.paths...)
	return shell.New(`hk_look "$@"`, append(args, l.folders...)...)
}

func (l *look) name() string {
	if len(l.paths) == 1 {
		return "look at " + l.paths[0]
	}
	return fmt.Sprintf("look at %d paths", len(l.paths))
}

// limit is how much the step may print: a link's target may be as long as a path.
func (l *look) limit() int {
	room := lookRoom + l.budget
	for _, p := range l.paths {
		room += 6*len(p) + longestPath + 512
	}
	if l.nodeType == typeDirectory {
		room += l.shown * (lookNames + 1) * (longestName + 1)
	}
	return room
}

// view is what a look saw.
type view struct {
	sights map[string]*sight
	// users and groups are the numbers of those names that the host has.
	users, groups map[string]uint32
}

// sight is what one path was seen to be.
type sight struct {
	path string
	// letter is hk_look's word for what is there.
	letter byte
	// folder is the real path of the folder it is in, as far as that is there.
	folder string
	// names are the first of what is in a folder that was looked into, and count
	// how many there are.
	names []string
	count int
	// stat is nil when nothing is there.
	stat *stat
	// to is the target of a link; "" when it could not be read.
	to string
	// kernel is the file system of a file that the kernel makes up, and that is
	// not opened for that; else "".
	kernel string
	// digest is of a regular file; empty when it could not be read.
	digest doc.Digest
	// content is nil when it was not fetched.
	content []byte
	mount   bool
}

// stat is what stat(2) tells, with the names of the numbers that have one.
type stat struct {
	mode         uint32
	links        uint64
	uid, gid     uint32
	size         int64
	owner, group string
	// stamp tells one state of a file from every later one, as far as that can be
	// without its content: size, inode, and the times of the last change of its content
	// and of anything, in seconds since 1970.
	stamp string
}

// read takes hk_look's answer apart.
func (l *look) read(r shell.Result) (*view, error) {
	rest := sections{rest: r.Stdout}
	v := &view{sights: make(map[string]*sight, len(l.paths))}
	v.users = readAccounts(rest.next())
	v.groups = readAccounts(rest.next())
	for at := 0; at < len(l.paths); {
		seen, times := readRun(rest.next())
		if times < 1 || times > len(l.paths)-at {
			return nil, l.nonsense(r, "what "+l.paths[at]+" is")
		}
		for _, p := range l.paths[at : at+times] {
			s := seen
			s.path = p
			if v.sights[p] = &s; s.letter == 'c' {
				s.readNames(&rest)
			}
		}
		at += times
	}
	v.readMounts(rest.next())
	l.readStats(v, rest.next())
	v.readOwners(rest.next())
	open := l.readFolders(rest.next())
	l.readTargets(v, &rest)
	l.readKernel(v, rest.next())
	l.readDigests(v, rest.next())
	printed := rest.next()
	if rest.short || r.Status != 0 {
		return nil, l.nonsense(r, "all sections")
	}
	l.readContents(v, printed, rest.rest, open)
	return v, nil
}

// readRun reads what a number of paths are alike in; the number is 0 for what makes
// no sense.
func readRun(word []byte) (seen sight, times int) {
	letters := bytes.TrimLeft(word, "0123456789")
	times, err := strconv.Atoi(string(word[:len(word)-len(letters)]))
	if err != nil || len(letters) < 2 {
		return sight{}, 0
	}
	return sight{letter: letters[0], folder: string(letters[1:])}, times
}

// readNames reads names up to an empty one, and how many there are in all.
func (s *sight) readNames(rest *sections) {
	for len(s.names) <= lookNames && !rest.short {
		name := rest.next()
		if len(name) == 0 {
			break
		}
		s.names = append(s.names, string(name))
	}
	var err error
	s.count, err = strconv.Atoi(string(rest.next()))
	rest.short = rest.short || err != nil || s.count < len(s.names)
}

func (l *look) nonsense(r shell.Result, lacking string) error {
	return fmt.Errorf("the host's answer to %q makes no sense: it lacks %s (exit status %d, %d bytes, truncated: %t, stderr %q)",
		l.name(), lacking, r.Status, len(r.Stdout), r.Truncated, bytes.TrimSpace(r.Stderr))
}

// sections are texts that end with a NUL byte each.
type sections struct {
	rest  []byte
	short bool
}

func (s *sections) next() []byte {
	text, rest, ok := bytes.Cut(s.rest, []byte{0})
	s.rest = rest
	s.short = s.short || !ok
	return text
}

// readAccounts reads lines ID:NAME.
func readAccounts(text []byte) map[string]uint32 {
	ids := make(map[string]uint32)
	for line := range strings.Lines(string(text)) {
		id, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		if n, err := strconv.ParseUint(id, 10, 32); err == nil {
			ids[name] = uint32(n)
		}
	}
	return ids
}

// mountEscapes are how proc_pid_mountinfo(5) writes the bytes that would end a
// field or a line.
var mountEscapes = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`, `\043`, "#")

func (v *view) readMounts(text []byte) {
	mounts := make(map[string]bool)
	for line := range strings.Lines(string(text)) {
		mounts[mountEscapes.Replace(strings.TrimSuffix(line, "\n"))] = true
	}
	for p, s := range v.sights {
		s.mount = mounts[strings.TrimSuffix(s.folder, "/")+p[strings.LastIndexByte(p, '/'):]]
	}
}
