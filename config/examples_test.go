package config_test

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"placet/config"
	"placet/internal/brands"
)

// TestGatewayExample: the example loads, and shows every setting there is.
func TestGatewayExample(t *testing.T) {
	none := func(string) (string, bool) { return "", false }
	c, err := config.Load("gateway.example.yaml", none)
	if err != nil {
		t.Fatal(err)
	}
	if c, err = c.Complete(); err != nil {
		t.Fatal(err)
	}
	if c.Sandboxed() || c.OpsListen == c.Listen {
		t.Errorf("the example is not a gateway in production: %+v", c)
	}
	shows(t, "gateway.example.yaml", reflect.TypeFor[config.Config]())
}

// TestBrandExample: the example is a brand that can be applied, and shows every key.
func TestBrandExample(t *testing.T) {
	text, err := os.ReadFile("brand.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	b, err := brands.Parse("brand.example.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	if err := new(brands.Directory).Set([]*brands.Brand{b}); err != nil {
		t.Fatal(err)
	}
	shows(t, "brand.example.yaml", reflect.TypeFor[brands.Brand]())
}

// shows reports the keys of a type that a file does not set.
func shows(t *testing.T, file string, typ reflect.Type) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var doc any
	if err := yaml.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	set := map[string]bool{}
	collect(set, "", doc)
	for _, key := range keys("", typ) {
		if !set[key] {
			t.Errorf("%s does not show %s", file, strings.TrimPrefix(key, "."))
		}
	}
}

// collect notes every key of a document by its path, those of list items too.
func collect(set map[string]bool, path string, doc any) {
	switch v := doc.(type) {
	case map[string]any:
		for k, x := range v {
			set[path+"."+k] = true
			collect(set, path+"."+k, x)
		}
	case []any:
		for _, x := range v {
			collect(set, path, x)
		}
	}
}

// keys lists the paths of a struct's yaml keys.
func keys(path string, typ reflect.Type) (out []string) {
	for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
		typ = typ.Elem()
	}
	if typ.Kind() != reflect.Struct {
		return nil
	}
	for i := range typ.NumField() {
		name, _, _ := strings.Cut(typ.Field(i).Tag.Get("yaml"), ",")
		if name == "-" || name == "" {
			continue
		}
		out = append(out, path+"."+name)
		out = append(out, keys(path+"."+name, typ.Field(i).Type)...)
	}
	return out
}
