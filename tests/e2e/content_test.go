package e2e

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
)

// sum is a SHA-256 as snapshots spell it.
func sum(content string) string {
	digest := sha256.Sum256([]byte(content))
	return hex.EncodeToString(digest[:])
}

// contentOf is what a member of a config says that a file holds.
func contentOf(member object, local map[string]string) string {
	if from, ok := member["from"].(string); ok {
		return local[from]
	}
	switch content := member["content"].(type) {
	case string:
		return content
	case object:
		raw, err := base64.StdEncoding.DecodeString(content["$base64"].(string))
		if err != nil {
			panic(err)
		}
		return string(raw)
	}
	return ""
}
