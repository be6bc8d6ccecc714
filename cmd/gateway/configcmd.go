package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"placet/config"
	"placet/internal/vault"
)

// configCmd shows what the settings amount to, without a database.
type configCmd struct {
	Check configCheck `cmd:"" help:"Check the configuration and say what is in force."`
	Print configPrint `cmd:"" help:"Print the effective configuration, secrets masked."`
}

type configCheck struct{}

// Run checks all that a start would trip over and that needs no network.
func (configCheck) Run(a *app) error {
	c, err := a.settings()
	if err != nil {
		return a.locate(err)
	}
	made := "made at the first start"
	if vault.Exists(c.Keys) {
		if _, err := vault.Load(c.Keys); err != nil {
			return exit(exitUsage, "config: keys: %w", err)
		}
		made = "in order"
	}
	if m := c.Senders.SMTP; m != nil && m.DKIMKeyFile != "" {
		if _, err := os.ReadFile(m.DKIMKeyFile); err != nil {
			return a.locate(exit(exitUsage, "config: senders.smtp.dkim_key_file: %w", err))
		}
	}
	all, _, err := effective(c)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(map[string]any{"valid": true, "file": a.config, "config": all})
	}
	file := a.config
	if file == "" {
		file = "none: defaults and PLACET_* variables"
	}
	ops := c.OpsListen
	if ops == c.Listen {
		ops += ", with everything else"
	}
	w := a.table()
	fmt.Fprintf(w, "File\t%s\nPublic URL\t%s\nListen\t%s\nOperations\t%s\nDatabase\t%s\nKey file\t%s, %s\n",
		file, c.PublicURL, c.Listen, ops, all["database"], c.Keys, made)
	if c.Sandboxed() {
		fmt.Fprintf(w, "Senders\tsandbox (%s): nothing leaves this machine\n", c.Sandbox)
	}
	if t := c.Senders.Twilio; t != nil {
		fmt.Fprintf(w, "SMS\tTwilio, account %s\n", t.AccountSID)
	}
	if m := c.Senders.SMTP; m != nil {
		fmt.Fprintf(w, "E-mail\tSMTP, %s port %d, TLS %s\n", m.Host, m.Port, m.TLS)
	}
	fmt.Fprint(w, "Result\tin order\n")
	return w.Flush()
}

type configPrint struct{}

// Run prints YAML that, secrets apart, can be used as a configuration file.
func (configPrint) Run(a *app) error {
	c, err := a.settings()
	if err != nil {
		return a.locate(err)
	}
	all, text, err := effective(c)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(all)
	}
	_, err = fmt.Fprint(a.stdout, text)
	return err
}

// effective is the configuration with its secrets masked, by name and as YAML.
func effective(c config.Config) (all map[string]any, text string, err error) {
	if text, err = c.Print(); err != nil {
		return nil, "", err
	}
	if err := yaml.Unmarshal([]byte(text), &all); err != nil {
		return nil, "", fmt.Errorf("config: %w", err)
	}
	return all, text, nil
}

var (
	lineOf    = regexp.MustCompile(`line (\d+): `)
	unknown   = regexp.MustCompile(`field (\S+) not found in type \S+`)
	mistyped  = regexp.MustCompile("cannot unmarshal \\S+ (`.*` )?into (\\S+)")
	settingOf = regexp.MustCompile(`^config: ([a-z_]+(?:\.[a-z_]+)*)(?::| is missing| belong)`)
)

// locate says where a setting that is wrong comes from: FILE:LINE, or the
// variable that overrides the file.
func (a *app) locate(err error) error {
	said := err.Error()
	if rest, ok := strings.CutPrefix(said, "config: "+a.config+": "); ok && a.config != "" && lineOf.MatchString(rest) {
		var where []string
		at := lineOf.FindAllStringSubmatchIndex(rest, -1)
		for i, m := range at {
			end := len(rest)
			if i+1 < len(at) {
				end = at[i+1][0]
			}
			where = append(where, fmt.Sprintf("%s:%s: %s", a.config, rest[m[2]:m[3]], plain(strings.TrimSpace(rest[m[1]:end]))))
		}
		return exit(exitUsage, "config: %s", strings.Join(where, "\n  "))
	}
	m := settingOf.FindStringSubmatch(said)
	if m == nil {
		return err
	}
	key := "PLACET_" + strings.ToUpper(strings.ReplaceAll(m[1], ".", "_"))
	for _, name := range []string{key, key + "_FILE"} {
		if _, ok := a.env(name); ok {
			return exit(exitUsage, "%w (from %s)", err, name)
		}
	}
	if line := a.lineOf(strings.Split(m[1], ".")); line > 0 {
		return exit(exitUsage, "config: %s:%d: %s", a.config, line, strings.TrimPrefix(said, "config: "))
	}
	return err
}

// plain says what the YAML reader found in the words of somebody who wrote a file, not a type.
func plain(said string) string {
	if m := unknown.FindStringSubmatch(said); m != nil {
		return fmt.Sprintf("there is no setting %q", m[1])
	}
	m := mistyped.FindStringSubmatch(said)
	if m == nil {
		return said
	}
	switch m[2] {
	case "int":
		return m[1] + "is not a whole number"
	case "string":
		return "one value belongs here, not several"
	case "[]string":
		return "a list belongs here"
	}
	return m[1] + "settings belong here, each NAME: VALUE"
}

// lineOf finds a setting in the file, or the section it is missing from; 0 when neither is there.
func (a *app) lineOf(path []string) (line int) {
	text, err := os.ReadFile(a.config)
	var doc yaml.Node
	if err != nil || yaml.Unmarshal(text, &doc) != nil || len(doc.Content) == 0 {
		return 0
	}
	at := doc.Content[0]
	for _, name := range path {
		var next *yaml.Node
		for i := 0; i+1 < len(at.Content) && at.Kind == yaml.MappingNode; i += 2 {
			if at.Content[i].Value == name {
				line, next = at.Content[i].Line, at.Content[i+1]
			}
		}
		if next == nil {
			return line
		}
		at = next
	}
	return line
}
