package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"placet/internal/consent"
	"placet/internal/optin"
)

// TestContact: found by address or id, masked, as things stand now.
func TestContact(t *testing.T) { both(t, testContact) }

func testContact(t *testing.T, b *bench) {
	t.Helper()
	b.grant("rossi", anna, offersSMS)
	b.act("rossi", anna, func(d *optin.Draft) error {
		d.Event.Type = consent.Request
		d.Facts.Language, d.FactsNew = "it", true
		d.Prove = append(d.Prove, parse(t, anna))
		d.Suppress = []consent.Channel{consent.Call}
		_, err := d.Act(consent.Act{Kind: consent.Request, At: d.Event.At, Until: d.Event.At.Add(time.Hour), Keys: []consent.Key{{Channel: consent.SMS, Topic: consent.Info}}})
		return err
	})
	id := b.person("rossi", anna)
	want := func(state string, a answer) {
		t.Helper()
		if a.status != http.StatusOK || a.body["id"] != id || a.body["language"] != "it" || a.body["created"] != "2026-03-04T10:00:00.001Z" {
			t.Fatalf("%d %s", a.status, a.raw)
		}
		if got := fmt.Sprint(a.body["suppressed"]); got != "[call]" {
			t.Errorf("suppressed %s", got)
		}
		if got := fmt.Sprint(a.body["addresses"]); got != "[map[kind:phone masked:"+parse(t, anna).String()+" proven:2026-03-04T10:00:00.002Z]]" {
			t.Errorf("addresses %s", got)
		}
		var cells []string
		ps, _ := a.body["permissions"].([]any)
		for _, p := range ps {
			m, _ := p.(map[string]any)
			cells = append(cells, fmt.Sprint(m["channel"], " ", m["topic"], " ", m["state"], " ", m["basis"], " ", m["grade"], " ", m["since"]))
		}
		if got := strings.Join(cells, "; "); got != "sms info "+state+"; sms offers granted consent A 2026-03-04T10:00:00.001Z" {
			t.Errorf("permissions %s", got)
		}
		if strings.Contains(a.raw, anna) {
			t.Error("the address is in clear")
		}
	}
	search := func(to string) answer { return b.post("/v1/contacts/search", rossiKey, `{"address":"`+to+`"}`) }
	want("pending <nil> <nil> 2026-03-04T10:00:00.002Z", search(anna))
	want("pending <nil> <nil> 2026-03-04T10:00:00.002Z", search("347 000 0101"))
	want("pending <nil> <nil> 2026-03-04T10:00:00.002Z", b.get("/v1/contacts/"+id, rossiKey))
	b.advance(2 * time.Hour) // the window closes; nothing has swept
	want("expired <nil> <nil> 2026-03-04T11:00:00.002Z", search(anna))
	want("expired <nil> <nil> 2026-03-04T11:00:00.002Z", b.get("/v1/contacts/"+id, rossiKey))

	if a := search("+393470000199"); a.status != http.StatusNotFound || a.code() != "not_found" {
		t.Errorf("nobody: %d %s", a.status, a.raw)
	}
	if a := b.get("/v1/contacts/sub_nobody", rossiKey); a.status != http.StatusNotFound {
		t.Errorf("nobody: %d %s", a.status, a.raw)
	}
	for body, pointers := range map[string]string{
		`{}`:                               "/address invalid",
		`{"address":"12"}`:                 "/address invalid",
		`{"address":["` + anna + `"]}`:     "/address wrong_type",
		`{"address":"` + anna + `","x":1}`: "/x unknown_field",
	} {
		if a := b.post("/v1/contacts/search", rossiKey, body); a.status != http.StatusUnprocessableEntity || a.pointers() != pointers {
			t.Errorf("%s: %d %s", body, a.status, a.pointers())
		}
	}
}

// TestTimeline walks the pages: every event once, newest first, whatever arrives meanwhile.
func TestTimeline(t *testing.T) { both(t, testTimeline) }

func testTimeline(t *testing.T, b *bench) {
	t.Helper()
	var made []string
	for range 3 {
		made = append(made, b.grant("rossi", anna, offersSMS))
	}
	b.sequence("rossi")
	for range 4 {
		made = append(made, b.act("rossi", anna, func(*optin.Draft) error { return nil }))
	}
	b.grant("rossi", luca, consent.Key{Channel: consent.Email, Topic: consent.Info})
	path := "/v1/contacts/" + b.person("rossi", anna) + "/timeline"

	var seen []string
	cursor := ""
	for page := 0; ; page++ {
		a := b.get(path+"?limit=3"+cursor, rossiKey)
		if a.status != http.StatusOK {
			t.Fatalf("%d %s", a.status, a.raw)
		}
		data, _ := a.body["data"].([]any)
		for _, d := range data {
			e, _ := d.(map[string]any)
			id, _ := e["id"].(string)
			seen = append([]string{id}, seen...)
			i := len(made) - len(seen)
			if i < 3 && e["leaf_index"] != float64(i) || i >= 3 && e["leaf_index"] != nil {
				t.Errorf("event %d has leaf_index %v", i, e["leaf_index"])
			}
			if i < 3 && (e["words"] != "SI" || e["method"] != "sms_keyword" || e["type"] != "confirmed") {
				t.Errorf("event %d: %v", i, e)
			}
			if cs := fmt.Sprint(e["changes"]); i == 0 && cs != "[map[basis:consent channel:sms from:none grade:A to:granted topic:offers]]" || i > 0 && cs != "[]" {
				t.Errorf("event %d changed %s", i, cs)
			}
		}
		if page == 0 {
			b.act("rossi", anna, func(*optin.Draft) error { return nil }) // a newcomer is not on later pages
		}
		next, more := a.body["next_cursor"].(string)
		if !more {
			if page != 2 {
				t.Errorf("%d pages", page+1)
			}
			break
		}
		cursor = "&cursor=" + next
	}
	if strings.Join(seen, " ") != strings.Join(made, " ") {
		t.Errorf("seen %v\nmade %v", seen, made)
	}
	for query, pointers := range map[string]string{
		"?limit=0": "?limit invalid", "?limit=201": "?limit invalid", "?limit=x": "?limit invalid", "?limit=1&limit=2": "?limit invalid",
		"?cursor=": "?cursor invalid", "?cursor=%21": "?cursor invalid", "?cursor=" + strings.Repeat("QUFB", 20): "?cursor invalid",
	} {
		if a := b.get(path+query, rossiKey); a.status != http.StatusUnprocessableEntity || a.pointers() != pointers {
			t.Errorf("%s: %d %s", query, a.status, a.raw)
		}
	}
	if a := b.get(path+"?limit=200", rossiKey); a.status != http.StatusOK || a.body["next_cursor"] != nil {
		t.Errorf("the largest page: %d", a.status)
	}
	if a := b.get("/v1/contacts/sub_nobody/timeline", rossiKey); a.status != http.StatusNotFound {
		t.Errorf("nobody's: %d %s", a.status, a.raw)
	}
}

// TestEvents follows the log: in leaf order, without gaps, only what has a
// place, nothing personal.
func TestEvents(t *testing.T) { both(t, testEvents) }

func testEvents(t *testing.T, b *bench) {
	t.Helper()
	empty := b.get("/v1/events", rossiKey)
	if empty.status != http.StatusOK || fmt.Sprint(empty.body["data"]) != "[]" || empty.body["next_after"] != -1.0 {
		t.Fatalf("%d %s", empty.status, empty.raw)
	}
	var made []string
	for i := range 5 {
		made = append(made, b.grant("rossi", fmt.Sprintf("+39347000010%d", i), offersSMS))
		b.grant("nord", fmt.Sprintf("+3361200010%d", i), offersSMS)
	}
	if a := b.get("/v1/events", rossiKey); fmt.Sprint(a.body["data"]) != "[]" {
		t.Errorf("events without a place are shown: %s", a.raw)
	}
	b.sequence("rossi")
	b.sequence("nord")
	var seen []string
	after := "-1"
	for {
		a := b.get("/v1/events?limit=2&after="+after, rossiKey)
		data, _ := a.body["data"].([]any)
		if len(data) == 0 {
			if fmt.Sprint(a.body["next_after"]) != after {
				t.Errorf("an empty page moves next_after from %s to %v", after, a.body["next_after"])
			}
			break
		}
		for _, d := range data {
			e, _ := d.(map[string]any)
			if e["leaf_index"] != float64(len(seen)) {
				t.Errorf("leaf %v comes as number %d", e["leaf_index"], len(seen))
			}
			id, _ := e["id"].(string)
			if te, err := b.store.Event(t.Context(), "rossi", id); err != nil || fmt.Sprintf("%x", te.Leaf) != e["leaf"] || te.Person != e["contact"] {
				t.Errorf("event %s: %v, %v", id, e, err)
			}
			if cs := fmt.Sprint(e["changes"]); cs != "[map[basis:consent channel:sms from:none grade:A to:granted topic:offers]]" {
				t.Errorf("changes %s", cs)
			}
			seen = append(seen, id)
		}
		after = fmt.Sprint(a.body["next_after"])
		if strings.Contains(a.raw, "39347") || strings.Contains(a.raw, `"words"`) {
			t.Errorf("the feed is not thin: %s", a.raw)
		}
	}
	if len(seen) != len(made) {
		t.Errorf("seen %v\nmade %v", seen, made)
	}
	for _, id := range made {
		if !strings.Contains(strings.Join(seen, " "), id) {
			t.Errorf("%s is missing", id)
		}
	}
	if a := b.get("/v1/events?after=9223372036854775807", rossiKey); a.status != http.StatusOK || fmt.Sprint(a.body["data"]) != "[]" {
		t.Errorf("after the end: %d %s", a.status, a.raw)
	}
	for query, pointers := range map[string]string{
		"?after=-2": "?after invalid", "?after=": "?after invalid", "?after=1.5": "?after invalid", "?after=99999999999999999999": "?after invalid",
		"?after=1&after=2": "?after invalid", "?limit=1000&after=x": "?after invalid, ?limit invalid",
	} {
		if a := b.get("/v1/events"+query, rossiKey); a.status != http.StatusUnprocessableEntity || a.pointers() != pointers {
			t.Errorf("%s: %d %s", query, a.status, a.raw)
		}
	}
}
