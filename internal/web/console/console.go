// Package console is where a brand's staff look: signed in by a one-time link,
// they see what may be sent, what was sent and how it is proven. Nothing here
// changes a permission, and addresses are masked before they arrive.
package console

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"placet/internal/consent"
	"placet/internal/message"
)

// Source reads what the start page shows.
type Source interface {
	// Overview is one brand as it stands now, in one consistent read.
	Overview(ctx context.Context, brand string) (Overview, error)
}

// SignIn turns a one-time link into a brand; any error means it opens nothing.
// access.ErrNoLink is the ordinary one.
type SignIn interface {
	Redeem(ctx context.Context, token string) (brand string, err error)
}

// Overview is the start page of one brand. Counts of people count each once.
type Overview struct {
	Brand    string // as people know it
	At       time.Time
	MayWrite int // people with a granted marketing permission on some channel, not suppressed
	Waiting  int // people with an open question and nothing granted
	Left     int // people who refused, withdrew or objected and granted nothing since

	Permissions []PermissionCount // any order
	Messages    []FateCount       // any order
	Checkpoint  *Checkpoint       // nil: none signed yet
	Unsequenced int               // evidence committed and not yet in the log
	Events      []Event           // newest first, at most 20
	Programs    []Program
	Version     string // of the gateway
	Schema      string // of the evidence: "gw-1"
}

// PermissionCount is one state of one cell of the matrix.
type PermissionCount struct {
	Channel consent.Channel
	Topic   consent.Topic
	State   consent.State
	People  int
}

// FateCount is how many messages met one fate.
type FateCount struct {
	Fate     message.Fate
	Messages int
}

// Checkpoint is the last signed state of the brand's log.
type Checkpoint struct {
	Size int64  // leaves
	Root string // base64, as in the signed note
	At   time.Time
}

// Event is one line of evidence.
type Event struct {
	ID      string
	At      time.Time
	Act     consent.ActKind
	Method  string // sms, web_form, api…
	Address string // masked
	Changes []consent.Change
	Leaf    int64 // -1: not yet in the log
}

// Program is one way people meet the brand.
type Program struct {
	ID      string
	Name    string
	Words   []string // every language
	Benefit string   // card, receipt, wifi; empty: a plain join
}

// Handler serves the console. The zero values of the optional fields work.
type Handler struct {
	PublicURL string // https: cookies are Secure and carry the __Host- prefix
	Source    Source
	SignIn    SignIn
	Sandbox   bool         // link to /sandbox
	Sessions  scs.Store    // optional: default is memory, so a restart signs everybody out
	Log       *slog.Logger // optional

	sessions *scs.SessionManager
}

// The life of a session (OWASP ASVS 7.3.1, 7.3.2).
const (
	idle     = 30 * time.Minute
	lifetime = 12 * time.Hour
)

// manager keeps sessions on the server; the cookie is a random name for one, and
// the store holds only its hash.
func (h *Handler) manager() *scs.SessionManager {
	m := scs.New()
	if h.Sessions != nil {
		m.Store = h.Sessions
	}
	m.IdleTimeout, m.Lifetime, m.HashTokenInStore = idle, lifetime, true
	m.Cookie.Name, m.Cookie.HttpOnly, m.Cookie.SameSite, m.Cookie.Path, m.Cookie.Persist = "placet", true, http.SameSiteLaxMode, "/", false
	if strings.HasPrefix(h.PublicURL, "https://") {
		m.Cookie.Name, m.Cookie.Secure = "__Host-placet", true // RFC 6265bis §4.1.3.2
	}
	m.ErrorFunc = func(w http.ResponseWriter, r *http.Request, err error) {
		h.log().ErrorContext(r.Context(), "console: session store", "err", err)
		http.Error(w, "The console cannot read its sessions now. Try again in a minute.", http.StatusServiceUnavailable)
	}
	return m
}

func (h *Handler) log() *slog.Logger {
	if h.Log != nil {
		return h.Log
	}
	return slog.Default()
}
