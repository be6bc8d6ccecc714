// Package policypacks holds the policy packs: dated, cited rules per country,
// as data. internal/policy reads them; README.md says how one is written.
package policypacks

import "embed"

// FS holds every pack of this release.
//
//go:embed *.yaml
var FS embed.FS
