package lab

import (
	"fmt"
	"os"
	"strings"
)

// mountinfo writes these in names as octal: proc_pid_mountinfo(5).
var mountNames = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)

// mountPoints lists the mount points that a process sees; pid may be "self".
func mountPoints(pid string) ([]string, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%s/mountinfo", pid))
	if err != nil {
		return nil, err
	}
	var points []string
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) >= 5 {
			points = append(points, mountNames.Replace(fields[4]))
		}
	}
	return points, nil
}

// atOrBelow returns those of points that are folder or lie in it.
func atOrBelow(points []string, folder string) []string {
	var found []string
	for _, p := range points {
		if p == folder || strings.HasPrefix(p, strings.TrimSuffix(folder, "/")+"/") {
			found = append(found, p)
		}
	}
	return found
}
