// Package config is the settings of one installation: a YAML file, overridden by
// PLACET_* variables, secrets also by PLACET_*_FILE. The zero value works: an
// embedded database in ./data and sandbox senders.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Config is every setting. Each field says its default.
type Config struct {
	PublicURL        string   `yaml:"public_url" doc:"Base URL under which providers and people reach the gateway; webhooks are verified against it. Default: http:// and the listen address."`
	Listen           string   `yaml:"listen" doc:"Address of webhooks, pages, API and console. Default: 127.0.0.1:8080."`
	OpsListen        string   `yaml:"ops_listen" doc:"Address of /healthz, /readyz and /metrics. Default: the same as listen; give it its own in production."`
	Database         string   `yaml:"database" doc:"sqlite:PATH or postgres://… . Default: sqlite:DIR/placet.db."`
	Redis            string   `yaml:"redis" doc:"redis://… shared by several instances; optional, and its loss makes nothing faster or looser."`
	Keys             string   `yaml:"keys" doc:"Master key file. Default: DIR/placet.key, made with mode 0600 when the database is new."`
	ConfirmChallenge string   `yaml:"confirm_challenge" doc:"auto: ask for more than a press when a confirmation looks like a machine's; off: a press is enough. Default: auto."`
	Sandbox          string   `yaml:"sandbox" doc:"Manners of the sandbox provider: nice or rude. Default: nice."`
	TrustedProxies   []string `yaml:"trusted_proxies" doc:"Networks (CIDR) whose X-Forwarded-For is believed. Default: none."`
	Senders          Senders  `yaml:"senders" doc:"The ways out. Without any, the sandbox keeps every message on this machine."`

	Data string `yaml:"-"` // directory of the embedded database; from --data
}

// Senders are the providers.
type Senders struct {
	Twilio *Twilio `yaml:"twilio" doc:"SMS through Twilio."`
	SMTP   *SMTP   `yaml:"smtp" doc:"E-mail through an SMTP relay."`
}

// Twilio is one account.
type Twilio struct {
	AccountSID string `yaml:"account_sid" doc:"AC…; the {account} of the webhook paths."`
	AuthToken  string `yaml:"auth_token" secret:"yes" doc:"Primary auth token: signs webhooks, authorises sending."`
	APIBase    string `yaml:"api_base" doc:"Base URL of the API. Default: https://api.twilio.com."`
}

// SMTP is one relay.
type SMTP struct {
	Host         string `yaml:"host" doc:"Relay."`
	Port         int    `yaml:"port" doc:"Port; 465 speaks TLS at once. Default: 587."`
	Username     string `yaml:"username" doc:"For AUTH PLAIN, over TLS only. Default: none."`
	Password     string `yaml:"password" secret:"yes" doc:"For AUTH PLAIN."`
	TLS          string `yaml:"tls" doc:"require, opportunistic or none. Default: require."`
	FromDomain   string `yaml:"from_domain" doc:"Domain of envelope senders and Message-Ids. Default: the one domain all brands write from, else the host of public_url."`
	DKIMSelector string `yaml:"dkim_selector" doc:"Selector of the DKIM key. Default: no DKIM."`
	DKIMKeyFile  string `yaml:"dkim_key_file" doc:"PEM file with the DKIM private key (RSA or Ed25519)."`
}

// Load reads a file (may be empty: none) and the environment.
func Load(path string, env func(string) (string, bool)) (Config, error) {
	var c Config
	if path != "" {
		text, err := os.ReadFile(path)
		if err != nil {
			return c, fmt.Errorf("config: %w", err)
		}
		dec := yaml.NewDecoder(bytes.NewReader(text))
		dec.KnownFields(true)
		if err := dec.Decode(&c); err != nil && !errors.Is(err, io.EOF) {
			return c, fmt.Errorf("config: %s: %s", path, strings.ReplaceAll(strings.TrimPrefix(err.Error(), "yaml: "), "\n  ", " "))
		}
		if err := dec.Decode(&struct{}{}); !errors.Is(err, io.EOF) {
			return c, fmt.Errorf("config: %s: write one document; what follows --- would be ignored", path)
		}
	}
	if err := fromEnv(reflect.ValueOf(&c).Elem(), "PLACET", env); err != nil {
		return c, err
	}
	return c, nil
}

// fromEnv lets PLACET_A_B override a.b, and PLACET_A_B_FILE name a file that holds it.
func fromEnv(v reflect.Value, prefix string, env func(string) (string, bool)) error {
	for i := range v.NumField() {
		f, name := v.Field(i), v.Type().Field(i).Tag.Get("yaml")
		if name == "-" {
			continue
		}
		key := prefix + "_" + strings.ToUpper(name)
		switch {
		case f.Kind() == reflect.Struct:
			if err := fromEnv(f, key, env); err != nil {
				return err
			}
			continue
		case f.Kind() == reflect.Pointer:
			// A provider exists as soon as the file or one variable speaks of it.
			filled := reflect.New(f.Type().Elem())
			if !f.IsNil() {
				filled = f
			}
			before := fmt.Sprint(filled.Elem().Interface())
			if err := fromEnv(filled.Elem(), key, env); err != nil {
				return err
			}
			if f.IsNil() && fmt.Sprint(filled.Elem().Interface()) != before {
				f.Set(filled)
			}
			continue
		}
		text, ok := env(key)
		if file, named := env(key + "_FILE"); named {
			if ok {
				return fmt.Errorf("config: %s and %s_FILE are both set; keep one", key, key)
			}
			raw, err := os.ReadFile(file)
			if err != nil {
				return fmt.Errorf("config: %s_FILE: %w", key, err)
			}
			text, ok = strings.TrimRight(string(raw), "\r\n"), true
		}
		if !ok {
			continue
		}
		switch f.Kind() {
		case reflect.Int:
			n, err := strconv.Atoi(text)
			if err != nil {
				return fmt.Errorf("config: %s=%q is not a number", key, text)
			}
			f.SetInt(int64(n))
		case reflect.Slice:
			f.Set(reflect.ValueOf(strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })))
		default:
			f.SetString(text)
		}
	}
	return nil
}

// Complete fills in defaults and checks what can be checked without a network.
func (c Config) Complete() (Config, error) {
	if c.Data == "" {
		c.Data = "data"
	}
	if c.Listen == "" {
		c.Listen = "127.0.0.1:8080"
	}
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return c, fmt.Errorf("config: listen: %q is not HOST:PORT", c.Listen)
	}
	if c.OpsListen == "" {
		c.OpsListen = c.Listen
	}
	if _, _, err := net.SplitHostPort(c.OpsListen); err != nil {
		return c, fmt.Errorf("config: ops_listen: %q is not HOST:PORT", c.OpsListen)
	}
	if c.PublicURL == "" {
		c.PublicURL = "http://" + c.Listen
	}
	c.PublicURL = strings.TrimRight(c.PublicURL, "/")
	if u, err := url.Parse(c.PublicURL); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return c, fmt.Errorf("config: public_url: %q is not a base URL", c.PublicURL)
	}
	if c.Database == "" {
		c.Database = "sqlite:" + filepath.Join(c.Data, "placet.db")
	}
	if path, ok := strings.CutPrefix(c.Database, "sqlite:"); ok {
		c.Data = filepath.Dir(path)
	} else if !strings.HasPrefix(c.Database, "postgres://") && !strings.HasPrefix(c.Database, "postgresql://") {
		return c, errors.New("config: database: write sqlite:PATH or postgres://…")
	}
	if c.Keys == "" {
		c.Keys = filepath.Join(c.Data, "placet.key")
	}
	var err error
	if c.ConfirmChallenge, err = oneOf("confirm_challenge", c.ConfirmChallenge, "auto", "off"); err != nil {
		return c, err
	}
	if c.Sandbox, err = oneOf("sandbox", c.Sandbox, "nice", "rude"); err != nil {
		return c, err
	}
	for _, p := range c.TrustedProxies {
		if _, _, err := net.ParseCIDR(p); err != nil {
			return c, fmt.Errorf("config: trusted_proxies: %q is not a network such as 10.0.0.0/8", p)
		}
	}
	if t := c.Senders.Twilio; t != nil {
		switch {
		case !strings.HasPrefix(t.AccountSID, "AC"):
			return c, errors.New("config: senders.twilio.account_sid: it begins with AC")
		case t.AuthToken == "":
			return c, errors.New("config: senders.twilio.auth_token is missing; set it, or PLACET_SENDERS_TWILIO_AUTH_TOKEN_FILE")
		}
	}
	if m := c.Senders.SMTP; m != nil {
		if m.Host == "" {
			return c, errors.New("config: senders.smtp.host is missing")
		}
		if m.Port == 0 {
			m.Port = 587
		}
		if m.Port < 0 || m.Port > 65535 {
			return c, fmt.Errorf("config: senders.smtp.port: %d is no port", m.Port)
		}
		if m.TLS, err = oneOf("senders.smtp.tls", m.TLS, "require", "opportunistic", "none"); err != nil {
			return c, err
		}
		if (m.DKIMSelector == "") != (m.DKIMKeyFile == "") {
			return c, errors.New("config: senders.smtp: dkim_selector and dkim_key_file belong together")
		}
	}
	return c, nil
}

// oneOf checks a choice; the first is the default.
func oneOf(field, v string, choices ...string) (string, error) {
	if v == "" {
		return choices[0], nil
	}
	for _, c := range choices {
		if v == c {
			return v, nil
		}
	}
	return v, fmt.Errorf("config: %s: %q is none of %s", field, v, strings.Join(choices, ", "))
}

// Sandboxed reports whether nothing leaves the machine.
func (c Config) Sandboxed() bool { return c.Senders.Twilio == nil && c.Senders.SMTP == nil }

// Print writes the effective settings as YAML with secrets masked.
func (c Config) Print() (string, error) {
	if t := c.Senders.Twilio; t != nil {
		masked := *t
		masked.AuthToken = mask(t.AuthToken)
		c.Senders.Twilio = &masked
	}
	if m := c.Senders.SMTP; m != nil {
		masked := *m
		masked.Password = mask(m.Password)
		c.Senders.SMTP = &masked
	}
	c.Database, c.Redis = withoutPassword(c.Database), withoutPassword(c.Redis)
	out, err := yaml.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("config: %w", err)
	}
	return string(out), nil
}

func mask(s string) string {
	if s == "" {
		return ""
	}
	return "********"
}

func withoutPassword(s string) string {
	if !strings.Contains(s, "://") {
		return s // sqlite:PATH
	}
	u, err := url.Parse(s)
	if err != nil {
		return "********" // who knows where in it the password is
	}
	q := u.Query()
	for _, name := range []string{"password", "sslpassword"} { // as libpq takes them
		if q.Has(name) {
			q.Set(name, "xxxxx")
			u.RawQuery = q.Encode()
		}
	}
	return u.Redacted()
}
