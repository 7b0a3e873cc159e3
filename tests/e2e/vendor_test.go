package e2e

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/clearsign"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"hostkit/tests/archive"
)

// signer is somebody who signs a repository.
type signer struct{ *openpgp.Entity }

func newSigner(t testing.TB, name string) signer {
	t.Helper()
	e, err := openpgp.NewEntity(name, "", "vendor@example.org", &packet.Config{
		Algorithm: packet.PubKeyAlgoEdDSA, DefaultHash: crypto.SHA256,
	})
	if err != nil {
		t.Fatal(err)
	}
	return signer{e}
}

func (s signer) fingerprint() string { return fmt.Sprintf("%X", s.PrimaryKey.Fingerprint) }

// public is the armored key.
func (s signer) public(t testing.TB) string {
	t.Helper()
	var b bytes.Buffer
	w, err := armor.Encode(&b, openpgp.PublicKeyType, nil)
	if err == nil {
		err = s.Serialize(w)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func (s signer) sign(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	w, err := clearsign.Encode(&b, s.PrivateKey, &packet.Config{DefaultHash: crypto.SHA256})
	if err == nil {
		_, err = io.WriteString(w, text)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// vendor is a signed repository of apt with the package hk-vendor in some versions,
// by path: dists/stable/InRelease and what that names.
func vendor(t testing.TB, s signer, versions ...string) map[string]string {
	t.Helper()
	files, index := map[string]string{}, ""
	for _, version := range versions {
		control := "Package: hk-vendor\nVersion: " + version + "\nArchitecture: all\n" +
			"Maintainer: e2e <e2e@example.org>\nDescription: for tests\n"
		deb, err := archive.Build(filepath.Join(t.TempDir(), "hk-vendor"), control, "hk-vendor", version, "", "")
		if err != nil {
			t.Fatal(err)
		}
		name := "pool/hk-vendor_" + version + ".deb"
		files[name] = string(deb)
		index += fmt.Sprintf("%sFilename: %s\nSize: %d\nSHA256: %x\n\n", control, name, len(deb), sha256.Sum256(deb))
	}
	const where = "main/binary-amd64/Packages"
	release := fmt.Sprintf("Origin: Vendor\nSuite: stable\nCodename: stable\nDate: %s\nArchitectures: amd64\nComponents: main\nSHA256:\n %x %d %s\n",
		time.Now().UTC().Format("Mon, 02 Jan 2006 15:04:05 UTC"), sha256.Sum256([]byte(index)), len(index), where)
	files["dists/stable/"+where] = index
	files["dists/stable/Release"], files["dists/stable/InRelease"] = release, s.sign(t, release)
	return files
}

// serve gives files over HTTP, on loopback, and returns where; publish gives others
// in their place.
func serve(t testing.TB, files map[string]string) (at string, publish func(map[string]string)) {
	t.Helper()
	var now atomic.Pointer[map[string]string]
	now.Store(&files)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		content, ok := (*now.Load())[strings.TrimPrefix(r.URL.Path, "/apt/")]
		if !ok {
			http.NotFound(w, r)
			return
		}
		_, _ = io.WriteString(w, content)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/apt", func(files map[string]string) { now.Store(&files) }
}

// vendorWants is the repository as a config has it, its key in a file beside it.
func (s *site) vendorWants(uri string, by signer) object {
	s.writeLocal("keys/vendor.asc", []byte(by.public(s.tb.(testing.TB))))
	return object{
		"uris": []string{uri}, "suites": []string{"stable"}, "components": []string{"main"},
		"architectures": []string{"amd64"},
		"key":           object{"from": "keys/vendor.asc"}, "fingerprint": by.fingerprint(),
	}
}
