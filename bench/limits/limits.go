// Package limits holds the least a gateway could do, so that the real one can be
// measured against it in the same minute on the same disk: check a signature; commit the same rows;
// write to the disk at all. It decides nothing and promises nothing.
package limits

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

var twiml = []byte(`<?xml version="1.0" encoding="UTF-8"?><Response></Response>`)

// Signature is X-Twilio-Signature: HMAC-SHA1 with the auth token over the URL
// and the sorted parameters, name and value run together
// (Twilio, "Security", "Validating signatures from Twilio").
func Signature(token, url string, form url.Values) string {
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	mac := hmac.New(sha1.New, []byte(token))
	mac.Write([]byte(url))
	for _, name := range names {
		mac.Write([]byte(name))
		mac.Write([]byte(form.Get(name)))
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// Echo answers a webhook once its signature is right, and keeps nothing.
func Echo(token, publicURL string) http.Handler {
	return signed(token, publicURL, func(url.Values) error { return nil })
}

// Durable answers a webhook once its signature is right and the rows of a card
// activation are committed.
func Durable(w *Writer, token, publicURL string) http.Handler {
	return signed(token, publicURL, func(form url.Values) error {
		return w.Commit(Carta(form.Get("From"), form.Get("MessageSid")))
	})
}

// Confirm answers a post of a confirmation page once the rows of a granted
// permission are committed. The path's last element names the person.
func Confirm(w *Writer) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(rw, r.Body, 64<<10)
		if err := r.ParseForm(); err != nil {
			http.Error(rw, "bad form", http.StatusBadRequest)
			return
		}
		if err := w.Commit(Confirmed(r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:])); err != nil {
			http.Error(rw, err.Error(), http.StatusServiceUnavailable)
			return
		}
		_, _ = rw.Write(page)
	})
}

// page stands for the 2 KB of HTML a confirmation answers with.
var page = []byte("<!doctype html><title>.</title>" + strings.Repeat("<p>granted</p>\n", 140))

func signed(token, publicURL string, keep func(url.Values) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
		if err := r.ParseForm(); err != nil {
			http.Error(w, "bad form", http.StatusBadRequest)
			return
		}
		want := Signature(token, publicURL+r.URL.RequestURI(), r.PostForm)
		if !hmac.Equal([]byte(want), []byte(r.Header.Get("X-Twilio-Signature"))) {
			http.Error(w, "forged", http.StatusForbidden)
			return
		}
		if err := keep(r.PostForm); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		_, _ = w.Write(twiml)
	})
}
