package limits

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"

	"placet/internal/store"
	"placet/internal/vault"
)

// Create makes an empty database with the gateway's own tables and indexes.
func Create(dir string) (path string, err error) {
	keys := filepath.Join(dir, "placet.key")
	if err := vault.Create(keys); err != nil {
		return "", err
	}
	k, err := vault.Load(keys)
	if err != nil {
		return "", err
	}
	ctx := context.Background()
	path = filepath.Join(dir, "placet.db")
	s, err := store.Open(ctx, "sqlite:"+path, k)
	if err != nil {
		return "", err
	}
	defer s.Close()
	if err := s.Migrate(ctx); err != nil {
		return "", err
	}
	return path, os.Remove(keys)
}

// The sizes of what the gateway seals, as measured on its own database.
const (
	wrappedKey     = 60
	sealedAddress  = 45
	sealedEvent    = 1400
	sealedMessage  = 600
	verdictOfADoor = 300
)

// filler stands for ciphertext and for JSON: the same bytes each time cost the disk no less.
var (
	filler = make([]byte, 4096)
	text   = strings.Repeat("verdict ", 512)
)

func id(prefix string) string { return prefix + uuid.Must(uuid.NewV7()).String() }

const (
	insertCause      = `INSERT INTO causes (brand, source, ref, event) VALUES ($1, $2, $3, $4)`
	insertPerson     = `INSERT INTO persons (id, brand, key, facts, created_at) VALUES ($1, $2, $3, $4, $5)`
	insertAddress    = `INSERT INTO addresses (brand, bidx, person, kind, sealed, proven_at) VALUES ($1, $2, $3, $4, $5, $6)`
	insertPermission = `INSERT INTO permissions (person, channel, topic, state, basis, grade, since, until, program, notice, event, asked_at)
		VALUES ($1, $2, $3, $4, '', '', $5, $6, 'carta', 'privacy/1', $7, $5)`
	insertEvent   = `INSERT INTO events (id, brand, person, type, at, sealed, leaf) VALUES ($1, $2, $3, $4, $5, $6, $7)`
	insertQueued  = `INSERT INTO ledger_queue (brand, event) VALUES ($1, $2)`
	insertMessage = `INSERT INTO outbox (id, brand, person, event, channel, about, kind, contact, template, topics, program, fate, due_at, expires_at, follows, sealed, verdict, tries)
		VALUES ($1, $2, $3, $4, $5, $5, $6, 'person', $7, 'offers', 'carta', 'queued', $8, $9, $10, $11, $12, 0)`
	insertToken  = `INSERT INTO tokens (hash, brand, person, uses, bidx, channel, event, expires_at) VALUES ($1, $2, $3, 'prefs', $4, 'email', $5, $6)`
	grant        = `UPDATE permissions SET state = 'granted', basis = 'consent', grade = 'A', since = $2, event = $3 WHERE person = $1`
	proveAddress = `UPDATE addresses SET proven_at = $3 WHERE brand = $1 AND bidx = $2`
)

const brand = "rossi"

// Carta is what one "CARTA 123456" of a new person leaves behind: the cause,
// the person with their key, the address, a pending permission, the benefit
// message and the question, the event and its place in line.
func Carta(from, sid string) []Statement {
	person, event, benefit := id("per_"), id("evt_"), id("msg_")
	index := sha256.Sum256([]byte(from))
	now := time.Now().UnixMicro()
	return []Statement{
		{insertCause, []any{brand, "twilio", sid, event}},
		{insertPerson, []any{person, brand, filler[:wrappedKey], `{"language":"it"}`, now}},
		{insertAddress, []any{brand, index[:], person, "phone", filler[:sealedAddress], now}},
		{insertPermission, []any{person, "sms", "offers", "pending", now, now, event}},
		{insertMessage, []any{benefit, brand, person, event, "sms", "service", "card_done", now, now, nil, filler[:sealedMessage], text[:verdictOfADoor]}},
		{insertMessage, []any{id("msg_"), brand, person, event, "sms", "invitation", "invitation", now, now, benefit, filler[:sealedMessage], text[:verdictOfADoor]}},
		{insertEvent, []any{event, brand, person, "requested", now, filler[:sealedEvent], index[:]}},
		{insertQueued, []any{brand, event}},
	}
}

// Asked is a person who was sent a confirmation mail.
func Asked(person string) []Statement {
	event := id("evt_")
	index := sha256.Sum256([]byte(person))
	now := time.Now().UnixMicro()
	return []Statement{
		{insertPerson, []any{person, brand, filler[:wrappedKey], `{"language":"it"}`, now}},
		{insertAddress, []any{brand, index[:], person, "email", filler[:sealedAddress], nil}},
		{insertPermission, []any{person, "email", "offers", "pending", now, now, event}},
	}
}

// Confirmed is what the button of the confirmation page leaves behind: the cause,
// the granted permission, the proven address, the welcome mail with its link, the event and its
// place in line.
func Confirmed(person string) []Statement {
	event := id("evt_")
	index := sha256.Sum256([]byte(person))
	hash := sha256.Sum256([]byte(event))
	now := time.Now().UnixMicro()
	return []Statement{
		{insertCause, []any{brand, "form", event, event}},
		{proveAddress, []any{brand, index[:], now}},
		{grant, []any{person, now, event}},
		{insertMessage, []any{id("msg_"), brand, person, event, "email", "service", "welcome", now, now, nil, filler[:2*sealedMessage], text[:verdictOfADoor]}},
		{insertToken, []any{hash[:], brand, person, index[:], event, now}},
		{insertEvent, []any{event, brand, person, "confirmed", now, filler[:sealedEvent], hash[:]}},
		{insertQueued, []any{brand, event}},
	}
}

// Person names the n-th person of a limit program.
func Person(n int) string { return fmt.Sprintf("per_%08d", n) }
