package shell

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

func required(source text, args ...string) Step {
	step := script(source, args...)
	step.Name, step.Required = "write the journal", true
	return step
}

// Nothing behind a required step that failed is made, whatever was sent with it, and
// the session is still good for saying so.
func TestNothingIsMadeBehindARequiredStepThatFailed(t *testing.T) {
	onEach(t, func(t *testing.T, on target) {
		s, _ := open(t, on)
		witness := filepath.Join(t.TempDir(), "made")
		make := text(`: >"$1"`)
		// More than any buffer on the way holds.
		long := func() Step {
			body := strings.Repeat("hk 9 3 -\n", 1<<18)
			return Step{Script: New(make, witness), Content: strings.NewReader(body), Size: int64(len(body))}
		}
		for name, steps := range map[string][]Step{
			"in front":    {required(`exit 3`), script(make, witness), long(), script(make, witness)},
			"behind one":  {script(`:`), required(`false`), required(make, witness)},
			"the last":    {script(`:`), required(`exit 255`)},
			"with a body": {{Name: "write the journal", Required: true, Script: New(`exit 3`), Content: strings.NewReader("12345"), Size: 5}, long()},
		} {
			got, err := runAll(limited(t), s, steps)
			var failed *RequiredError
			if !errors.As(err, &failed) || failed.Step != "write the journal" || failed.Steps != len(steps) || failed.Completed != len(got) {
				t.Fatalf("%s: %d results, %v", name, len(got), err)
			}
			if last := got[len(got)-1]; last.Status == 0 {
				t.Errorf("%s: the last result is %+v", name, last)
			}
			if got := results(t, s, script(`[ ! -e "$1" ] && echo "not made"`, witness)); string(got[0].Stdout) != "not made\n" {
				t.Errorf("%s: made: %+v", name, got)
			}
		}
	})
}

func TestARequiredStepThatSucceedsIsLikeAnother(t *testing.T) {
	onEach(t, func(t *testing.T, on target) {
		s, _ := open(t, on)
		got := results(t, s, required(`echo 1`), script(`echo 2; false`), required(`echo 3`), script(`echo 4`))
		var all string
		for _, r := range got {
			all += string(r.Stdout)
		}
		if all != "1\n2\n3\n4\n" {
			t.Errorf("%q", all)
		}
	})
}

// The host ends with what was sent, also when the last flight was passed over.
func TestTheLastRunEndsBehindARequiredStepThatFailed(t *testing.T) {
	onEach(t, func(t *testing.T, on target) {
		s, h := open(t, on)
		var failed *RequiredError
		err := s.RunLast(limited(t), []Step{required(`false`), script(`:`)}, func(int, Result) error { return nil })
		if !errors.As(err, &failed) {
			t.Fatal(err)
		}
		if err := h.cmd.Wait(); err != nil {
			t.Errorf("receiver: %v", err)
		}
	})
}
