package lab

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
)

// configure writes what the options ask for into the freshly mounted host,
// before its sshd starts.
func (h *Host) configure(ctx context.Context) error {
	root, err := h.OpenRoot()
	if err != nil {
		return err
	}
	defer root.Close()
	files, err := h.files()
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := writeFile(root, f); err != nil {
			return err
		}
	}
	if err := h.makeUsers(ctx, root); err != nil {
		return err
	}
	return h.mountReadOnly(ctx)
}

func (h *Host) files() ([]File, error) {
	// The machine's own lines may be what makes its package mirror resolve.
	hosts, err := os.ReadFile("/etc/hosts")
	if err != nil {
		return nil, err
	}
	files := []File{
		{Path: "/etc/hostname", Content: h.Name + "\n"},
		{Path: "/etc/hosts", Content: fmt.Sprintf("127.0.1.1 %s\n%s", h.Name, hosts)},
		{Path: sshdFile, Content: h.sshdConfig()},
		{Path: "/root/.ssh/authorized_keys", Content: h.authorizedKeys(h.options.AuthorizedKeys), Mode: 0o600},
	}
	if len(h.options.SSHD) > 0 {
		files = append(files, File{
			Path:    "/etc/ssh/sshd_config.d/00-test.conf",
			Content: strings.Join(h.options.SSHD, "\n") + "\n",
		})
	}
	if rules := h.doasConfig(); rules != "" {
		files = append(files, File{Path: "/etc/doas.conf", Content: rules, Mode: 0o600})
	}
	if !h.options.NoMachineID {
		id := h.options.MachineID
		if id == "" {
			id = strings.ReplaceAll(randomUUID(), "-", "")
		}
		files = append(files, File{Path: "/etc/machine-id", Content: id + "\n", Mode: 0o444})
	}
	return append(files, h.options.Files...), nil
}

// sshdFile is where a host has its sshd's settings.
const sshdFile = "/etc/ssh/sshd_config.d/10-lab.conf"

func (h *Host) sshdConfig() string {
	lines := []string{
		"Port " + fmt.Sprint(h.Port),
		"ListenAddress " + h.IP,
		"PermitRootLogin yes",
		"PasswordAuthentication yes",
		// Debian's 10:30:100 drops logins at random when tests run in parallel.
		"MaxStartups 200",
		"UseDNS no",
	}
	for _, k := range h.options.HostKeys {
		lines = append(lines, "HostKey /etc/ssh/ssh_host_"+k+"_key")
		if h.options.HostAuthority != "" {
			lines = append(lines, "HostCertificate /etc/ssh/ssh_host_"+k+"_key-cert.pub")
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

func (h *Host) authorizedKeys(more []string) string {
	return strings.Join(append([]string{h.login.Line}, more...), "\n") + "\n"
}

// makeUsers uses the host's own tools: they know its shadow format.
func (h *Host) makeUsers(ctx context.Context, root *os.Root) error {
	var passwords strings.Builder
	if h.options.RootPassword != "" {
		fmt.Fprintf(&passwords, "root:%s\n", h.options.RootPassword)
	}
	for _, u := range h.options.Users {
		if err := h.makeUser(ctx, root, u); err != nil {
			return fmt.Errorf("user %s: %w", u.Name, err)
		}
		if u.Password != "" {
			fmt.Fprintf(&passwords, "%s:%s\n", u.Name, u.Password)
		}
	}
	if passwords.Len() == 0 {
		return nil
	}
	cmd := h.Command(ctx, "chpasswd")
	cmd.Stdin = strings.NewReader(passwords.String())
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("set passwords: %w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}

func (h *Host) makeUser(ctx context.Context, root *os.Root, u User) error {
	shell := u.Shell
	if shell == "" {
		shell = "/bin/bash"
	}
	if _, err := h.Exec(ctx, "useradd", "--create-home", "--shell", shell, u.Name); err != nil {
		return err
	}
	keys := File{
		Path:    "/home/" + u.Name + "/.ssh/authorized_keys",
		Content: h.authorizedKeys(u.AuthorizedKeys), Mode: 0o600,
	}
	if err := writeFile(root, keys); err != nil {
		return err
	}
	if _, err := h.Exec(ctx, "chown", "-R", u.Name+":", path.Dir(keys.Path)); err != nil {
		return err
	}
	rule := map[Sudo]string{SudoNoPassword: "NOPASSWD: ALL", SudoWithPassword: "ALL"}[u.Sudo]
	if rule == "" {
		return nil
	}
	return writeFile(root, File{
		Path:    "/etc/sudoers.d/lab-" + u.Name,
		Content: u.Name + " ALL=(ALL:ALL) " + rule + "\n", Mode: 0o440,
	})
}

// doasConfig has a rule for each user who may use doas.
func (h *Host) doasConfig() string {
	var b strings.Builder
	for _, u := range h.options.Users {
		switch u.Doas {
		case DoasNoPassword:
			fmt.Fprintf(&b, "permit nopass %s\n", u.Name)
		case DoasWithPassword:
			fmt.Fprintf(&b, "permit %s\n", u.Name)
		}
	}
	return b.String()
}

func (h *Host) mountReadOnly(ctx context.Context) error {
	for _, p := range h.options.ReadOnly {
		if _, err := h.Exec(ctx, "mount", "--bind", p, p); err != nil {
			return err
		}
		if _, err := h.Exec(ctx, "mount", "-o", "remount,bind,ro", p); err != nil {
			return err
		}
	}
	return nil
}

// newHostKeys makes keys; they are written at the next boot.
func (h *Host) newHostKeys() error {
	var keys []keyPair
	for _, kind := range h.options.HostKeys {
		k, err := newKeyPair(kind)
		if err != nil {
			return err
		}
		if h.options.HostAuthority != "" {
			if k.certificate, err = h.certify(k.Line); err != nil {
				return fmt.Errorf("certify %s key: %w", kind, err)
			}
		}
		keys = append(keys, k)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.keys = keys
	return nil
}

func (h *Host) writeHostKeys() error {
	root, err := h.OpenRoot()
	if err != nil {
		return err
	}
	defer root.Close()
	for i, kind := range h.options.HostKeys {
		name := "/etc/ssh/ssh_host_" + kind + "_key"
		files := []File{
			{Path: name, Content: string(h.keys[i].privatePEM), Mode: 0o600},
			{Path: name + ".pub", Content: h.keys[i].Line + "\n"},
		}
		if h.keys[i].certificate != "" {
			files = append(files, File{Path: name + "-cert.pub", Content: h.keys[i].certificate})
		}
		for _, f := range files {
			if err := rewriteFile(root, f); err != nil {
				return err
			}
		}
	}
	return nil
}

// HostKeys are the keys the host has now, in the order of Options.HostKeys.
func (h *Host) HostKeys() []HostKey {
	h.mu.Lock()
	defer h.mu.Unlock()
	var keys []HostKey
	for _, k := range h.keys {
		keys = append(keys, k.HostKey)
	}
	return keys
}

// Fingerprint is that of the first host key: "SHA256:...".
func (h *Host) Fingerprint() string { return h.HostKeys()[0].Fingerprint }

// KnownHostsLines are known_hosts lines for the keys the host has now.
func (h *Host) KnownHostsLines() string {
	var b strings.Builder
	for _, k := range h.HostKeys() {
		fmt.Fprintf(&b, "[%s]:%d %s\n", h.IP, h.Port, k.Line)
	}
	return b.String()
}

// rewriteFile leaves a file alone that already is as wanted, so that a restart
// changes nothing.
func rewriteFile(root *os.Root, f File) error {
	if now, err := root.ReadFile(strings.TrimPrefix(f.Path, "/")); err == nil && string(now) == f.Content {
		return nil
	}
	return writeFile(root, f)
}

func writeFile(root *os.Root, f File) error {
	mode := f.Mode
	if mode == 0 {
		mode = 0o644
	}
	name := strings.TrimPrefix(f.Path, "/")
	dirMode := fs.FileMode(0o755)
	if path.Base(path.Dir(name)) == ".ssh" {
		dirMode = 0o700
	}
	if err := root.MkdirAll(path.Dir(name), dirMode); err != nil {
		return fmt.Errorf("write %s: %w", f.Path, err)
	}
	if err := root.WriteFile(name, []byte(f.Content), mode); err != nil {
		return fmt.Errorf("write %s: %w", f.Path, err)
	}
	// WriteFile's mode is cut by the umask and not applied to an existing file.
	return root.Chmod(name, mode)
}
