package facts

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hostkit/pkg/doc"
	"hostkit/pkg/shell"
)

func TestProcessorsOfThisMachine(t *testing.T) {
	onEachKind(t, func(t *testing.T, sh, path string) {
		f := gather(t, cpuGroup{}, sh, path)
		online, err := exec.Command("getconf", "_NPROCESSORS_ONLN").Output()
		if err != nil {
			t.Fatal(err)
		}
		if want, _ := strconv.Atoi(strings.TrimSpace(string(online))); f.CPU.LogicalCores != want {
			t.Errorf("%d processors, getconf has %d", f.CPU.LogicalCores, want)
		}
		if f.CPU.PhysicalCores > f.CPU.LogicalCores || f.CPU.Sockets > f.CPU.PhysicalCores || f.CPU.Sockets < 1 {
			t.Errorf("%d threads of %d cores in %d sockets", f.CPU.LogicalCores, f.CPU.PhysicalCores, f.CPU.Sockets)
		}
		if runtime.GOARCH == "amd64" && (!slices.Contains(f.CPU.Flags, "sse2") || f.CPU.Model == "") {
			t.Errorf("model %q, flags %v", f.CPU.Model, f.CPU.Flags)
		}
		if f.Now.Load == nil {
			t.Error("no load")
		}
	})
}

func TestMemoryOfThisMachine(t *testing.T) {
	onEachKind(t, func(t *testing.T, sh, path string) {
		f := gather(t, memoryGroup{}, sh, path)
		var info syscall.Sysinfo_t
		if err := syscall.Sysinfo(&info); err != nil {
			t.Fatal(err)
		}
		unit := int64(info.Unit)
		if want := int64(info.Totalram) * unit; f.Memory.TotalBytes != want {
			t.Errorf("%d bytes, sysinfo has %d", f.Memory.TotalBytes, want)
		}
		if want := int64(info.Totalswap) * unit; f.Memory.SwapTotalBytes == nil || *f.Memory.SwapTotalBytes != want {
			t.Errorf("%v bytes of swap, sysinfo has %d", f.Memory.SwapTotalBytes, want)
		}
		if u := f.Now.Memory; u == nil || u.FreeBytes <= 0 || *u.AvailableBytes > f.Memory.TotalBytes {
			t.Errorf("in use: %+v", u)
		}
	})
}

func TestDisksOfThisMachine(t *testing.T) {
	onEachKind(t, func(t *testing.T, sh, path string) {
		f := gather(t, disksGroup{}, sh, path)
		root, ok := f.Disks.FileSystems["/"]
		var s syscall.Statfs_t
		if err := syscall.Statfs("/", &s); err != nil {
			t.Fatal(err)
		}
		if want := int64(s.Blocks) * s.Frsize; !ok || root.SizeBytes != want || f.Now.Disks["/"].SizeBytes != want {
			t.Errorf("%d bytes, statfs has %d", root.SizeBytes, want)
		}
		for name, device := range f.Disks.Devices {
			raw, err := os.ReadFile(filepath.Join("/sys/class/block", name, "size"))
			sectors, _ := strconv.ParseInt(strings.TrimSpace(string(raw)), 10, 64)
			if err != nil || device.SizeBytes != sectors*512 {
				t.Errorf("%s: %d bytes, /sys has %d sectors (%v)", name, device.SizeBytes, sectors, err)
			}
		}
	})
}

func TestAccountsOfThisMachine(t *testing.T) {
	onEachKind(t, func(t *testing.T, sh, path string) {
		f := gather(t, usersGroup{}, sh, path)
		for _, entry := range databaseLines(t, "passwd") {
			fields := strings.Split(entry, ":")
			uid, _ := strconv.ParseInt(fields[2], 10, 64)
			gid, _ := strconv.ParseInt(fields[3], 10, 64)
			want := doc.Account{UID: uid, GID: gid, Gecos: fields[4], Home: fields[5], Shell: fields[6]}
			if diff := cmp.Diff(want, f.Users.Accounts[fields[0]]); diff != "" {
				t.Errorf("%s: %s", fields[0], diff)
			}
		}
		for _, entry := range databaseLines(t, "group") {
			fields := strings.Split(entry, ":")
			gid, _ := strconv.ParseInt(fields[2], 10, 64)
			if got, ok := f.Users.Groups[fields[0]]; !ok || got.GID != gid {
				t.Errorf("%s: %+v, want the number %d", fields[0], got, gid)
			}
		}
	})
}

func databaseLines(t *testing.T, name string) []string {
	t.Helper()
	raw, err := os.ReadFile("/etc/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(raw)), "\n")
}

// No answer may hold what shadow(5) was made for.
func TestPasswordsStayOnTheHost(t *testing.T) {
	if text := (usersGroup{}).Script().String(); strings.Contains(text, "/etc/shadow") || strings.Contains(text, "gshadow") {
		t.Error("the script reads the shadow files")
	}
	onEachKind(t, func(t *testing.T, sh, _ string) {
		tools := shellFolder(t, "busybox")
		// A name service that still has a hash in the second field.
		_ = os.Remove(filepath.Join(tools, "timeout"))
		fake := "#!" + sh + "\nprintf 'old:HASHED:0:0::/:/bin/sh\\n'\n"
		if err := os.WriteFile(filepath.Join(tools, "getent"), []byte(fake), 0o755); err != nil {
			t.Fatal(err)
		}
		r := answer(t, usersGroup{}, sh, tools)
		if bytes.Contains(r.Stdout, []byte("HASHED")) || !bytes.Contains(r.Stdout, []byte("old:0:0::/:/bin/sh")) {
			t.Errorf("the host answers %q", r.Stdout)
		}
	})
}

// What hangs for ever is ended, and only that group is not had.
func TestANameServiceThatHangsIsGivenUp(t *testing.T) {
	onEachKind(t, func(t *testing.T, sh, path string) {
		// timeout(1) is the real one; it is only told to be less patient. That of
		// BusyBox counts in whole seconds.
		tools, timeout, limit := shellFolder(t, "busybox"), "/usr/bin/timeout", "0.1"
		if path != shell.Path {
			timeout, limit = filepath.Join(path, "timeout"), "1"
		}
		for name, script := range map[string]string{
			"getent":  "exec /bin/sleep 1000\n",
			"timeout": "shift\nexec " + timeout + " " + limit + " \"$@\"\n",
		} {
			file := filepath.Join(tools, name)
			_ = os.Remove(file)
			if err := os.WriteFile(file, []byte("#!"+sh+"\n"+script), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		var facts doc.Facts
		if err := groupProbe(usersGroup{}).Read(answerLoud(t, usersGroup{}, sh, tools), &facts); err != nil {
			t.Fatal(err)
		}
		if facts.Users == nil || facts.Users.Error == nil || facts.Users.Error.Code != "timeout" || facts.Users.Accounts != nil {
			t.Errorf("the facts are %+v", facts.Users)
		}
	})
}

func TestPortsOfThisMachine(t *testing.T) {
	listen := map[string]int{}
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		l, err := net.Listen("tcp", address)
		if err != nil && strings.HasPrefix(address, "[") {
			continue // a machine without IPv6
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		a := l.Addr().(*net.TCPAddr)
		listen[a.IP.String()] = a.Port
	}
	comm, err := os.ReadFile("/proc/self/comm")
	if err != nil {
		t.Fatal(err)
	}
	self := doc.Process{PID: int64(os.Getpid()), Name: strings.TrimSpace(string(comm))}
	onEachKind(t, func(t *testing.T, sh, path string) {
		f := gather(t, portsGroup{}, sh, path)
		for address, port := range listen {
			want := doc.Listener{Protocol: "tcp", Address: address, Port: port, UID: int64(os.Getuid())}
			if !slices.Contains(f.Ports.Listening, want) {
				t.Errorf("%+v is not among %+v", want, f.Ports.Listening)
			}
			i := slices.IndexFunc(f.Now.Ports, func(l doc.ListenerNow) bool { return l.Listener == want })
			if i < 0 || !slices.Contains(f.Now.Ports[i].Processes, self) {
				t.Errorf("this process does not hold %+v in %+v", want, f.Now.Ports)
			}
		}
	})
}

func TestThisMachineIsTheSameTwice(t *testing.T) {
	onEachKind(t, func(t *testing.T, sh, path string) {
		for _, g := range Groups {
			// Other tests open ports, and mount what lab hosts stand on.
			if g.Name() == "ports" || g.Name() == "disks" {
				continue
			}
			first, second := gather(t, g, sh, path), gather(t, g, sh, path)
			first.Now, second.Now = doc.Now{}, doc.Now{}
			if diff := cmp.Diff(first, second); diff != "" {
				t.Error(diff)
			}
		}
	})
}
