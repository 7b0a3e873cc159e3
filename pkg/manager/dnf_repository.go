package manager

import (
	"fmt"
	"regexp"
	"strings"

	"hostkit/pkg/shell"
)

// Where dnf looks for repository files, and where their keys are by custom.
const (
	DnfRepositoriesFolder = "/etc/yum.repos.d"
	RPMKeysFolder         = "/etc/pki/rpm-gpg"
)

// dnfURL takes the variables of dnf ($releasever, $basearch) too.
var dnfURL = regexp.MustCompile(`^(?:https?://[A-Za-z0-9.:\[\]-]+|file:(?://)?)(?:/[A-Za-z0-9._~+,=:%${}-]*)*(?:\?[A-Za-z0-9._~+,=:%${}&-]*)?$`)

// CheckDnfURL refuses what is not the address of a repository, or of a list of its
// mirrors, that dnf has over HTTP or in its own file system.
func CheckDnfURL(url string) error {
	_, rest, _ := strings.Cut(url, "://")
	host, _, _ := strings.Cut(rest, "/")
	switch {
	case strings.Contains(host, "@"):
		return fmt.Errorf("a user or password stands in the address of %q", host[strings.LastIndex(host, "@")+1:])
	case !dnfURL.MatchString(url):
		return fmt.Errorf("%q is not the address of a repository: want https://HOST/PATH, http://HOST/PATH or file:///PATH", url)
	}
	return nil
}

// dnfAdd puts a repository file and its key in place when dnf has fetched the
// repository's metadata with both: from a folder of their own, so that no other
// repository matters. The key goes first, for a key that no repository names is
// good for nothing. What was fetched is where dnf keeps it for the real file, too:
// dnf goes by name and address.
const dnfAdd = `
key=$8 key_file=$9 key_size=${10} key_digest=${11} wait=${12}
hk_begin "$1" "$2" "$5" "$6" "$7"
hk_receive "$3" "$4"
dir=$(mktemp -d) || exit
printf '%s' "$key" >"$dir/key"
while IFS= read -r line; do
	case $line in
	gpgkey=*) line=gpgkey=file://$dir/key ;;
	esac
	printf '%s\n' "$line"
done <"$hk_temp" >"$dir/new.repo"
(
	set -- refresh "$wait" "$dir"
` + dnfChanging + `
) </dev/null
status=$?
rm -rf "$dir"
[ "$status" = 0 ] || exit "$status"
[ -d "${key_file%/*}" ] || mkdir -p "${key_file%/*}" || exit
printf '%s' "$key" | (
	hk_put "$key_file" "${key_file%/*}" "$key_size" "$key_digest" '' '' 0644
) || exit
hk_finish
`

// AddRepository fetches the repository of the file on stdin, and puts that and its
// key in place when all is well. The file is as hk_put of pkg/shell wants it, and
// so are the key's size and digest.
func (Dnf) AddRepository(file [7]string, key, keyFile, size, digest string) shell.Script {
	return shell.New(dnfAdd, append(file[:], key, keyFile, size, digest, lockSeconds)...)
}

// dnfDrop removes the key first: the repository file is what tells that the
// repository is there.
const dnfDrop = `
[ ! -d "${3%/*}" ] || (hk_drop "$3" "${3%/*}" file) || exit
hk_drop "$1" "$2" file
`

// DropRepository removes a repository file and its key. What rpm trusts already,
// which may be of use to others, it goes on to trust.
func (Dnf) DropRepository(file, folder, keyFile string) shell.Script {
	return shell.New(dnfDrop, file, folder, keyFile)
}
