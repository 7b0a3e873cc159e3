package lab

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"io"
	"strings"
)

//go:embed layer.sh
var layerScript string

//go:embed rpm.sh
var rpmScript string

//go:embed dnf.sh
var dnfScript string

//go:embed zypper.sh
var zypperScript string

//go:embed pacman.sh
var pacmanScript string

//go:embed systemd.sh
var systemdScript string

//go:embed python.sh
var pythonScript string

//go:embed lxd.sh
var lxdScript string

// layer is one more layer on top of the base of all hosts: another package
// manager in place of apt, systemd, LXD, or Python.
type layer struct {
	name, script string
}

var (
	dnfLayer     = layer{"dnf", layerScript + rpmScript + dnfScript}
	zypperLayer  = layer{"zypper", layerScript + rpmScript + zypperScript}
	pacmanLayer  = layer{"pacman", layerScript + pacmanScript}
	systemdLayer = layer{"systemd", layerScript + systemdScript}
	pythonLayer  = layer{"python", layerScript + pythonScript}
	lxdLayer     = layer{"lxd", layerScript + lxdScript + systemdScript}
)

// layer is the one that a host of these options stands on, if any.
func (o Options) layer() *layer {
	switch {
	case o.Dnf:
		return &dnfLayer
	case o.Zypper:
		return &zypperLayer
	case o.Pacman:
		return &pacmanLayer
	case o.LXD:
		return &lxdLayer
	case o.Systemd:
		return &systemdLayer
	case o.Python:
		return &pythonLayer
	}
	return nil
}

// ensureHostBase makes what a host of these options stands on.
func ensureHostBase(ctx context.Context, o Options, log io.Writer) (base, error) {
	b, err := ensureBase(ctx, log)
	top := o.layer()
	if err != nil || top == nil {
		return b, err
	}
	sum := sha256.Sum256([]byte(top.script))
	over := base{dir: b.dir + "-" + top.name + "-" + hex.EncodeToString(sum[:])[:8], under: b.dir}
	return ensure(ctx, over, top.script, log)
}

// underOf is the name of the base that one of this name is a layer on: layers
// have the name of theirs and two words more.
func underOf(name string) string {
	words := strings.Split(name, "-")
	return strings.Join(words[:max(0, len(words)-2)], "-")
}
