package api

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"

	"github.com/labstack/echo/v4"
	"go.yaml.in/yaml/v3"
)

//go:embed openapi.yaml
var description []byte

// document is the description as JSON.
var document = sync.OnceValues(func() ([]byte, error) {
	var doc map[string]any
	if err := yaml.Unmarshal(description, &doc); err != nil {
		return nil, fmt.Errorf("api: openapi.yaml: %w", err)
	}
	text, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("api: openapi.yaml: %w", err)
	}
	return text, nil
})

// openapi is GET /v1/openapi.json, which needs no key.
func (a *API) openapi(c echo.Context) error {
	text, err := document()
	if err != nil {
		return err
	}
	return c.JSONBlob(http.StatusOK, text)
}
