package lab

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"hostkit/pkg/names"
)

//go:embed rootfs.sh
var rootfsScript string

// base is what all hosts share: the lower layers and what is in their files.
type base struct {
	dir string
	// under is the folder of the base that this one has one more layer on, its
	// rootfs; empty for the base that Debian hosts stand on.
	under string
}

func (b base) rootfs() string { return filepath.Join(b.dir, "rootfs") }

// The package indexes that rootfs.sh makes, each a layer of its own.
const (
	someIndex  = "index"
	wholeIndex = "whole"
)

// layers are from the top down, with a package index or, where that is empty, none.
func (b base) layers(index string) []string {
	switch {
	case b.under != "":
		return append([]string{b.rootfs()}, base{dir: b.under}.layers(index)...)
	case index == "":
		return []string{b.rootfs()}
	}
	return []string{filepath.Join(b.dir, index), b.rootfs()}
}

func (b base) manifest() string { return filepath.Join(b.dir, "manifest.json") }

// Build makes the base that hosts stand on, unless it is there already, and
// returns its folder. Safe to call from many processes at once. Progress goes to
// log, which may be nil.
func Build(ctx context.Context, log io.Writer) (string, error) {
	b, err := ensureBase(ctx, log)
	return b.dir, err
}

func ensureBase(ctx context.Context, log io.Writer) (base, error) {
	key, err := recipeKey()
	if err != nil {
		return base{}, fmt.Errorf("lab base: %w", err)
	}
	return ensure(ctx, base{dir: filepath.Join(CacheDir(), "base-"+key)}, rootfsScript, log)
}

// ensure builds the base with a script, unless it is there already.
func ensure(ctx context.Context, b base, script string, log io.Writer) (base, error) {
	if _, err := os.Stat(b.manifest()); err == nil {
		return b, nil
	}
	if err := os.MkdirAll(CacheDir(), 0o755); err != nil {
		return base{}, fmt.Errorf("lab base: %w", err)
	}
	lock, err := lockFile(ctx, b.dir+".lock")
	if err != nil {
		return base{}, fmt.Errorf("lab base: %w", err)
	}
	defer lock.Close()
	if _, err := os.Stat(b.manifest()); err == nil {
		return b, nil
	}
	if err := buildBase(ctx, b, script, log); err != nil {
		return base{}, fmt.Errorf("lab base: %w", err)
	}
	return b, nil
}

// buildBase builds aside and renames: what is named base-* is whole.
func buildBase(ctx context.Context, b base, script string, log io.Writer) error {
	aside := base{dir: b.dir + ".building", under: b.under}
	if err := removeHostDir(aside.dir); err != nil {
		return err
	}
	if err := os.Mkdir(aside.dir, 0o700); err != nil {
		return err
	}
	var tail bytes.Buffer
	cmd := exec.Command("/bin/bash", "-c", script, "build", aside.dir, b.under)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive",
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
	cmd.Stdin = strings.NewReader(indexed())
	cmd.Stderr = &tail
	if log != nil {
		cmd.Stderr = io.MultiWriter(&tail, log)
	}
	p, err := startContained(cmd, 0)
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return errors.Join(ctx.Err(), p.kill(), os.RemoveAll(aside.dir))
	case <-p.done:
	}
	if p.err != nil {
		return fmt.Errorf("build: %w: %s", p.err, lastBytes(tail.Bytes(), 2000))
	}
	if err := writeManifest(aside); err != nil {
		return fmt.Errorf("write manifest: %w", err)
	}
	if err := os.Rename(aside.dir, b.dir); err != nil {
		return err
	}
	return pruneBases(ctx, b)
}

// pruneBases removes bases of weeks ago that no host stands on.
func pruneBases(ctx context.Context, keep base) error {
	lock, err := lockFile(ctx, filepath.Join(CacheDir(), "hosts.lock"))
	if err != nil {
		return err
	}
	defer lock.Close()
	used := map[string]bool{filepath.Base(keep.dir): true, filepath.Base(keep.under): true}
	owners, err := filepath.Glob(filepath.Join(CacheDir(), "hosts", "*", "owner.json"))
	if err != nil {
		return err
	}
	for _, name := range owners {
		if o, err := readOwner(filepath.Dir(name)); err == nil {
			used[o.Base] = true
			used[underOf(o.Base)] = true
		}
	}
	manifests, err := filepath.Glob(filepath.Join(CacheDir(), "base-*", "manifest.json"))
	if err != nil {
		return err
	}
	for _, name := range manifests {
		dir := filepath.Dir(name)
		fi, err := os.Stat(name)
		if err != nil || used[filepath.Base(dir)] || time.Since(fi.ModTime()) < 14*24*time.Hour {
			continue
		}
		if err := errors.Join(removeHostDir(dir), os.Remove(dir+".lock")); err != nil {
			return err
		}
	}
	return nil
}

func lastBytes(b []byte, n int) []byte { return b[max(0, len(b)-n):] }

// indexed are the packages that the index of an ordinary host knows, a line each:
// those of HostKit's own table, and the smallest there is.
func indexed() string {
	return strings.Join(append(names.Known("debian_12"), "hello"), "\n") + "\n"
}

// recipeKey is a hash of all that a base is made of. The week is in it because
// mirrors drop old package versions: an older index names files that are gone.
func recipeKey() (string, error) {
	h := sha256.New()
	year, week := time.Now().UTC().ISOWeek()
	fmt.Fprintf(h, "%d-%d %s\n%s\n%s\n", year, week, runtime.GOARCH, rootfsScript, indexed())
	files := []string{"/etc/os-release", "/etc/apt/sources.list"}
	for _, pattern := range []string{"/etc/apt/sources.list.d/*.list", "/etc/apt/sources.list.d/*.sources", "/etc/apt/apt.conf.d/*"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return "", err
		}
		files = append(files, found...)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s %d\n%s\n", name, len(text), text)
	}
	return hex.EncodeToString(h.Sum(nil))[:16], nil
}
