package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// copies measures how long it takes to bring 100 files to a host, against tar
// through ssh.
func copies(ctx context.Context, t *target, p *page, runs int) error {
	const n = 100
	service := files(n)
	config, err := t.config(object{"server": t.remote()}, service)
	if err != nil {
		return err
	}
	source, err := t.writeFiles(service)
	if err != nil {
		return err
	}
	var plain, planning, applying, again []time.Duration
	for range runs {
		if err := t.forget(ctx, n); err != nil {
			return err
		}
		took, err := since(func() error { return t.tar(ctx, source) })
		if err != nil {
			return err
		}
		plain = append(plain, took)
		if err := t.forget(ctx, n); err != nil {
			return err
		}
		var plan []byte
		took, err = since(func() (err error) { plan, err = t.planned(ctx, config); return err })
		if err != nil {
			return err
		}
		planning = append(planning, took)
		for _, times := range []*[]time.Duration{&applying, &again} {
			took, err = since(func() error { _, err := t.output(ctx, plan, "hk-apply", "--confirm"); return err })
			if err != nil {
				return err
			}
			*times = append(*times, took)
		}
	}
	p.table("Bringing 100 files to a host",
		"For information. `tar` brings the same bytes and modes and no more: it neither compares, nor verifies, nor syncs each file to the disk.",
		[]string{"what", "time"}, [][]string{
			{"`tar -c \\| ssh tar -x`", spread(plain)},
			{"`hk-eval \\| hk-facts \\| hk-plan`", spread(planning)},
			{"`hk-apply --confirm`", spread(applying)},
			{"the same plan again", spread(again)},
		})
	return nil
}

// writeFiles writes the files of a service below a folder of this machine.
func (t *target) writeFiles(service object) (string, error) {
	root := filepath.Join(t.dir, "source")
	for name, file := range service["files"].(object) {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return "", err
		}
		content := file.(object)["content"].(string)
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			return "", err
		}
	}
	return filepath.Join(root, "srv"), nil
}

// tar copies a folder to the host's /srv.
func (t *target) tar(ctx context.Context, source string) error {
	pack := exec.CommandContext(ctx, "tar", "-C", source, "-cf", "-", ".")
	unpack := t.host.SSH(ctx, "root", "tar -C /srv -xf -")
	var stderr bytes.Buffer
	pack.Stderr, unpack.Stderr = &stderr, &stderr
	pipe, err := pack.StdoutPipe()
	if err != nil {
		return err
	}
	unpack.Stdin = pipe
	if err := unpack.Start(); err != nil {
		return err
	}
	if err := pack.Run(); err != nil {
		return fmt.Errorf("tar: %w\n%s", err, stderr.Bytes())
	}
	if err := unpack.Wait(); err != nil {
		return fmt.Errorf("ssh: %w\n%s", err, stderr.Bytes())
	}
	return nil
}

// forget removes the files from the host.
func (t *target) forget(ctx context.Context, n int) error {
	args := []string{"rm", "-f"}
	for i := range n {
		args = append(args, fmt.Sprintf("/srv/bench-%03d", i))
	}
	_, err := t.host.Exec(ctx, args...)
	return err
}
