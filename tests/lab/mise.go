package lab

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

//go:embed mise.sh
var miseScript string

// Mise returns the path of the real mise on this machine, for hosts of its own
// platform, after fetching it where it is not in the cache yet. Safe to call from
// many processes at once. Progress goes to log, which may be nil.
func Mise(ctx context.Context, log io.Writer) (string, error) {
	sum := sha256.Sum256([]byte(miseScript))
	dir := filepath.Join(CacheDir(), "mise-"+hex.EncodeToString(sum[:8]))
	program := filepath.Join(dir, "mise")
	if err := os.MkdirAll(CacheDir(), 0o755); err != nil {
		return "", fmt.Errorf("lab mise: %w", err)
	}
	lock, err := lockFile(ctx, dir+".lock")
	if err != nil {
		return "", fmt.Errorf("lab mise: %w", err)
	}
	defer lock.Close()
	if _, err := os.Stat(program); err == nil {
		return program, nil
	}
	aside := dir + ".building"
	if err := os.RemoveAll(aside); err != nil {
		return "", fmt.Errorf("lab mise: %w", err)
	}
	if err := os.Mkdir(aside, 0o700); err != nil {
		return "", fmt.Errorf("lab mise: %w", err)
	}
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, "/bin/bash", "-c", miseScript, "mise.sh", aside)
	cmd.Stderr = &said
	if log != nil {
		cmd.Stderr = io.MultiWriter(&said, log)
	}
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("lab mise: %w: %s", err, lastBytes(said.Bytes(), 2000))
	}
	if err := os.Rename(aside, dir); err != nil {
		return "", fmt.Errorf("lab mise: %w", err)
	}
	return program, nil
}
