package manager

import (
	"errors"
	"testing"

	"hostkit/pkg/shell"
)

// What is said here was recorded, and cut; of the scriptlet that fails at last, of
// PackageKit and of a read-only file system it is written in the form of zypper's
// and rpm's sources.
func TestZypperFailures(t *testing.T) {
	const aborted = "<message type=\"error\">Problem occurred during or after installation or removal of packages:\nInstallation has been aborted as directed.\nPlease see the above error message for a hint.\n</message>\n"
	for _, test := range []struct {
		status     int
		said, want string
	}{
		{7, "hostkit: /usr/lib/sysimage/rpm/.rpm.lock is held by process 812 (rpm)\n", "locked: /usr/lib/sysimage/rpm/.rpm.lock is held by process 812 (rpm)"},
		{7, "<message type=\"error\">System management is locked by the application with pid 809 (sleep).\nClose this application before trying again.</message>", "locked: /run/zypp.pid is held by process 809 (sleep)"},
		{7, "<message type=\"info\">PackageKit is still running (probably busy).</message>", "locked: PackageKit is changing packages on the host"},
		{1, "hostkit: would remove lab-epoch\n", "would_remove: it would remove a package that the plan does not name: lab-epoch"},
		{1, "hostkit: would downgrade lab-one\n", "would_downgrade: it would downgrade a package that the plan does not name: lab-one"},
		{5, "<message type=\"error\">Root privileges are required to run this command.</message>", "permission_denied: may not change packages on the host"},
		{6, "<message type=\"warning\">There are no enabled repositories defined.</message>", "no_repositories: the host has no package repository enabled"},
		{
			4, "&lt;gpgkey-info&gt;&lt;repository&gt;the lab (15.6)&lt;/repository&gt;&lt;key-name&gt;lab &amp;lt;lab@example.org&amp;gt;&lt;/key-name&gt;&lt;key-fingerprint&gt;8FC710EB3050B8E21396A60698A7F91C05431932&lt;/key-fingerprint&gt;\n - Signature verification failed for repomd.xml\n",
			"signature: the host does not trust the key of the repository the lab (15.6): 8FC710EB3050B8E21396A60698A7F91C05431932",
		},
		{
			4, "<text>File &apos;repomd.xml&apos; from repository &apos;the lab (15.6)&apos; is signed with an unknown key &apos;98A7F91C05431932&apos;. Continue?</text>\n - Signature verification failed for repomd.xml\n",
			"signature: the host does not have the key of the repository the lab (15.6): 98A7F91C05431932",
		},
		{4, "<text>File &apos;repomd.xml&apos; from repository &apos;the lab (15.6)&apos; is unsigned, continue?</text>", "signature: repomd.xml of the repository the lab (15.6) is not signed"},
		{4, "History:\n - Signature verification failed for repomd.xml\n - Can&apos;t provide /repodata/repomd.xml\n", "signature: signature verification failed: repomd.xml"},
		{8, "<message type=\"error\">Installation of lab-big-1.0-1.noarch failed:\nError: Subprocess failed. Error: RPM failed: \tinstalling package lab-big-1.0-1.noarch needs 281MB more space on the /opt/lab filesystem\n</message>" + aborted, "no_space: the host lacks 281MB of free space in /opt/lab"},
		{8, "error: unpacking of archive failed: cpio: write failed - No space left on device", "no_space: the host has no space left on a device"},
		{4, "mkdir: cannot create directory: Read-only file system", "read_only: a file system of the host is read-only"},
		{
			4, "[bad|http://nowhere.invalid/repo] Valid metadata not found at specified URL\nHistory:\n - Download (curl) error for &apos;http://nowhere.invalid/repo/content&apos;:\nError code: Connection failed\nError message: Could not resolve host: nowhere.invalid\n",
			"unreachable: the host can't resolve nowhere.invalid",
		},
		{
			4, "[bad|http://127.0.0.1:9/repo] Valid metadata not found at specified URL\nHistory:\n - [|] Error trying to read from &apos;http://127.0.0.1:9/repo&apos;\nError message: Failed to connect to 127.0.0.1 port 9 after 0 ms: Couldn&apos;t connect to server\n",
			"unreachable: the host can't reach its package repository: Failed to connect to 127.0.0.1 port 9",
		},
		{
			4, "<message type=\"error\">Repository &apos;bad&apos; is invalid.\n[bad|file:/none] Valid metadata not found at specified URL\nHistory:\n - Specified path &apos;/none&apos; is not a directory: file:/none\n",
			"not_found: there is no package repository at file:/none",
		},
		{8, "<message type=\"error\">File &apos;./noarch/lab-dep-1.0-1.noarch.rpm&apos; not found on medium &apos;file:/srv/repo&apos;</message>" + aborted, "not_found: the package repository does not have file:/srv/repo/noarch/lab-dep-1.0-1.noarch.rpm"},
		{8, "<message type=\"warning\">Digest verification failed for file &apos;lab-dep-1.0-1.noarch.rpm&apos;\n[/srv/repo/noarch/lab-dep-1.0-1.noarch.rpm]\n</message>" + aborted, "damaged: lab-dep-1.0-1.noarch.rpm has not the checksum that the package index gives"},
		{4, "<message type=\"info\">In order to install &apos;lab-mailer-a&apos;, you must agree to terms of the following license agreement:\n\nYou give up everything.\n</message>", "license: lab-mailer-a wants a licence to be agreed to"},
		{
			8, "<lhs><file>/opt/lab/lab-one</file><checksum type=\"md5\">b7</checksum><solvable><kind>package</kind><name>lab-clash</name></solvable></lhs>\n<rhs><file>/opt/lab/lab-one</file><solvable><kind>package</kind><name>lab-one</name></solvable></rhs></fileconflict>" + aborted,
			"conflict: packages do not go together: lab-clash and lab-one both have /opt/lab/lab-one",
		},
		{8, "<message type=\"error\">Installation of lab-bad-1.0-1.noarch failed:\nError: Subprocess failed. Error: RPM failed: error: lua script failed: [string &quot;%prein(lab-bad-1.0-1.noarch)&quot;]:1: no thanks\nerror: lab-bad-1.0-1.noarch: install failed\n</message>" + aborted, "package_failed: package lab-bad-1.0-1.noarch: lua script failed: [string \"%prein(lab-bad-1.0-1.noarch)\"]:1: no thanks"},
		{8, "<message type=\"error\">Removal of (7)lab-one-2.0-1.noarch(@System) failed:\n</message>" + aborted, "package_failed: package (7)lab-one-2.0-1.noarch(@System) was not changed as it should be"},
		{107, "warning: %post(foo-1-1.noarch) scriptlet failed, exit status 3\n", "package_failed: package foo-1-1.noarch: its script %post ended with status 3"},
		{107, "", "package_failed: a script of a package failed"},
		{4, "<message type=\"error\">Something new\nhappened.</message>\n</stream>\n", "failed: zypper: Something new happened."},
		{139, "", "failed: zypper ended with status 139"},
		{NotHere, "", "no_package_manager: the host has no zypper"},
	} {
		r := shell.Result{Status: test.status, Stdout: []byte("x86_64\n"), Stderr: []byte(test.said)}
		_, err := Zypper{}.ReadCommit(r)
		var f *Failure
		if !errors.As(err, &f) || f.Code+": "+f.Message != test.want {
			t.Errorf("%s:\n%v, want %s", test.said, err, test.want)
		}
		if err := (Zypper{}).ReadRefresh(r); err == nil || err.Error() != f.Message {
			t.Errorf("%s: a refresh says %v", test.said, err)
		}
	}
}

// A lock that holds more than one name is not taken off for one of them.
func TestZypperDoesNotReleaseWhatAPatternHolds(t *testing.T) {
	said := "%arch x86_64\n%have\n\n\ntype: package\nmatch_type: glob\ncase_sensitive: on\nsolvable_name: lab-*\n"
	for name, held := range map[Name]bool{"lab-one": true, "other": false} {
		_, err := Zypper{}.ReadPreview(Transaction{Release: []Name{name}}, shell.Result{Stdout: []byte(said)})
		var f *Failure
		if errors.As(err, &f) != held || held && (f.Code != "held" || f.Message != "lab-one is held by the lock lab-*, which may hold others too") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
