package templates

import (
	"fmt"
	"io/fs"
	"strconv"
	"time"
)

// dateWords is how one language writes a moment.
type dateWords struct {
	Months []string `yaml:"months"`
	Date   string   `yaml:"date"`
	Time   string   `yaml:"time"`
	Today  string   `yaml:"today"`

	date, time, today text
}

var dates = must(loadDates(files))

func loadDates(fsys fs.FS) (map[string]*dateWords, error) {
	m := map[string]*dateWords{}
	if err := loadFile(fsys, "dates.yaml", &m); err != nil {
		return nil, err
	}
	allowed := []string{"day", "month", "year", "clock", "date", "zone"}
	for lang, d := range m {
		if len(d.Months) != 12 {
			return nil, fmt.Errorf("templates: dates.yaml: %s has %d months", lang, len(d.Months))
		}
		var err error
		for raw, into := range map[string]*text{d.Date: &d.date, d.Time: &d.time, d.Today: &d.today} {
			if *into, err = parse(raw, allowed); err != nil {
				return nil, fmt.Errorf("templates: dates.yaml: %s: %w", lang, err)
			}
		}
	}
	if m[Fallback] == nil {
		return nil, fmt.Errorf("templates: dates.yaml: %s is missing", Fallback)
	}
	return m, nil
}

func dateValues(lang string, t time.Time) (*dateWords, map[string]string) {
	d := pick(dates, lang)
	zone, _ := t.Zone()
	v := map[string]string{
		"day": strconv.Itoa(t.Day()), "month": d.Months[t.Month()-1], "year": strconv.Itoa(t.Year()),
		"clock": t.Format("15:04"), "zone": zone,
	}
	v["date"] = must(d.date.render(v))
	return d, v
}

// Date writes the day of t, in t's own location: "21 novembre 2026".
func Date(lang string, t time.Time) string {
	_, v := dateValues(lang, t)
	return v["date"]
}

// Moment writes t to the minute with its zone, in t's own location:
// "21 novembre 2026, ore 14:03 (CET)".
func Moment(lang string, t time.Time) string {
	d, v := dateValues(lang, t)
	return must(d.time.render(v))
}

// When is "today 14:03" for a moment of the same day as now, Moment otherwise.
func When(lang string, t, now time.Time) string {
	if y, m, day := now.In(t.Location()).Date(); y == t.Year() && m == t.Month() && day == t.Day() {
		d, v := dateValues(lang, t)
		return must(d.today.render(v))
	}
	return Moment(lang, t)
}
