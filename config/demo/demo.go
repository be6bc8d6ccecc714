// Package demo holds the fictional brands that `gateway demo` plays with.
package demo

import "embed"

// FS holds one YAML file a brand.
//
//go:embed *.yaml
var FS embed.FS

// The demo's fixed names, which scripts and tutorials rely on.
const (
	TwilioAccount = "ACdddddddddddddddddddddddddddddddd"
	TwilioToken   = "demo-auth-token"
)

// Keys are the demo's API keys: brand -> key.
var Keys = map[string]string{"rossi": "demo-rossi-key", "nord": "demo-nord-key"}
