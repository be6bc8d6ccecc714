package config_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"placet/config"
)

func nothing(string) (string, bool) { return "", false }

func env(pairs ...string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1], true
			}
		}
		return "", false
	}
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "gateway.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// What a file says wrong is named with the file and the line.
func TestLoadRefuses(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"an unknown setting", "listen: 127.0.0.1:1\nlisten_on: x\n", "line 2: field listen_on not found"},
		{"an unknown setting inside", "senders:\n  twilio:\n    token: x\n", "line 3: field token not found"},
		{"a setting twice", "listen: a:1\nlisten: b:1\n", `line 2: mapping key "listen" already defined`},
		{"another type", "senders:\n  smtp:\n    port: smtp\n", "line 3: cannot unmarshal"},
		{"no YAML", "listen: [\n", "line "},
		{"two documents", "listen: 127.0.0.1:1\n---\ndatabase: sqlite:x\n", "one document"},
		{"the data directory, which is a flag", "data: /tmp\n", "line 1: field data not found"},
	} {
		path := write(t, c.text)
		_, err := config.Load(path, nothing)
		if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	if _, err := config.Load(filepath.Join(t.TempDir(), "none.yaml"), nothing); !os.IsNotExist(unwrapAll(err)) {
		t.Errorf("no file: %v", err)
	}
}

func unwrapAll(err error) error {
	for {
		u, ok := err.(interface{ Unwrap() error })
		if !ok {
			return err
		}
		if _, path := err.(*os.PathError); path {
			return err
		}
		err = u.Unwrap()
	}
}

// Variables override the file; a secret may also come from a file of its own.
func TestEnvironment(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(secret, []byte("from a file\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	file := write(t, "listen: 127.0.0.1:1\nsenders:\n  twilio: {account_sid: ACfile, auth_token: in the file}\n")
	for _, c := range []struct {
		name string
		file string
		env  []string
		want func(config.Config) (got, want any)
		err  string
	}{
		{"nothing at all", "", nil, func(c config.Config) (any, any) { return c, config.Config{} }, ""},
		{"an empty file", write(t, ""), nil, func(c config.Config) (any, any) { return c, config.Config{} }, ""},
		{"a comment", write(t, "# nothing yet\n"), nil, func(c config.Config) (any, any) { return c, config.Config{} }, ""},
		{"the file", file, nil, func(c config.Config) (any, any) { return c.Listen, "127.0.0.1:1" }, ""},
		{"a variable over the file", file, []string{"PLACET_LISTEN", "0.0.0.0:2"}, func(c config.Config) (any, any) { return c.Listen, "0.0.0.0:2" }, ""},
		{"an empty variable", file, []string{"PLACET_LISTEN", ""}, func(c config.Config) (any, any) { return c.Listen, "" }, ""},
		{"a list", "", []string{"PLACET_TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.0/24"}, func(c config.Config) (any, any) { return c.TrustedProxies, []string{"10.0.0.0/8", "192.0.2.0/24"} }, ""},
		{"a number", "", []string{"PLACET_SENDERS_SMTP_PORT", "2525"}, func(c config.Config) (any, any) { return *c.Senders.SMTP, config.SMTP{Port: 2525} }, ""},
		{"no number", "", []string{"PLACET_SENDERS_SMTP_PORT", "smtp"}, nil, `PLACET_SENDERS_SMTP_PORT="smtp" is not a number`},
		{"one variable makes a sender", "", []string{"PLACET_SENDERS_TWILIO_ACCOUNT_SID", "AC1"}, func(c config.Config) (any, any) { return *c.Senders.Twilio, config.Twilio{AccountSID: "AC1"} }, ""},
		{"no variable makes none", "", []string{"PLACET_SENDERS_TWILIO_AUTH_TOKEN", ""}, func(c config.Config) (any, any) { return c.Sandboxed(), true }, ""},
		{"one variable changes a sender of the file", file, []string{"PLACET_SENDERS_TWILIO_ACCOUNT_SID", "ACenv"}, func(c config.Config) (any, any) {
			return *c.Senders.Twilio, config.Twilio{AccountSID: "ACenv", AuthToken: "in the file"}
		}, ""},
		{"a secret in a file", file, []string{"PLACET_SENDERS_TWILIO_AUTH_TOKEN_FILE", secret}, func(c config.Config) (any, any) { return c.Senders.Twilio.AuthToken, "from a file" }, ""},
		{"a secret in a file that is not there", file, []string{"PLACET_SENDERS_TWILIO_AUTH_TOKEN_FILE", secret + "x"}, nil, "PLACET_SENDERS_TWILIO_AUTH_TOKEN_FILE"},
		{"a secret twice", file, []string{"PLACET_SENDERS_TWILIO_AUTH_TOKEN_FILE", secret, "PLACET_SENDERS_TWILIO_AUTH_TOKEN", "hunter2"}, nil,
			"PLACET_SENDERS_TWILIO_AUTH_TOKEN and PLACET_SENDERS_TWILIO_AUTH_TOKEN_FILE are both set"},
		{"the DKIM key is named, not read", "", []string{"PLACET_SENDERS_SMTP_DKIM_KEY_FILE", "/keys/dkim.pem"}, func(c config.Config) (any, any) { return c.Senders.SMTP.DKIMKeyFile, "/keys/dkim.pem" }, ""},
		{"what is not ours", "", []string{"LISTEN", "x", "PLACET_DATA", "x"}, func(c config.Config) (any, any) { return c, config.Config{} }, ""},
	} {
		got, err := config.Load(c.file, env(c.env...))
		switch {
		case c.err != "":
			if err == nil || !strings.Contains(err.Error(), c.err) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s: %v, want %q", c.name, err, c.err)
			}
		case err != nil:
			t.Errorf("%s: %v", c.name, err)
		default:
			if a, b := c.want(got); !reflect.DeepEqual(a, b) {
				t.Errorf("%s: %+v, want %+v", c.name, a, b)
			}
		}
	}
}

func TestComplete(t *testing.T) {
	got, err := config.Config{}.Complete()
	if err != nil {
		t.Fatal(err)
	}
	want := config.Config{PublicURL: "http://127.0.0.1:8080", Listen: "127.0.0.1:8080", OpsListen: "127.0.0.1:8080", Database: "sqlite:data/placet.db",
		Keys: "data/placet.key", ConfirmChallenge: "auto", Sandbox: "nice", Data: "data"}
	if !reflect.DeepEqual(got, want) || !got.Sandboxed() {
		t.Errorf("the zero value is completed to %+v, want %+v", got, want)
	}
	again, err := got.Complete()
	if err != nil || !reflect.DeepEqual(again, got) {
		t.Errorf("twice: %+v, %v", again, err)
	}
	type C = config.Config
	twilio := func(c config.Twilio) C { return C{Senders: config.Senders{Twilio: &c}} }
	smtp := func(c config.SMTP) C { return C{Senders: config.Senders{SMTP: &c}} }
	for _, c := range []struct {
		name string
		in   C
		err  string // empty: fine
		got  func(C) any
		want any
	}{
		{"a database elsewhere", C{Database: "sqlite:/var/lib/placet/p.db"}, "", func(c C) any { return c.Keys }, "/var/lib/placet/placet.key"},
		{"a server", C{Database: "postgres://db/placet", Data: "d"}, "", func(c C) any { return c.Keys }, "d/placet.key"},
		{"the long name of a server", C{Database: "postgresql://db/placet"}, "", func(c C) any { return c.Keys }, "data/placet.key"},
		{"another database", C{Database: "mysql://db"}, "database", nil, nil},
		{"listen without a port", C{Listen: "127.0.0.1"}, "listen", nil, nil},
		{"ops without a port", C{OpsListen: "ops"}, "ops_listen", nil, nil},
		{"ops elsewhere", C{OpsListen: "127.0.0.1:9090"}, "", func(c C) any { return c.OpsListen }, "127.0.0.1:9090"},
		{"a slash at the end", C{PublicURL: "https://gw.example/"}, "", func(c C) any { return c.PublicURL }, "https://gw.example"},
		{"no scheme", C{PublicURL: "gw.example"}, "public_url", nil, nil},
		{"another scheme", C{PublicURL: "ftp://gw.example"}, "public_url", nil, nil},
		{"challenge", C{ConfirmChallenge: "maybe"}, "confirm_challenge", nil, nil},
		{"sandbox", C{Sandbox: "mean"}, "sandbox", nil, nil},
		{"proxies", C{TrustedProxies: []string{"10.0.0.0/8", "10.0.0.1"}}, "trusted_proxies", nil, nil},
		{"twilio", twilio(config.Twilio{AccountSID: "AC1", AuthToken: "x"}), "", func(c C) any { return c.Sandboxed() }, false},
		{"twilio without an account", twilio(config.Twilio{AuthToken: "x"}), "senders.twilio.account_sid", nil, nil},
		{"twilio without a token", twilio(config.Twilio{AccountSID: "AC1"}), "senders.twilio.auth_token", nil, nil},
		{"mail", smtp(config.SMTP{Host: "relay"}), "", func(c C) any { return *c.Senders.SMTP }, config.SMTP{Host: "relay", Port: 587, TLS: "require"}},
		{"mail without a relay", smtp(config.SMTP{}), "senders.smtp.host", nil, nil},
		{"mail, another policy", smtp(config.SMTP{Host: "relay", TLS: "maybe"}), "senders.smtp.tls", nil, nil},
		{"mail, half a signature", smtp(config.SMTP{Host: "relay", DKIMSelector: "s1"}), "dkim_key_file", nil, nil},
		{"mail, the other half", smtp(config.SMTP{Host: "relay", DKIMKeyFile: "k.pem"}), "dkim_selector", nil, nil},
		{"mail, no such port", smtp(config.SMTP{Host: "relay", Port: 70000}), "senders.smtp.port", nil, nil},
	} {
		got, err := c.in.Complete()
		switch {
		case c.err != "":
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: %v, want it to name %s", c.name, err, c.err)
			}
		case err != nil:
			t.Errorf("%s: %v", c.name, err)
		case !reflect.DeepEqual(c.got(got), c.want):
			t.Errorf("%s: %v, want %v", c.name, c.got(got), c.want)
		}
	}
}

// Print shows everything but secrets, and changes nothing.
func TestPrint(t *testing.T) {
	for _, c := range []struct{ url, want string }{
		{"postgres://placet:hunter2@db.internal/placet?sslmode=require", "postgres://placet:xxxxx@db.internal/placet?sslmode=require"},
		{"postgres://placet@db.internal/placet?password=hunter2", "password=xxxxx"},
		{"postgres://placet@db.internal/placet?sslpassword=hunter2", "sslpassword=xxxxx"},
		{"postgres://placet:hun%zzter2@db.internal/hunter2", "'********'"},
		{"sqlite:/var/lib/placet/placet.db", "sqlite:/var/lib/placet/placet.db"},
	} {
		in := config.Config{Database: c.url, Redis: "redis://:hunter2@cache:6379", Senders: config.Senders{
			Twilio: &config.Twilio{AccountSID: "AC1", AuthToken: "hunter2"}, SMTP: &config.SMTP{Host: "relay", Username: "u", Password: "hunter2"},
		}}
		text, err := in.Print()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(text, "hunter2") || !strings.Contains(strings.ReplaceAll(text, `"`, "'"), c.want) || !strings.Contains(text, "AC1") || !strings.Contains(text, "auth_token: '********'") {
			t.Errorf("%s prints as\n%s", c.url, text)
		}
		if in.Senders.Twilio.AuthToken != "hunter2" || in.Senders.SMTP.Password != "hunter2" {
			t.Error("printing masked the settings themselves")
		}
	}
	text, err := config.Config{Senders: config.Senders{SMTP: &config.SMTP{Host: "relay"}}}.Print()
	if err != nil || strings.Contains(text, "****") {
		t.Errorf("a secret nobody set is shown as set:\n%s, %v", text, err)
	}
}

// What is printed can be loaded again.
func TestPrintedIsLoaded(t *testing.T) {
	c, err := config.Config{TrustedProxies: []string{"10.0.0.0/8"}, Senders: config.Senders{SMTP: &config.SMTP{Host: "relay"}}}.Complete()
	if err != nil {
		t.Fatal(err)
	}
	text, err := c.Print()
	if err != nil {
		t.Fatal(err)
	}
	got, err := config.Load(write(t, text), nothing)
	if err != nil {
		t.Fatal(err)
	}
	got.Data = c.Data
	if !reflect.DeepEqual(got, c) {
		t.Errorf("%+v, want %+v", got, c)
	}
}
