package apply

import (
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// contend takes the lock a number of times, each in a process of its own, against
// others; a mark tells whether two hold it. Every other holder ends without giving
// it back.
const contend = `
dir=$1 turns=$2 script=$3 sh=$4
while [ "$turns" -gt 0 ]; do
	"$sh" -c '
		lock() { (
			set -- "$1" "$dir/run" "sha256:$$" 1 me
			eval "$script"
		); }
		dir=$1 turns=$2 script=$3
		case $(lock take) in
		taken*) ;;
		busy*) exit 1 ;;
		*) echo strange ;;
		esac
		mkdir "$dir/inside" || echo overlap
		rmdir "$dir/inside"
		[ $((turns % 2)) = 1 ] || lock release
	' x "$dir" "$turns" "$script" && turns=$((turns - 1))
done
`

func TestTheLockHasOneHolder(t *testing.T) {
	for _, sh := range []string{"dash", "bash", "busybox"} {
		t.Run(sh, func(t *testing.T) {
			dir := t.TempDir()
			binary, err := exec.LookPath(sh)
			if err != nil {
				t.Fatal(err)
			}
			if sh == "busybox" {
				applet := filepath.Join(dir, "sh")
				if out, err := exec.Command("ln", "-s", binary, applet).CombinedOutput(); err != nil {
					t.Fatal(err, string(out))
				}
				binary = applet
			}
			var together sync.WaitGroup
			for range 6 {
				together.Go(func() {
					out, err := exec.Command(binary, "-c", contend, "x", dir, "8", lockScript, binary).CombinedOutput()
					if err != nil || strings.TrimSpace(string(out)) != "" {
						t.Errorf("%v: %s", err, out)
					}
				})
			}
			together.Wait()
		})
	}
}
