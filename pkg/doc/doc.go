// Package doc holds the documents that HostKit's commands hand to each other.
//
// One document is about one host (a config and a package lock excepted). Every
// command reads a stream of JSON documents and writes one, and a stage adds its
// own section and leaves the others as they are, byte for byte:
//
//	hostkit.config/v1 --hk-eval--> hostkit.host/v1 {host, resources}
//	                  --hk-facts-> … + facts
//	                  --hk-resolve-> … + packages
//	                  --hk-plan--> hostkit.plan/v1 --hk-apply--> hostkit.report/v1
//
// The types say nothing of how a document is read: package jsonx refuses what
// is not strict JSON, and this package's types refuse what they can't hold (a
// [Mode], a [Digest], an [Address] that was decoded is valid). The members that
// belong to one kind of resource are kept as [Attributes]; package resource
// knows what they mean.
//
// The package imports nothing of ours. The JSON schemas in schemas/ are
// generated from it and from the kinds.
package doc

import "github.com/go-json-experiment/json/jsontext"

// Schema names a document type and its major version. A v1 document only ever
// grows members; a reader refuses another major version.
type Schema string

// The documents.
const (
	SchemaConfig      Schema = "hostkit.config/v1"
	SchemaHost        Schema = "hostkit.host/v1"
	SchemaPackageLock Schema = "hostkit.package-lock/v1"
	SchemaPlan        Schema = "hostkit.plan/v1"
	SchemaReport      Schema = "hostkit.report/v1"
	SchemaEvent       Schema = "hostkit.event/v1"
)

// Attributes is a JSON object whose members are a kind's own: what a resource
// wants, what a host was observed to have, what a change finds and leaves. The
// member `state` ("present" or "absent") is common to all kinds.
type Attributes = jsontext.Value

// HostError is the `error` member of a document whose host failed in a stage.
// Every later command passes the document on and counts the host as failed with
// Exit. Written by the stage that failed; read by all later ones.
type HostError struct {
	// Stage is the command that failed: "hk-facts".
	Stage string `json:"stage"`
	// Code is a stable word for programs: "unreachable", "unknown_host_key".
	Code string `json:"code"`
	// Message is for people: lower case, no full stop, control characters made
	// visible.
	Message string `json:"message"`
	// Hint says what to do.
	Hint string `json:"hint,omitzero"`
	// Exit is the exit status this failure asks for.
	Exit int `json:"exit"`
}

func (e *HostError) Error() string { return e.Message }
