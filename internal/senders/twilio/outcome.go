package twilio

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/twilio/twilio-go/client"

	"placet/internal/message"
	"placet/internal/senders"
)

// How long to wait where Twilio does not say.
const (
	againUnreachable = 5 * time.Second
	againBusy        = time.Second
	againCredentials = time.Minute // a token being rotated; every message of the account is refused meanwhile
	againMax         = time.Hour
)

// codes are the answers about a person or an address that mean something to us
// (twilio.com/docs/api/errors). All others are answers about us, and final.
var codes = map[string]senders.Refusal{
	"21610": {OptedOut: true, Reason: "the person has opted out of this sender at Twilio"},
	"21211": {Dead: true, Reason: "Twilio says this is no phone number"},
	"21614": {Dead: true, Reason: "Twilio says this is no mobile number"},
	"21635": {Dead: true, Reason: "Twilio says this is a landline"},
	"21408": {Reason: "the account may not send to this country"},
	"21212": {Reason: "Twilio does not know this sender"},
	"21606": {Reason: "this sender does not belong to the account"},
	"21612": {Reason: "this sender cannot reach this number"},
	"21611": {Reason: "the sender's queue at Twilio is full", Again: time.Minute},
	"20003": {Reason: "Twilio did not accept the account's credentials", Again: againCredentials},
}

// failure is what an unsuccessful CreateMessage means: a *senders.Refusal where
// Twilio surely created nothing, any other error where it may have.
//
//	no connection                          nothing was written: again
//	429                                    again, after Retry-After
//	401                                    again: about the credentials, not the message
//	other 4xx but 408                      a definite no
//	301 302 307 308                        a definite no: the address given for the API is not
//	                                       the API; repeating is left to the operator
//	303, other 3xx, 408, 5xx, broken 2xx,  not known
//	connection lost once it was had
func (o *call) failure(err error) error {
	switch s := o.status; {
	case s == 0 && !o.reached:
		return &senders.Refusal{Provider: provider, Code: "unreachable",
			Reason: "Twilio could not be reached", Again: againUnreachable}
	case s == 0:
		return fmt.Errorf("twilio: no answer, the text may have been taken: %w", transportCause(err))
	case s == http.StatusTooManyRequests:
		return &senders.Refusal{Provider: provider, Code: apiCode(err, s),
			Reason: "too many requests", Again: retryAfter(o.retryAfter)}
	case s == http.StatusMovedPermanently, s == http.StatusFound,
		s == http.StatusTemporaryRedirect, s == http.StatusPermanentRedirect:
		return &senders.Refusal{Provider: provider, Code: apiCode(err, s),
			Reason: "the API answered with a redirect; check api_base"}
	case s >= 400 && s < 500 && s != http.StatusRequestTimeout:
		code := apiCode(err, s)
		r := codes[code]
		r.Provider, r.Code = provider, code
		if s == http.StatusUnauthorized {
			r.Again = againCredentials
		}
		if r.Reason == "" {
			// Not Twilio's sentence: it quotes the number.
			r.Reason = "Twilio refused the request"
		}
		return &r
	default:
		return fmt.Errorf("twilio: answer %d, the text may have been taken", s)
	}
}

// apiCode is Twilio's own code, or the HTTP status where there is none.
func apiCode(err error, status int) string {
	var rest *client.TwilioRestError
	if errors.As(err, &rest) && rest.Code != 0 {
		return strconv.Itoa(rest.Code)
	}
	return "http " + strconv.Itoa(status)
}

// transportCause drops the URL (it names the account, and the number in a list)
// and Twilio's sentence; what is left is about the connection.
func transportCause(err error) error {
	var rest *client.TwilioRestError
	if errors.As(err, &rest) {
		return fmt.Errorf("code %d", rest.Code)
	}
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return errors.New("the answer could not be read")
}

// retryAfter reads the seconds form, which is the one Twilio uses.
func retryAfter(h string) time.Duration {
	n, err := strconv.Atoi(h)
	if err != nil || n < 1 {
		return againBusy
	}
	return min(time.Duration(min(n, 3600))*time.Second, againMax)
}

// fates maps Twilio's statuses (twilio_api_v2010, message_enum_status).
var fates = map[string]message.Fate{
	"accepted": message.Accepted, "scheduled": message.Accepted, "queued": message.Accepted,
	"sending": message.Sent, "sent": message.Sent, "partially_delivered": message.Sent,
	"delivered": message.Delivered, "read": message.Delivered,
	"undelivered": message.Undelivered,
	"failed":      message.Failed, "canceled": message.Failed,
}
