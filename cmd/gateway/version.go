package main

import (
	"fmt"
	"runtime/debug"
)

// versionCmd says which program this is.
type versionCmd struct{}

func (versionCmd) Run(a *app) error {
	if a.json {
		return a.printJSON(map[string]string{"version": version()})
	}
	_, err := fmt.Fprintln(a.stdout, "gateway", version())
	return err
}

// release is set by the linker for releases.
var release = ""

func version() string {
	if release != "" {
		return release
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && len(s.Value) >= 12 {
				return "development " + s.Value[:12]
			}
		}
	}
	return "development"
}
