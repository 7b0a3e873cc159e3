package sshsig

import "crypto/sha512"

// Sign signs a message for a namespace. The same key, message and namespace give
// the same signature.
func (k *Key) Sign(namespace string, message []byte) (Signature, error) {
	s := Signature{PublicKey: k.public, Namespace: namespace, Hash: "sha512"}
	digest := sha512.Sum512(message)
	made, err := k.sign(s.Signed(digest[:]))
	s.Made = made
	return s, err
}
