package integration

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
)

// tryAnsible finds out whether Ansible can be asked about the target, and says so.
func (r *run) tryAnsible(ctx context.Context) error {
	r.noAnsible = r.whyNoAnsible(ctx)
	if r.noAnsible == nil {
		return nil
	}
	if r.target.Whole {
		return r.noAnsible
	}
	r.say("  not checked by Ansible: %v", r.noAnsible)
	return nil
}

func (r *run) whyNoAnsible(ctx context.Context) error {
	if _, err := exec.LookPath("ansible-playbook"); err != nil {
		return errors.New("there is no ansible-playbook on this machine (apt-get install ansible-core)")
	}
	if r.found["python3"] == "" {
		return errors.New("there is no python3 on the target")
	}
	if r.found["manager"] == "apt-get" {
		if _, err := r.access.root(ctx, nil, "python3 -c 'import apt'"); err != nil {
			return errors.New("there is no python3-apt on the target")
		}
	}
	if r.target.Whole {
		return nil
	}
	if out, err := r.ansible(ctx, "ansible", "all", "-m", "ansible.builtin.ping"); err != nil {
		return fmt.Errorf("it does not get on with the target: %s", lastLines(out))
	}
	return nil
}

// ansible runs one of its commands through the suite's connection. All that it writes
// on the target goes where the suite's own things are, and all else beside them here.
func (r *run) ansible(ctx context.Context, name string, args ...string) (string, error) {
	h := r.target.Host
	inventory := "target ansible_host=" + h.Hostname + " ansible_python_interpreter=/usr/bin/python3\n"
	if h.Sudo.On && r.access.user != "0" {
		inventory += "[all:vars]\nansible_become=true\n"
		if name := r.access.sudoPassword(); name != "" {
			inventory += `ansible_become_password="{{ lookup('env', '` + name + `') }}"` + "\n"
		}
	}
	// Nobody's own settings have a part in this.
	file, settings := filepath.Join(r.dir, "inventory"), filepath.Join(r.dir, "ansible.cfg")
	if err := errors.Join(os.WriteFile(file, []byte(inventory), 0o600), os.WriteFile(settings, nil, 0o600)); err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, name, append([]string{"-i", file}, args...)...)
	own(cmd)
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), "HOME="+r.dir, "ANSIBLE_CONFIG="+settings, "ANSIBLE_NOCOLOR=1", "ANSIBLE_PIPELINING=1",
		"ANSIBLE_SSH_ARGS=-F "+r.access.config, "ANSIBLE_REMOTE_TEMP="+top+"/.run/ansible", "ANSIBLE_LOCAL_TEMP="+r.dir+"/ansible")
	out, err := cmd.CombinedOutput()
	return string(out), errors.Join(ctx.Err(), err)
}

// recap is the last line of a playbook's run.
var recap = regexp.MustCompile(`changed=(\d+) +unreachable=(\d+) +failed=(\d+) .*ignored=(\d+)`)

// wouldChange is how much Ansible would change to make the target what a playbook of
// the suite says. A task that only fails because one before it was not really done
// is among what is changed.
func (r *run) wouldChange(ctx context.Context, playbook string) (int, error) {
	text, err := suite.ReadFile("suite/" + playbook)
	if err != nil {
		return 0, err
	}
	file := filepath.Join(r.dir, playbook)
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return 0, err
	}
	out, err := r.ansible(ctx, "ansible-playbook", "--check", "-e", "package="+r.pkg, file)
	found := recap.FindStringSubmatch(out)
	if err != nil || found == nil || found[2] != "0" || found[3] != "0" {
		return 0, fmt.Errorf("ansible-playbook --check: %w: %s", err, lastLines(out))
	}
	changed, _ := strconv.Atoi(found[1])
	ignored, _ := strconv.Atoi(found[4])
	return changed + ignored, nil
}

// ansibleAgrees fails unless Ansible would change nothing.
func (r *run) ansibleAgrees(ctx context.Context, playbook string) error {
	if r.noAnsible != nil {
		return nil
	}
	n, err := r.wouldChange(ctx, playbook)
	if err != nil {
		return err
	}
	if n > 0 {
		return fmt.Errorf("ansible-playbook would change %d things by %s", n, playbook)
	}
	r.ok("Ansible: ansible-playbook --check %s: changed=0", playbook)
	return nil
}

// ansibleDiffers fails if Ansible would change nothing.
func (r *run) ansibleDiffers(ctx context.Context, playbook string) error {
	if r.noAnsible != nil {
		return nil
	}
	n, err := r.wouldChange(ctx, playbook)
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("ansible-playbook sees no difference by %s, and there is one", playbook)
	}
	r.ok("Ansible: ansible-playbook --check %s: changed=%d", playbook, n)
	return nil
}
