package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"hostkit/pkg/transport/relay"
	"hostkit/tests/lab"
)

// againstAnsible has HostKit and Ansible make the same things on a host of their own,
// and then find nothing to do. A relay counts the turns: how often the client speaks
// after the server has, which is what a distant host is waited for.
func againstAnsible(ctx context.Context, t *target, p *page, runs int) error {
	host, err := lab.Start(ctx, lab.Options{Python: true})
	if err != nil {
		return err
	}
	defer host.Stop()
	t = &target{host: host, bin: t.bin, dir: t.dir}
	ways := []way{
		{"HostKit", t.hostKit},
		{"Ansible", func(ctx context.Context, port string) error { return t.ansible(ctx, port, "False") }},
		{"Ansible with pipelining", func(ctx context.Context, port string) error { return t.ansible(ctx, port, "True") }},
	}
	if err := t.writePlaybook(); err != nil {
		return err
	}
	before := load()
	var rows [][]string
	var ours [2]measured
	for i, w := range ways {
		fresh, again, err := t.timed(ctx, w, runs)
		if err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
		if i == 0 {
			ours = [2]measured{fresh, again}
		}
		ratio := func(of, to measured) string {
			return fmt.Sprintf("%.1f×", float64(median(of.times))/float64(median(to.times)))
		}
		rows = append(rows, []string{
			w.name, fmt.Sprint(fresh.turns), spread(fresh.times), ratio(fresh, ours[0]),
			fmt.Sprint(again.turns), spread(again.times), ratio(again, ours[1]),
		})
		fmt.Fprintln(os.Stderr, "bench:", strings.Join(rows[i], ", "))
	}
	p.table("The same content with Ansible",
		"A folder, 20 files and a link, new and then with nothing to do.\nHostKit: `hk-eval | hk-facts | hk-plan`, and `hk-apply --confirm`, two logins.\n"+
			"Ansible: one playbook of three tasks, the files in a loop, without gathering facts, over one connection of OpenSSH.\n"+
			"It is "+ansibleVersion(ctx)+". A turn: the client speaks after the server has, over a relay without delay. The load was "+before+" at the start.",
		[]string{"", "turns, new", "time, new", "ratio", "turns, nothing to do", "time, nothing to do", "ratio"}, rows)
	return nil
}

// way is a tool. It reaches the host at a port of this machine.
type way struct {
	name string
	do   func(ctx context.Context, port string) error
}

// measured is the turns of the last run, and the times of all.
type measured struct {
	turns int
	times []time.Duration
}

func (t *target) timed(ctx context.Context, w way, runs int) (fresh, again measured, err error) {
	for i := range runs + 1 {
		if err := t.reset(ctx); err != nil {
			return fresh, again, err
		}
		for _, m := range []*measured{&fresh, &again} {
			took, turns, err := t.relayed(ctx, w)
			if err != nil {
				return fresh, again, err
			}
			if i > 0 { // the first warms up
				m.turns, m.times = turns, append(m.times, took)
			}
		}
	}
	return fresh, again, nil
}

func (t *target) relayed(ctx context.Context, w way) (took time.Duration, turns int, err error) {
	r, err := relay.Start(t.host.Addr(), 0)
	if err != nil {
		return 0, 0, err
	}
	// It ends the connection that ssh keeps for Ansible, too.
	defer r.Close()
	_, port, _ := strings.Cut(r.Addr(), ":")
	took, err = since(func() error { return w.do(ctx, port) })
	return took, r.Total(), err
}

const madeFiles = 20

func (t *target) hostKit(ctx context.Context, port string) error {
	reach := t.remote()
	reach["hostname"] = "127.0.0.1"
	ssh := reach["ssh"].(object)
	delete(ssh, "known_hosts")
	ssh["port"], ssh["host_key"] = json.Number(port), t.host.Fingerprint()
	files := object{}
	for i := range madeFiles {
		files[fmt.Sprintf("%s/file-%d", folder, i)] = object{"content": fmt.Sprintf("content of %d\n", i), "mode": "0644"}
	}
	config, err := t.config(object{"server": reach}, object{
		"directories": object{folder: object{"mode": "0755"}}, "files": files,
		"symlinks": object{folder + "/current": object{"to": folder + "/file-0"}},
	})
	if err != nil {
		return err
	}
	plan, err := t.planned(ctx, config)
	if err != nil {
		return err
	}
	_, err = t.output(ctx, plan, "hk-apply", "--confirm")
	return err
}

func (t *target) writePlaybook() error {
	playbook := fmt.Sprintf(`- hosts: all
  gather_facts: false
  tasks:
    - file: {path: %[1]s, state: directory, mode: "0755"}
    - copy: {dest: "%[1]s/file-{{ item }}", content: "content of {{ item }}\n", mode: "0644"}
      loop: "{{ range(%[2]d) | list }}"
    - file: {src: %[1]s/file-0, dest: %[1]s/current, state: link}
`, folder, madeFiles)
	return errors.Join(
		os.WriteFile(filepath.Join(t.dir, "playbook.yaml"), []byte(playbook), 0o600),
		os.WriteFile(filepath.Join(t.dir, "ansible.cfg"), nil, 0o600),
	)
}

func (t *target) ansible(ctx context.Context, port, pipelining string) error {
	control, err := os.MkdirTemp("", "hk-") // a socket's path is short
	if err != nil {
		return err
	}
	defer os.RemoveAll(control)
	cmd := exec.CommandContext(ctx, "ansible-playbook", "-i", "127.0.0.1,", "-u", "root", "--private-key", t.host.Identity,
		"-e", "ansible_port="+port, "-e", "ansible_python_interpreter=/usr/bin/python3", "playbook.yaml")
	cmd.Dir = t.dir
	cmd.Env = append(os.Environ(), "HOME="+control, "ANSIBLE_CONFIG="+filepath.Join(t.dir, "ansible.cfg"), "ANSIBLE_PIPELINING="+pipelining,
		"ANSIBLE_HOST_KEY_CHECKING=False", "ANSIBLE_SSH_ARGS=-F none -o ControlMaster=auto -o ControlPersist=60s -o UserKnownHostsFile=/dev/null",
		"ANSIBLE_SSH_CONTROL_PATH_DIR="+control)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("ansible-playbook: %w\n%s", err, out)
	}
	return nil
}

var coreVersion = regexp.MustCompile(`core [0-9.]+`)

func ansibleVersion(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "ansible", "--version").Output()
	if err != nil {
		return "of an unknown version"
	}
	return "ansible-" + coreVersion.FindString(string(out))
}
