package reference

import "testing"

const folder = "../../cmd"

// The pages about all commands are up to date, as the commands' own tests say of
// theirs.
func TestReference(t *testing.T) {
	for _, page := range []struct{ name, section, readme string }{
		{"hostkit", "7", "README.md"},
		{"hostkit-config", "5", ""},
	} {
		files, err := overview(folder, page.name, page.section, page.readme)
		if err != nil {
			t.Fatal(err)
		}
		for _, made := range files {
			compare(t, folder+"/"+made.Name, made.Text)
		}
	}
}
