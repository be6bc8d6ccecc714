package senders

import (
	"context"
	"errors"
	"testing"

	"placet/internal/address"
	"placet/internal/consent"
	"placet/internal/message"
)

type named string

func (n named) Name() string { return string(n) }

func (n named) Send(context.Context, message.Outgoing) (string, error) { return string(n) + "-1", nil }

func TestRouter(t *testing.T) {
	phone, err := address.ParsePhone("+393339990001", "")
	if err != nil {
		t.Fatal(err)
	}
	mail, err := address.ParseEmail("anna@example.com")
	if err != nil {
		t.Fatal(err)
	}
	full := Router{SMS: named("twilio"), Email: named("smtp"),
		Brands: map[string]map[consent.Channel]Sender{"nord": {consent.SMS: named("nord")}}}
	tests := []struct {
		name   string
		router Router
		m      message.Outgoing
		id     string
		code   string
	}{
		{"sms", full, message.Outgoing{Channel: consent.SMS, To: phone}, "twilio-1", ""},
		{"e-mail", full, message.Outgoing{Channel: consent.Email, To: mail}, "smtp-1", ""},
		{"a brand's own account", full, message.Outgoing{Brand: "nord", Channel: consent.SMS, To: phone}, "nord-1", ""},
		{"that brand's other channel", full, message.Outgoing{Brand: "nord", Channel: consent.Email, To: mail}, "smtp-1", ""},
		{"call", full, message.Outgoing{Channel: consent.Call, To: phone}, "", "no-sender"},
		{"post", full, message.Outgoing{Channel: consent.Post, To: phone}, "", "no-sender"},
		{"no channel", full, message.Outgoing{To: phone}, "", "no-sender"},
		{"nothing configured", Router{}, message.Outgoing{Channel: consent.SMS, To: phone}, "", "no-sender"},
		{"e-mail address by sms", full, message.Outgoing{Channel: consent.SMS, To: mail}, "", "wrong-address"},
		{"no address", full, message.Outgoing{Channel: consent.SMS}, "", "wrong-address"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			id, err := tt.router.Send(t.Context(), tt.m)
			if id != tt.id {
				t.Errorf("id %q, want %q", id, tt.id)
			}
			var no *Refusal
			if errors.As(err, &no) != (tt.code != "") {
				t.Fatalf("error %v, want refusal %q", err, tt.code)
			}
			if no != nil && no.Code != tt.code {
				t.Errorf("code %q, want %q", no.Code, tt.code)
			}
		})
	}
}
