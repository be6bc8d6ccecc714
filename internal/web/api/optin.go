package api

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"placet/internal/address"
	"placet/internal/brands"
	"placet/internal/consent"
	"placet/internal/optin"
)

// What the evidence of a request holds besides the caller's form. Two requests
// with one Idempotency-Key are told apart by the fingerprint that the first one
// left there: it lives as long as the evidence, on every instance.
const (
	formRequest     = "_request_id"
	formFingerprint = "_request_sha256"
)

// Bounds of the evidence an application may attach.
const (
	maxFormFields = 100
	maxFormName   = 200
	maxFormValue  = 4096 // bytes
)

var languageTag = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}$`)

// optin is POST /v1/optins: the first half of a double opt-in, made while the
// person is present. Known and unknown people get the same answer.
func (a *API) optin(c echo.Context, b *brands.Brand) error {
	raw, err := body(c)
	if err != nil {
		return err
	}
	key, err := idempotencyKey(c)
	if err != nil {
		return err
	}
	j, err := a.readOptin(c, b, raw)
	if err != nil {
		return err
	}
	ctx, now := c.Request().Context(), a.Now()
	id, _ := c.Get(requestKey).(string)
	print := fingerprint(raw)
	j.Form[formRequest], j.Form[formFingerprint] = id, print
	j.Press = optin.Press{Nonce: "optins/" + rand.Text(), At: now, Way: "api"}
	if key != "" {
		j.Press.Nonce = "optins/" + key
	}
	event, err := a.Desk.Join(ctx, j)
	switch {
	case errors.Is(err, optin.ErrNoProgram):
		return invalid(fault{"/program", "unknown", "the brand has no such program"})
	case errors.Is(err, optin.ErrNothingAsked):
		return invalid(fault{"/topics", "invalid", "name topics that the brand asks for"})
	case errors.Is(err, address.ErrInvalid):
		return invalid(fault{"/address", "invalid", "the channel does not travel to this kind of address"})
	case err != nil:
		return err
	}
	if key != "" {
		first, err := a.Store.Event(ctx, b.ID, event)
		if err != nil && !errors.Is(err, optin.ErrNobody) {
			return err
		}
		// Evidence that is erased cannot vouch for a repeat either.
		if first.Proof["form."+formFingerprint] != print {
			return refuse(http.StatusUnprocessableEntity, "idempotency_key_reused", "This Idempotency-Key came before with another payload; nothing was done now.")
		}
		if first.Proof["form."+formRequest] != id {
			c.Response().Header().Set("Idempotency-Replayed", "true")
		}
	}
	return c.JSON(http.StatusAccepted, map[string]any{"event": event, "status": consent.Pending})
}

// idempotencyKey is the caller's name for the request; empty when there is none.
func idempotencyKey(c echo.Context) (string, error) {
	vs := c.Request().Header.Values("Idempotency-Key")
	if len(vs) == 0 {
		return "", nil
	}
	if len(vs) > 1 || vs[0] == "" || len(vs[0]) > 255 {
		return "", refuse(http.StatusBadRequest, "bad_idempotency_key", "Send one Idempotency-Key of 1 to 255 printable ASCII characters.")
	}
	for _, r := range vs[0] {
		if r < ' ' || r > '~' {
			return "", refuse(http.StatusBadRequest, "bad_idempotency_key", "Send one Idempotency-Key of 1 to 255 printable ASCII characters.")
		}
	}
	return vs[0], nil
}

// fingerprint is the same for every spelling of one JSON value.
func fingerprint(raw []byte) string {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if d.Decode(&v) == nil {
		if plain, err := json.Marshal(v); err == nil {
			raw = plain
		}
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// readOptin reads a request and finds everything that is wrong with it.
func (a *API) readOptin(c echo.Context, b *brands.Brand, raw []byte) (optin.Joining, error) {
	var to, channel, program, lang, notice string
	var topics []string
	var form json.RawMessage
	faults := object(raw, map[string]any{
		"address": &to, "channel": &channel, "topics": &topics, "program": &program,
		"language": &lang, "notice_version": &notice, "form": &form,
	})
	bad := func(pointer, code, detail string) { faults = append(faults, fault{pointer, code, detail}) }
	wrong := func(pointer string) bool {
		return slices.ContainsFunc(faults, func(f fault) bool { return f.Pointer == pointer })
	}
	j := optin.Joining{Brand: b, Program: program, Channel: consent.Channel(channel), Language: lang, Method: "api", Point: "/v1/optins"}

	var err error
	j.Address, err = address.Parse(to, b.Country)
	known := j.Channel == consent.SMS || j.Channel == consent.Email || j.Channel == consent.Call
	switch {
	case wrong("/channel"):
	case channel == "":
		bad("/channel", "required", "the channel is missing")
	case !known:
		bad("/channel", "invalid", "the channel is none of sms, email, call")
	}
	switch {
	case wrong("/address"):
	case to == "":
		bad("/address", "required", "the address is missing")
	case err != nil:
		bad("/address", "invalid", "neither a phone number that can exist nor an e-mail address")
	case known && !reaches(j.Channel, j.Address):
		bad("/address", "invalid", "the channel does not travel to this kind of address")
	}
	if len(topics) == 0 && !wrong("/topics") {
		bad("/topics", "required", "name at least one topic")
	}
	for i, t := range topics {
		topic := consent.Topic(t)
		if !slices.Contains(b.AllTopics(), topic) {
			bad("/topics/"+strconv.Itoa(i), "invalid", "the brand does not ask for this topic")
		} else if !slices.Contains(j.Topics, topic) {
			j.Topics = append(j.Topics, topic)
		}
	}
	p := b.Program(program)
	switch {
	case wrong("/program"):
	case program == "":
		bad("/program", "required", "the program is missing")
	case p == nil:
		bad("/program", "unknown", "the brand has no such program")
	case notice != "":
		texts, err := a.Store.Notice(c.Request().Context(), b.ID, p.Notice, notice)
		if err != nil {
			return j, err
		}
		if len(texts) == 0 {
			bad("/notice_version", "unknown", "the program's notice was never published in this version")
		}
		j.Notice = notice
	}
	if lang != "" && !languageTag.MatchString(lang) {
		bad("/language", "invalid", "write a language tag such as it or fr-CA")
	}
	if !wrong("/form") {
		j.Form, err = flatten(form)
		if err != nil {
			bad("/form", "invalid", err.Error())
		}
	}
	if len(faults) > 0 {
		return j, invalid(faults...)
	}
	return j, nil
}

// flatten turns the caller's form into evidence: "box.0.ticked" -> "true".
func flatten(form json.RawMessage) (map[string]string, error) {
	out := map[string]string{}
	if form == nil {
		return out, nil
	}
	d := json.NewDecoder(bytes.NewReader(form))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, errors.New("the form is not JSON")
	}
	fields, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("the form is an object of names and values")
	}
	return out, flattenInto(out, "", fields)
}

func flattenInto(out map[string]string, prefix string, v any) error {
	within := func(name string, v any) error {
		if prefix != "" {
			name = prefix + "." + name
		}
		if len(name) > maxFormName {
			return fmt.Errorf("a name is longer, or deeper, than %d bytes", maxFormName)
		}
		return flattenInto(out, name, v)
	}
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			if err := within(name, inner); err != nil {
				return err
			}
		}
	case []any:
		for i, inner := range v {
			if err := within(strconv.Itoa(i), inner); err != nil {
				return err
			}
		}
	case nil:
		out[prefix] = ""
	default:
		s := fmt.Sprint(v)
		if len(s) > maxFormValue {
			return fmt.Errorf("a value is longer than %d bytes", maxFormValue)
		}
		out[prefix] = s
	}
	if len(out) > maxFormFields {
		return fmt.Errorf("there are more than %d values", maxFormFields)
	}
	return nil
}
