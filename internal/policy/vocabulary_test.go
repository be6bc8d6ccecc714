package policy

import (
	"testing"
	"time"
)

func TestEaster(t *testing.T) {
	for _, want := range []string{"1954-04-18", "1981-04-19", "2008-03-23", "2019-04-21", "2024-03-31", "2026-04-05",
		"2027-03-28", "2038-04-25", "2049-04-18", "2076-04-19", "2100-03-28", "2106-04-18"} {
		d, err := time.Parse(time.DateOnly, want)
		if err != nil {
			t.Fatal(err)
		}
		if got := time.Date(d.Year(), 3, 22+easter(d.Year()), 0, 0, 0, 0, time.UTC); !got.Equal(d) {
			t.Errorf("Easter %d: %s, want %s", d.Year(), got.Format(time.DateOnly), want)
		}
	}
}

// Every word is read back from its own phrase, and an empty question satisfies
// none of those that may permit.
func TestVocabulary(t *testing.T) {
	for _, w := range vocabulary {
		text := ""
		for _, r := range w.phrase {
			switch r {
			case 'N':
				text += "12"
			case 'M':
				text += "24"
			default:
				text += string(r)
			}
		}
		c, onlyRefusals, err := parseCondition(text)
		if err != nil || c.text != text || w.meaning == "" {
			t.Errorf("%q: %+v %v", w.phrase, c, err)
			continue
		}
		if c.holds(&Question{At: time.Date(2026, 11, 24, 11, 0, 0, 0, time.UTC)}) && !onlyRefusals {
			t.Errorf("%q holds of a question without facts", w.phrase)
		}
	}
	for _, bad := range []string{"", "sale", "sale within months", "sale within 24 months 3", "sale within 1000 months", "person last acted 37 to 35 months ago"} {
		if _, _, err := parseCondition(bad); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}

// A span of months includes both its days.
func TestLastActedBetween(t *testing.T) {
	c, _, err := parseCondition("person last acted 35 to 37 months ago")
	if err != nil {
		t.Fatal(err)
	}
	for act, want := range map[string]bool{"2023-10-23": false, "2023-10-24": true, "2023-12-24": true, "2023-12-25": false, "2026-11-25": false} {
		d, err := time.Parse(time.DateOnly, act)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.holds(&Question{At: time.Date(2026, 11, 24, 11, 0, 0, 0, time.UTC), LastPositiveAct: d}); got != want {
			t.Errorf("%s: %v", act, got)
		}
	}
}
