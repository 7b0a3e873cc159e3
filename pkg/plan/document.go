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
	var p doc.Plan
	if err := jsonx.UnmarshalGrown(d, &p); err != nil {
		return doc.Plan{}, err
	}
	if err := doc.Complete(d.Raw, p); err != nil {
		at := d.Name
		if gap, ok := errors.AsType[*doc.IncompleteError](err); ok {
			at = d.At(gap.Pointer).String()
		}
		return doc.Plan{}, &Refusal{code: "invalid_document", message: at + ": " + err.Error()}
	}
	digest, err := jsonx.SumWithout(d.Raw, "digest")
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
	if ps := p.Host.Problems(); len(ps) > 0 {
		at := "/host" + ps[0].Pointer
		return doc.Plan{}, &Refusal{
			code: "invalid_document", message: fmt.Sprintf("%s: %s: %s", d.At(at), at, ps[0].Message), hint: ps[0].Hint,
		}
	}
	return p, nil
}
