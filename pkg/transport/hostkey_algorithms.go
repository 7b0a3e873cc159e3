package transport

import (
	"slices"

	"golang.org/x/crypto/ssh"
)

// freshAlgorithms are asked of a host that known_hosts does not have, in the
// order in which ssh prefers them. Certificates are not among them: without a
// known authority a server that has one would be refused.
var freshAlgorithms = []string{
	ssh.KeyAlgoED25519,
	ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521,
	ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256,
}

// withoutInsecure drops the signatures with SHA-1 and DSA, as OpenSSH 8.8 did.
func withoutInsecure(algorithms []string) []string {
	insecure := ssh.InsecureAlgorithms().HostKeys
	return slices.DeleteFunc(slices.Clone(algorithms), func(algorithm string) bool {
		return slices.Contains(insecure, algorithm)
	})
}

// algorithmsOfType are the algorithms by which a server proves a key of a type.
func algorithmsOfType(keyType string) []string {
	switch keyType {
	case ssh.KeyAlgoRSA:
		return []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}
	case ssh.CertAlgoRSAv01:
		return []string{ssh.CertAlgoRSASHA512v01, ssh.CertAlgoRSASHA256v01}
	}
	return []string{keyType}
}

// certAlgorithms are asked of a host with a known authority, in the order in which
// ssh prefers them.
var certAlgorithms = []string{
	ssh.CertAlgoED25519v01,
	ssh.CertAlgoECDSA256v01, ssh.CertAlgoECDSA384v01, ssh.CertAlgoECDSA521v01,
	ssh.CertAlgoSKED25519v01, ssh.CertAlgoSKECDSA256v01,
	ssh.CertAlgoRSASHA512v01, ssh.CertAlgoRSASHA256v01,
}

// algorithms are those by which a known host may prove itself; none for a host
// that is not known. Of those that ssh prefers, they are in its order.
func (h *knownHost) algorithms() []string {
	var known []string
	if len(h.authorities)+len(h.looseAuthorities) > 0 {
		known = append(known, certAlgorithms...)
	}
	for _, k := range slices.Concat(h.keys, h.loose) {
		for _, algorithm := range withoutInsecure(algorithmsOfType(k.Key.Type)) {
			if !slices.Contains(known, algorithm) {
				known = append(known, algorithm)
			}
		}
	}
	if len(h.keys)+len(h.authorities) == 0 && len(known) > 0 {
		// What is known without the port is only a hint.
		for _, algorithm := range freshAlgorithms {
			if !slices.Contains(known, algorithm) {
				known = append(known, algorithm)
			}
		}
	}
	return known
}
