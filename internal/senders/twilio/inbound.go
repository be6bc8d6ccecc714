package twilio

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/twilio/twilio-go/client"

	"placet/internal/senders"
)

// SignatureHeader carries the signature of a webhook.
const SignatureHeader = "X-Twilio-Signature"

// ErrSignature is the answer to a webhook that Twilio did not sign with a known
// token for that URL and those parameters.
var ErrSignature = errors.New("twilio: the signature does not match the configured public URL and auth token")

// RepeatedKeyError refuses a form with a key twice: Twilio never sends one, and
// its signature scheme does not say which of the values was signed.
type RepeatedKeyError struct{ Key string }

func (e *RepeatedKeyError) Error() string {
	return fmt.Sprintf("twilio: form key %.40q appears more than once", e.Key)
}

// Verifier checks that a webhook comes from Twilio. It is safe for concurrent use.
type Verifier struct{ validators []client.RequestValidator }

// NewVerifier takes the account's auth tokens: one, or old and new while they rotate.
func NewVerifier(tokens ...string) (*Verifier, error) {
	v := &Verifier{}
	for _, t := range tokens {
		if t == "" {
			// A signature made with an empty key is one anybody can make.
			return nil, errors.New("twilio: an auth token is empty")
		}
		v.validators = append(v.validators, client.NewRequestValidator(t))
	}
	if len(tokens) == 0 {
		return nil, errors.New("twilio: no auth token to verify webhooks with")
	}
	return v, nil
}

// Check verifies a form post. The URL is built from the configured public URL,
// the path and the raw query as received; never from the Host header. It returns
// nil, ErrSignature, or what makes the form unfit: a *RepeatedKeyError, bytes
// that are no UTF-8.
func (v *Verifier) Check(url string, form url.Values, signature string) error {
	params, err := single(form)
	if err != nil {
		return err
	}
	ok := false
	for i := range v.validators {
		// Every token is tried, so that time does not tell which one is in use.
		ok = v.validators[i].Validate(url, params, signature) || ok
	}
	if !ok {
		return ErrSignature
	}
	return nil
}

// Inbound is one text a person sent. Printing it shows nothing personal.
type Inbound struct {
	MessageSID string // the same on every repeat of the webhook
	AccountSID string
	From       string // E.164, as Twilio writes it
	To         string // the brand's number or short code
	Body       string
	// OptOutType is STOP, START or HELP where Twilio's Advanced Opt-Out has
	// already acted and answered; empty otherwise.
	OptOutType string
	NumMedia   int
	Params     map[string]string // everything received, known or not
}

// String names the message, not the people.
func (in Inbound) String() string { return "twilio text " + in.MessageSID }

// GoString masks like String.
func (in Inbound) GoString() string { return in.String() }

// LogValue masks like String.
func (in Inbound) LogValue() slog.Value { return slog.StringValue(in.String()) }

// ParseText reads a verified inbound webhook. Parameters it does not know are
// welcome: Twilio adds some without notice.
func ParseText(form url.Values) (Inbound, error) {
	params, err := single(form)
	if err != nil {
		return Inbound{}, err
	}
	in := Inbound{
		MessageSID: params["MessageSid"], AccountSID: params["AccountSid"],
		From: params["From"], To: params["To"], OptOutType: params["OptOutType"],
		// No handset types NUL, and PostgreSQL text cannot hold it.
		Body:   strings.ReplaceAll(params["Body"], "\x00", ""),
		Params: params,
	}
	for name, v := range map[string]string{
		"MessageSid": in.MessageSID, "AccountSid": in.AccountSID, "From": in.From, "To": in.To,
	} {
		if v == "" || len(v) > 64 {
			return Inbound{}, fmt.Errorf("twilio: inbound text: parameter %s is missing or too long", name)
		}
	}
	if err := whole(params); err != nil {
		return Inbound{}, err
	}
	if n := params["NumMedia"]; n != "" {
		if in.NumMedia, err = strconv.Atoi(n); err != nil || in.NumMedia < 0 {
			return Inbound{}, errors.New("twilio: inbound text: parameter NumMedia is no count")
		}
	}
	return in, nil
}

// sidShape is a message's SID as Twilio makes it.
var sidShape = regexp.MustCompile(`^(SM|MM)[0-9a-f]{32}$`)

// whole refuses a form whose seams were moved. Twilio signs keys and values one
// after the other without a mark between them, so a captured form could be cut
// elsewhere, keep its signature and come as a new message: "SM…" + "NumMedia" as
// one long SID, or the tail of a SID as part of the next key.
func whole(params map[string]string) error {
	sid := params["MessageSid"]
	if sidShape.MatchString(sid) {
		return nil
	}
	moved := len(sid) > 34 || strings.Contains(sid, "Num") || strings.Contains(sid, "Messaging")
	for k := range params {
		moved = moved || k == "" || k[0] < 'A' || k[0] > 'Z'
	}
	if moved {
		return errors.New("twilio: inbound text: MessageSid is not SM or MM and 32 hex digits")
	}
	return nil
}

// ParseStatus reads a verified status callback. The attempt token rides in the
// query ("attempt"), which is no part of the form: the caller adds it. A status
// Twilio has invented since gives an empty Fate, which moves nothing.
func ParseStatus(form url.Values) (senders.News, error) {
	params, err := single(form)
	if err != nil {
		return senders.News{}, err
	}
	sid, status := params["MessageSid"], params["MessageStatus"]
	if sid == "" || len(sid) > 64 || status == "" {
		return senders.News{}, errors.New("twilio: status callback: MessageSid or MessageStatus is missing")
	}
	news := senders.News{Provider: provider, ProviderID: sid, Fate: fates[status]}
	if code := params["ErrorCode"]; code != "" && code != "0" {
		if len(code) > 16 {
			return senders.News{}, errors.New("twilio: status callback: ErrorCode is too long")
		}
		news.ErrorCode = code
		news.OptedOut, news.Dead = codes[code].OptedOut, codes[code].Dead
	}
	return news, nil
}

// single is the form with one value per key.
func single(form url.Values) (map[string]string, error) {
	params := make(map[string]string, len(form))
	for k, values := range form {
		if len(values) != 1 {
			return nil, &RepeatedKeyError{k}
		}
		if !utf8.ValidString(k) || !utf8.ValidString(values[0]) {
			return nil, errors.New("twilio: a form parameter is not UTF-8")
		}
		params[k] = values[0]
	}
	return params, nil
}

// Text reads a verified inbound webhook for a caller that needs the text alone:
// its MessageSid, the numbers and the body. See ParseText.
func (v *Verifier) Text(form url.Values) (ref, from, to, body string, err error) {
	in, err := ParseText(form)
	return in.MessageSID, in.From, in.To, in.Body, err
}

// News reads a verified status callback. See ParseStatus.
func (v *Verifier) News(form url.Values) (senders.News, error) { return ParseStatus(form) }
