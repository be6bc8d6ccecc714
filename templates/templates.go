// Package templates is every word Placet says to a person: SMS, e-mail and web
// pages, one catalogue per language, embedded. A text is data with a closed set
// of {placeholders}, never a program; a catalogue with a missing text or an
// unknown placeholder does not load.
package templates

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed sms email web dates.yaml
var files embed.FS

// Fallback is the language used where a catalogue is missing.
const Fallback = "en"

// primary is the primary language subtag (RFC 5646 §2.2.1) in lower case.
func primary(lang string) string {
	lang, _, _ = strings.Cut(strings.ReplaceAll(lang, "_", "-"), "-")
	return strings.ToLower(lang)
}

// pick returns the catalogue of lang, or the fallback's.
func pick[T any](m map[string]T, lang string) T {
	if c, ok := m[primary(lang)]; ok {
		return c
	}
	return m[Fallback]
}

// loadAll reads every DIR/LANG.yaml strictly: unknown keys are errors.
func loadAll[T any](fsys fs.FS, dir string, check func(*T) error) (map[string]*T, error) {
	names, err := fs.Glob(fsys, dir+"/*.yaml")
	if err != nil {
		return nil, err
	}
	out := map[string]*T{}
	for _, name := range names {
		c := new(T)
		if err := loadFile(fsys, name, c); err != nil {
			return nil, err
		}
		if err := check(c); err != nil {
			return nil, fmt.Errorf("templates: %s: %w", name, err)
		}
		out[strings.TrimSuffix(path.Base(name), ".yaml")] = c
	}
	if out[Fallback] == nil {
		return nil, fmt.Errorf("templates: %s/%s.yaml is missing", dir, Fallback)
	}
	return out, nil
}

func loadFile(fsys fs.FS, name string, into any) error {
	f, err := fsys.Open(name)
	if err != nil {
		return fmt.Errorf("templates: %w", err)
	}
	defer f.Close()
	d := yaml.NewDecoder(f)
	d.KnownFields(true)
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("templates: %s: %w", name, err)
	}
	return nil
}

// must is for the embedded catalogues only: they are compiled in and tested, so
// a fault there is a fault of the build.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
