package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// copied is something to bring to a host: what tar does to it, and hk-apply.
type copied struct {
	what    string
	service object
	// tar is set where tar can bring the same.
	tar bool
}

const (
	smallFile = 2 << 10
	largeFile = 256 << 20
)

// copies measures how long it takes to bring files to a host, against tar through
// ssh. The two take turns, so that a machine that gets slower does so for both.
func copies(ctx context.Context, t *target, p *page, runs int) error {
	large, err := t.largeFile()
	if err != nil {
		return err
	}
	var rows [][]string
	before := load()
	for _, c := range []copied{
		{"500 new files of 2 KiB", smallFiles(500, 'a'), true},
		{"one new file of 256 MiB", large, true},
		{"100 new files of 2 KiB", smallFiles(100, 'a'), true},
		{"100 files of 2 KiB that are other ones", smallFiles(100, 'b'), false},
		{"500 files of 2 KiB that are other ones", smallFiles(500, 'b'), false},
		{"500 new folders", folders(500), false},
	} {
		times := runs
		if !c.tar {
			times = 1 // nothing is compared with it
		}
		row, err := t.copy(ctx, c, times)
		if err != nil {
			return fmt.Errorf("%s: %w", c.what, err)
		}
		fmt.Fprintln(os.Stderr, "bench:", strings.Join(row, ", "))
		rows = append(rows, row)
	}
	p.table("Bringing files to a host",
		"`tar -c | ssh tar -x` brings the same bytes and modes and no more: it neither compares, nor verifies, nor syncs anything to the disk.\n"+
			"It speaks through the system's ssh with its own preferences. The bar is 1.5× for 500 files and for 256 MiB, and 64 MiB of memory. The load was "+before+" at the start, and "+load()+" at the end.",
		[]string{"what", "tar and ssh", "`hk-apply --confirm`", "ratio", "its peak memory", "the same plan again"}, rows)
	return nil
}

// copy measures one case.
func (t *target) copy(ctx context.Context, c copied, runs int) ([]string, error) {
	config, err := t.config(object{"server": t.remote()}, c.service)
	if err != nil {
		return nil, err
	}
	source, err := t.writeFiles(c.service)
	if err != nil {
		return nil, err
	}
	if err := t.before(ctx, c); err != nil {
		return nil, err
	}
	plan, err := t.planned(ctx, config)
	if err != nil {
		return nil, err
	}
	var plain, applying, again []time.Duration
	most := 0
	for i := range runs + 1 {
		if c.tar {
			if err := t.before(ctx, c); err != nil {
				return nil, err
			}
			took, err := since(func() error { return t.tar(ctx, source) })
			if err != nil {
				return nil, err
			}
			plain = append(plain, took)
		}
		if err := t.before(ctx, c); err != nil {
			return nil, err
		}
		for _, times := range []*[]time.Duration{&applying, &again} {
			var kib int
			took, err := since(func() (err error) {
				_, kib, err = t.peak(ctx, plan, "hk-apply", "--confirm")
				return err
			})
			if err != nil {
				return nil, err
			}
			*times, most = append(*times, took), max(most, kib)
		}
		if i == 0 {
			// The first of each warms up.
			plain, applying, again = nil, nil, nil
		}
	}
	row := []string{c.what, "", spread(applying), "", mib(most), spread(again)}
	if c.tar {
		row[1], row[3] = spread(plain), fmt.Sprintf("%.2f×", float64(median(applying))/float64(median(plain)))
	}
	return row, nil
}

// smallFiles is n files of 2 KiB in one folder that is there.
func smallFiles(n int, letter byte) object {
	all := object{}
	for i := range n {
		line := fmt.Sprintf("%c: line of file %d\n", letter, i)
		content := strings.Repeat(line, smallFile/len(line)+1)[:smallFile]
		all[fmt.Sprintf("%s/file-%03d", folder, i)] = object{"content": content, "mode": "0644"}
	}
	return object{"files": all}
}

// folders is n folders in one that is there.
func folders(n int) object {
	all := object{}
	for i := range n {
		all[fmt.Sprintf("%s/folder-%03d", folder, i)] = object{"mode": "0755"}
	}
	return object{"directories": all}
}

// largeFile is one file of bytes that nothing can compress.
func (t *target) largeFile() (object, error) {
	const name = "large.bin"
	file, err := os.Create(filepath.Join(t.dir, name))
	if err != nil {
		return nil, err
	}
	random := rand.NewChaCha8([32]byte{})
	for block, n := make([]byte, 1<<20), 0; n < largeFile; n += len(block) {
		_, _ = random.Read(block)
		if _, err := file.Write(block); err != nil {
			return nil, errors.Join(err, file.Close())
		}
	}
	return object{"files": object{folder + "/large": object{"from": name, "mode": "0644"}}}, file.Close()
}

// before makes the host what it is before a case: a folder with nothing in it, or
// with other files of the same names.
func (t *target) before(ctx context.Context, c copied) error {
	if _, err := t.host.Exec(ctx, "sh", "-c", "rm -rf "+folder+"; mkdir "+folder); err != nil || c.tar {
		return err
	}
	if files, ok := c.service["files"].(object); ok {
		source, err := t.writeFiles(smallFiles(len(files), 'a'))
		if err != nil {
			return err
		}
		return t.tar(ctx, source)
	}
	return nil
}

// writeFiles writes the files of a service below a folder of this machine, and
// returns the one that holds them.
func (t *target) writeFiles(service object) (string, error) {
	root := filepath.Join(t.dir, "source")
	source := filepath.Join(root, folder)
	files, _ := service["files"].(object)
	if err := errors.Join(os.RemoveAll(root), os.MkdirAll(source, 0o755)); err != nil {
		return "", err
	}
	for name, file := range files {
		path := filepath.Join(root, name)
		if from, ok := file.(object)["from"].(string); ok {
			if err := os.Link(filepath.Join(t.dir, from), path); err != nil {
				return "", err
			}
			continue
		}
		if err := os.WriteFile(path, []byte(file.(object)["content"].(string)), 0o644); err != nil {
			return "", err
		}
	}
	return source, nil
}

// tar copies what is in a folder of this machine to the host's.
func (t *target) tar(ctx context.Context, source string) error {
	pack := exec.CommandContext(ctx, "tar", "-C", source, "-cf", "-", ".")
	unpack := t.host.SSH(ctx, "root", "tar -C "+folder+" -xf -")
	var stderr bytes.Buffer
	pack.Stderr, unpack.Stderr = &stderr, &stderr
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	pack.Stdout, unpack.Stdin = write, read
	err = unpack.Start()
	read.Close()
	if err != nil {
		write.Close()
		return err
	}
	err = pack.Run()
	write.Close()
	if err := errors.Join(err, unpack.Wait()); err != nil {
		return fmt.Errorf("tar: %w\n%s", err, stderr.Bytes())
	}
	return nil
}
