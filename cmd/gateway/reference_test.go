package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"placet/config"
)

//go:generate go test -count=1 -run=TestReference . -args -write

var write = flag.Bool("write", false, "write docs/reference instead of comparing it")

const referenceDir = "../../docs/reference"

// The reference is what the program says of itself.
func TestReference(t *testing.T) {
	k, err := kong.New(&cli{}, kong.Name("gateway"))
	if err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{"cli.md": cliReference(k.Model), "config.md": configReference()} {
		file = filepath.Join(referenceDir, file)
		if *write {
			if err := os.MkdirAll(referenceDir, 0o750); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(want), 0o644); err != nil { //nolint:gosec // documents, for everybody to read
				t.Fatal(err)
			}
			continue
		}
		if have, err := os.ReadFile(file); err != nil || string(have) != want {
			t.Errorf("%s is not what the program says: run make generate (%v)", file, err)
		}
	}
}

// A command, a flag or a setting without a word of explanation is not finished.
func TestEverythingIsExplained(t *testing.T) {
	k, err := kong.New(&cli{}, kong.Name("gateway"))
	if err != nil {
		t.Fatal(err)
	}
	for _, leaf := range k.Model.Leaves(true) {
		if leaf.Help == "" {
			t.Errorf("%s has no help", leaf.FullPath())
		}
		for _, f := range leaf.Flags {
			if f.Help == "" {
				t.Errorf("%s --%s has no help", leaf.FullPath(), f.Name)
			}
		}
		for _, p := range leaf.Positional {
			if p.Help == "" {
				t.Errorf("%s %s has no help", leaf.FullPath(), p.Summary())
			}
		}
	}
	settings(reflect.TypeFor[config.Config](), "", func(name string, f reflect.StructField) {
		if f.Tag.Get("doc") == "" {
			t.Errorf("setting %s has no doc", name)
		}
	})
}

const generated = "<!-- Written by make generate; change the code instead. -->\n\n"

func cliReference(app *kong.Application) string {
	var b strings.Builder
	b.WriteString("# Commands\n\n" + generated + `Each command works beside a running server, and those that only look make nothing. Answers go to standard output, remarks
and errors to standard error.

| exit | means |
|---|---|
| 0 | done |
| 1 | failed |
| 2 | usage or configuration |
| 3 | nothing found |
| 4 | refused by a rule |
| 5 | partly done |

Every command takes these:

`)
	flags(&b, app.Flags)
	for _, leaf := range app.Leaves(true) {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n    %s\n", leaf.FullPath(), leaf.Help, usage(leaf))
		if len(leaf.Positional)+len(leaf.Flags) > 0 {
			b.WriteString("\n")
		}
		for _, p := range leaf.Positional {
			fmt.Fprintf(&b, "- `%s`: %s\n", p.Summary(), p.Help)
		}
		flags(&b, leaf.Flags)
	}
	return b.String()
}

func usage(leaf *kong.Node) string {
	words := []string{leaf.FullPath()}
	for _, f := range leaf.Flags {
		if f.Required {
			words = append(words, spelt(f))
		}
	}
	for _, p := range leaf.Positional {
		words = append(words, p.Summary())
	}
	for _, f := range leaf.Flags {
		if !f.Required {
			words = append(words, "["+spelt(f)+"]")
		}
	}
	return strings.Join(words, " ")
}

// spelt is a flag with its placeholder, or its default where it has none.
func spelt(f *kong.Flag) string { return strings.TrimSpace(f.String()) }

func flags(b *strings.Builder, fs []*kong.Flag) {
	for _, f := range fs {
		if f.Hidden || f.Name == "help" {
			continue
		}
		fmt.Fprintf(b, "- `%s`: %s", spelt(f), f.Help)
		if f.HasDefault && f.PlaceHolder != "" {
			fmt.Fprintf(b, " Default: `%s`.", f.Default)
		}
		b.WriteString("\n")
	}
}

func configReference() string {
	var b strings.Builder
	b.WriteString("# Settings\n\n" + generated + "`gateway serve --config FILE` reads a YAML file with these names; a dot means a section. A variable of the environment overrides the\n" +
		"file, and the variable with `_FILE` after its name holds the path of a file to read the value from, as secrets need.\n" +
		"`gateway config check` says what is in force. Unknown names are errors.\n\n" +
		"| setting | variable | what |\n|---|---|---|\n")
	settings(reflect.TypeFor[config.Config](), "", func(name string, f reflect.StructField) {
		doc := f.Tag.Get("doc")
		if f.Tag.Get("secret") != "" {
			doc += " *Secret.*"
		}
		variable := "`PLACET_" + strings.ToUpper(strings.ReplaceAll(name, ".", "_")) + "`"
		if section(f.Type) != nil {
			variable = ""
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", name, variable, doc)
	})
	return b.String()
}

// settings visits every setting by its name, sections before what is in them.
func settings(t reflect.Type, prefix string, visit func(name string, f reflect.StructField)) {
	for i := range t.NumField() {
		f := t.Field(i)
		name := f.Tag.Get("yaml")
		if name == "-" {
			continue
		}
		visit(prefix+name, f)
		if inner := section(f.Type); inner != nil {
			settings(inner, prefix+name+".", visit)
		}
	}
}

// section is the struct a setting is made of, nil when it is a value.
func section(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	return t
}
