package plan

import (
	"errors"
	"fmt"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
)

// Encode gives the bytes of a plan, compact, with its digest set.
func Encode(p doc.Plan) ([]byte, error) {
	p.Digest = ""
	raw, err := jsonx.Marshal(p)
	if err != nil {
		return nil, err
	}
	digest, err := jsonx.SumWithout(raw, "digest")
	if err != nil {
		return nil, err
	}
	p.Digest = doc.Digest(digest)
	return jsonx.Marshal(p)
}

// Decode reads a plan and refuses one whose digest does not match its other
// members: somebody changed it after hk-plan wrote it. Layout and the order of
// members do not count. The digest is no signature, so how the host is reached is
// checked as in a config.
func Decode(d jsonx.Document) (doc.Plan, error) {
	p, err := read[doc.Plan](d)
	if err != nil {
		return doc.Plan{}, err
	}
	digest, err := d.SumWithout("digest")
	if err != nil {
		return doc.Plan{}, err
	}
	if doc.Digest(digest) != p.Digest {
		return doc.Plan{}, &Refusal{
			code:    "digest_mismatch",
			message: "the plan was changed after hk-plan wrote it: its digest does not match its content",
			hint:    "make the plan again; select changes with hk-plan --only, not by editing",
		}
	}
	if err := checkHost(d, p.Host); err != nil {
		return doc.Plan{}, err
	}
	if at, message := misleading(p); message != "" {
		return doc.Plan{}, &Refusal{
			code: "invalid_document", message: fmt.Sprintf("%s: %s: %s", d.At(at), at, message), hint: "make the plan again",
		}
	}
	return p, nil
}

// Again reads a plan that Decode has read before, and checks nothing of it.
func Again(d jsonx.Document) (doc.Plan, error) {
	var p doc.Plan
	err := jsonx.UnmarshalGrown(d, &p)
	return p, err
}

// DecodeReport reads a report, for the way back. It has no digest: hk-apply looks at
// the host before it takes anything back. How the host is reached is checked as in a
// config.
func DecodeReport(d jsonx.Document) (doc.Report, error) {
	r, err := read[doc.Report](d)
	if err != nil {
		return doc.Report{}, err
	}
	return r, checkHost(d, r.Host)
}

// read reads a document that says all that one of its schema must.
func read[T any](d jsonx.Document) (T, error) {
	var t T
	if err := jsonx.UnmarshalGrown(d, &t); err != nil {
		return t, err
	}
	err := doc.Complete(d.Raw, t)
	if err == nil {
		return t, nil
	}
	at := d.Name
	if gap, ok := errors.AsType[*doc.IncompleteError](err); ok {
		at = d.At(gap.Pointer).String()
	}
	return t, &Refusal{code: "invalid_document", message: at + ": " + err.Error()}
}

// checkHost refuses a host that can't be reached as it says.
func checkHost(d jsonx.Document, h doc.Host) error {
	ps := h.Problems()
	if len(ps) == 0 {
		return nil
	}
	at := "/host" + ps[0].Pointer
	return &Refusal{
		code: "invalid_document", message: fmt.Sprintf("%s: %s: %s", d.At(at), at, ps[0].Message), hint: ps[0].Hint,
	}
}

// misleading finds what a plan does and does not say, or the other way round,
// which hk-plan never writes: whoever reads the plan would approve of something
// else. It returns where that is, and nothing where there is none.
func misleading(p doc.Plan) (pointer, message string) {
	if p.Target.Identity.HostKey == nil && p.Host.Connection != "local" {
		return "/target/identity", "the plan names no host key, and is of a host that is reached over SSH"
	}
	for _, use := range p.AllSecrets() {
		if unsaid := use.Unsaid(p.Secrets); len(unsaid) > 0 {
			return "/secrets", "the plan does not list the secret of " + unsaid[0]
		}
	}
	if p.Summary != p.Tally() {
		return "/summary", "the summary counts other changes than the plan has"
	}
	return "", ""
}
