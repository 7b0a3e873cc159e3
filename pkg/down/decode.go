package down

import (
	"errors"
	"fmt"

	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
)

// DecodeReport reads a report. It has no digest: hk-apply looks at the host before
// it takes anything back. How the host is reached is checked as in a config.
func DecodeReport(d jsonx.Document) (doc.Report, error) {
	var r doc.Report
	if err := jsonx.UnmarshalGrown(d, &r); err != nil {
		return doc.Report{}, err
	}
	if err := doc.Complete(d.Raw, r); err != nil {
		at := d.Name
		if gap, ok := errors.AsType[*doc.IncompleteError](err); ok {
			at = d.At(gap.Pointer).String()
		}
		return doc.Report{}, &Refusal{code: "invalid_document", message: at + ": " + err.Error()}
	}
	if ps := r.Host.Problems(); len(ps) > 0 {
		at := "/host" + ps[0].Pointer
		return doc.Report{}, &Refusal{
			code: "invalid_document", message: fmt.Sprintf("%s: %s: %s", d.At(at), at, ps[0].Message), hint: ps[0].Hint,
		}
	}
	return r, nil
}
