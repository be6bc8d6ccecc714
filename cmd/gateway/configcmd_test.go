package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const fullConfig = `public_url: https://consent.example
listen: 127.0.0.1:9001
ops_listen: 127.0.0.1:9002
database: postgres://placet:s3cret-db@db.internal/placet
senders:
  twilio:
    account_sid: AC0123
    auth_token: s3cret-token
  smtp:
    host: mail.example
    username: placet
    password: s3cret-mail
`

func writeConfig(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "placet.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestConfigInForce(t *testing.T) {
	file := writeConfig(t, fullConfig)
	t.Setenv("PLACET_LISTEN", "127.0.0.1:9009")
	gw(t, "config", "check", "--config", file).wants(t, exitDone,
		file, "https://consent.example", "127.0.0.1:9009", "127.0.0.1:9002", "AC0123", "mail.example port 587, TLS require", "in order")
	printed := gw(t, "config", "print", "--config", file)
	printed.wants(t, exitDone, "listen: 127.0.0.1:9009", "tls: require", "********")
	for _, args := range [][]string{{"check"}, {"print"}, {"check", "--json"}, {"print", "--json"}} {
		r := gw(t, append([]string{"config", "--config", file}, args...)...)
		if r.code != exitDone || strings.Contains(r.out+r.err, "s3cret") {
			t.Errorf("%v: exit %d, prints a secret or fails:\n%s%s", args, r.code, r.out, r.err)
		}
	}
	var back map[string]any
	if err := yaml.Unmarshal([]byte(printed.out), &back); err != nil || back["public_url"] != "https://consent.example" {
		t.Errorf("%v %v", back, err)
	}
	gw(t, "config", "check", "--data", t.TempDir()).wants(t, exitDone, "none: defaults", "sandbox (nice)", "made at the first start")
}

// Whatever is wrong, the message says where.
func TestConfigCheckSaysWhere(t *testing.T) {
	for name, c := range map[string]struct{ text, where, says string }{
		"unknown setting":   {"listen: 127.0.0.1:80\nlisten_ops: x\n", ":2: ", `there is no setting "listen_ops"`},
		"unknown below":     {"senders:\n  smtp:\n    host: a.example\n    hots: b\n", ":4: ", `there is no setting "hots"`},
		"wrong type":        {"senders:\n  smtp:\n    host: a.example\n    port: many\n", ":4: ", "`many` is not a whole number"},
		"a list of nothing": {"- a\n", ":1: ", "settings belong here, each NAME: VALUE"},
		"several values":    {"listen: [a, b]\n", ":1: ", "one value belongs here"},
		"not a list":        {"trusted_proxies: 7\n", ":1: ", "a list belongs here"},
		"not YAML":          {"listen: [\n", ":1: ", "did not find expected"},
		"wrong value":       {"public_url: https://a.example\n\nsandbox: polite\n", ":3: ", `"polite" is none of nice, rude`},
		"wrong below":       {"senders:\n  twilio:\n    account_sid: XX1\n", ":3: ", "begins with AC"},
		"missing below":     {"listen: 127.0.0.1:80\nsenders:\n  twilio:\n    account_sid: AC1\n", ":3: ", "auth_token is missing"},
		"belong together":   {"senders:\n  smtp:\n    host: a.example\n    dkim_selector: s1\n", ":2: ", "belong together"},
		"unreadable key":    {"senders:\n  smtp:\n    host: a.example\n    dkim_selector: s1\n    dkim_key_file: /nowhere/dkim.pem\n", ":5: ", "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			file := writeConfig(t, c.text)
			for _, do := range []string{"check", "print"} {
				if name == "unreadable key" && do == "print" {
					continue // printing opens nothing
				}
				gw(t, "config", do, "--config", file).wants(t, exitUsage, file+c.where, c.says)
			}
		})
	}
	t.Run("variable", func(t *testing.T) {
		t.Setenv("PLACET_SANDBOX", "polite")
		gw(t, "config", "check", "--config", writeConfig(t, "sandbox: nice\n")).wants(t, exitUsage, "(from PLACET_SANDBOX)")
	})
	t.Run("no file", func(t *testing.T) {
		gw(t, "config", "check", "--config", "/nowhere/placet.yaml").wants(t, exitUsage, "no such file")
	})
	t.Run("open key file", func(t *testing.T) {
		key := filepath.Join(t.TempDir(), "placet.key")
		if err := os.WriteFile(key, []byte("# nothing\n"), 0o644); err != nil { //nolint:gosec // that it may be read by others is the point
			t.Fatal(err)
		}
		t.Setenv("PLACET_KEYS", key)
		gw(t, "config", "check").wants(t, exitUsage, "may be read by others", "chmod 600")
	})
}
