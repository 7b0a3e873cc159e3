package names

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"hostkit/pkg/cli/suggest"
	"hostkit/pkg/doc"
	"hostkit/pkg/jsonx"
)

// pins are what people call the member of an entry that pins a package.
var pins = map[string]bool{"pin": true, "pinned": true, "pinned_version": true, "ver": true, "release": true}

// refuseSlips refuses members that are meant to be ones that a lock knows: people
// edit locks, and a pin that is passed over would install another version. What is
// like none of them is what a later v1 has added, and is kept.
func refuseSlips(d jsonx.Document, lock doc.PackageLock) error {
	if err := refuseSlip(d, "", lock, lock.Later); err != nil {
		return err
	}
	if lock.Mise != nil {
		if err := refuseSlip(d, "/mise", *lock.Mise, lock.Mise.Later); err != nil {
			return err
		}
	}
	for _, repository := range suggest.Sorted(lock.Repositories) {
		locked, at := lock.Repositories[repository], jsontext.Pointer("/repositories").AppendToken(repository)
		if err := refuseSlip(d, at, locked, locked.Later); err != nil {
			return err
		}
		for _, name := range suggest.Sorted(locked.Packages) {
			entry := locked.Packages[name]
			if err := refuseSlip(d, at.AppendToken("packages").AppendToken(name), entry, entry.Later); err != nil {
				return err
			}
		}
	}
	return nil
}

// refuseSlip looks at the members that the object at a place has beyond its type's.
func refuseSlip(d jsonx.Document, at jsontext.Pointer, object any, later doc.Attributes) error {
	if len(later) == 0 {
		return nil
	}
	var members map[string]doc.Raw
	if err := jsonx.Unmarshal(jsonx.Document{Name: d.Name, Raw: later}, &members); err != nil {
		return err
	}
	known := jsonx.MemberNames(reflect.TypeOf(object))
	for _, member := range suggest.Sorted(members) {
		near, ok := suggest.Nearest(member, known)
		if _, entry := object.(doc.PackageName); entry && pins[strings.ToLower(member)] {
			near, ok = "version", true
		}
		if !ok {
			continue
		}
		pointer := string(at.AppendToken(member))
		line, column, _ := d.NamePosition(pointer)
		unknown := &jsonx.UnknownMemberError{
			Location: jsonx.Location{Name: d.Name, Line: line, Column: column, Pointer: pointer},
			Member:   member, Known: known,
		}
		return refusal("invalid_document", unknown.Error(), fmt.Sprintf("did you mean %s", strconv.Quote(near)))
	}
	return nil
}
