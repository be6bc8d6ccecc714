package policy

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // a country's clock must be there on a machine without zoneinfo
)

// window is an opening of a day, in minutes after local midnight; to is not in it.
type window struct{ from, to int }

// hours are the times at which a channel may be used.
type hours struct {
	rule *rule
	week [7][]window // by time.Weekday; empty: closed
	eve  []window    // the day before a public holiday, unless that day is closed; nil: as the weekday
}

// holiday is a fixed day (month, day) or an offset from Easter Sunday (month 0).
type holiday struct {
	month time.Month
	day   int
}

var weekdays = map[string]time.Weekday{"mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6, "sun": 0}

// parseOpen reads {mon-fri: "09:00-20:00", sat: "10:00-13:00 14:00-19:00", eve: …}.
func parseOpen(open map[string]string) (week [7][]window, eve []window, err error) {
	for days, text := range open {
		ws, err := parseWindows(text)
		if err != nil {
			return week, nil, err
		}
		if days == "eve" {
			eve = ws
			continue
		}
		from, to, span := strings.Cut(days, "-")
		if !span {
			to = from
		}
		a, okA := weekdays[from]
		z, okZ := weekdays[to]
		if !okA || !okZ {
			return week, nil, fmt.Errorf("open: %q is not a day or a span of days", days)
		}
		for d := a; ; d = (d + 1) % 7 {
			if week[d] != nil {
				return week, nil, fmt.Errorf("open: %s is given twice", strings.ToLower(d.String()[:3]))
			}
			week[d] = ws
			if d == z {
				break
			}
		}
	}
	for _, ws := range week {
		if len(ws) > 0 {
			return week, eve, nil
		}
	}
	return week, nil, fmt.Errorf("open: never open")
}

func parseWindows(text string) ([]window, error) {
	var ws []window
	last := -1
	for _, part := range strings.Fields(text) {
		a, z, ok := strings.Cut(part, "-")
		from, err1 := clock(a)
		to, err2 := clock(z)
		if !ok || err1 != nil || err2 != nil || from >= to || from <= last {
			return nil, fmt.Errorf("open: %q is not HH:MM-HH:MM, rising", text)
		}
		ws, last = append(ws, window{from, to}), to
	}
	if len(ws) == 0 {
		return nil, fmt.Errorf("open: a day without hours; leave it out to close it")
	}
	return ws, nil
}

func clock(s string) (int, error) {
	if s == "24:00" {
		return 24 * 60, nil
	}
	t, err := time.Parse("15:04", s)
	return t.Hour()*60 + t.Minute(), err
}

// parseHoliday reads "12-25" or "easter+1", "easter-2".
func parseHoliday(s string) (holiday, error) {
	if off, ok := strings.CutPrefix(s, "easter"); ok {
		n, err := strconv.Atoi("0" + off)
		if off != "" {
			n, err = strconv.Atoi(off)
		}
		if err != nil || n < -60 || n > 70 {
			return holiday{}, fmt.Errorf("holiday %q: want easter+N or easter-N", s)
		}
		return holiday{day: n}, nil
	}
	t, err := time.Parse("2006-01-02", "2000-"+s)
	if err != nil {
		return holiday{}, fmt.Errorf("holiday %q: want MM-DD or easter+N", s)
	}
	return holiday{t.Month(), t.Day()}, nil
}

// isHoliday reports whether a civil day is one of the holidays.
func isHoliday(hs []holiday, y int, m time.Month, d int) bool {
	for _, h := range hs {
		hy, hm, hd := y, h.month, h.day
		if h.month == 0 {
			hy, hm, hd = time.Date(y, 3, 22+easter(y)+h.day, 0, 0, 0, 0, time.UTC).Date()
		}
		if hy == y && hm == m && hd == d {
			return true
		}
	}
	return false
}

// easter is the number of days from 22 March to Easter Sunday in the Gregorian
// calendar, by Gauss's rule with its two exceptions.
func easter(y int) int {
	k := y / 100
	m := (15 - (13+8*k)/25 + k - k/4) % 30
	n := (4 + k - k/4) % 7
	a, b, c := y%19, y%4, y%7
	d := (19*a + m) % 30
	e := (2*b + 4*c + 6*d + n) % 7
	switch {
	case d == 29 && e == 6:
		return d + e - 7
	case d == 28 && e == 6 && (11*m+11)%30 < 19:
		return d + e - 7
	}
	return d + e
}

// opens says whether the channel is open at a moment, and if not when it opens
// next. The clock is the recipient's offset, as carried by at; where that is the
// country's own zone at that moment, a change of summer time before the opening
// is followed.
func (h *hours) opens(at time.Time, zone *time.Location, holidays []holiday) (open bool, next time.Time) {
	loc := at.Location()
	if zone != nil {
		_, have := at.Zone()
		if _, want := at.In(zone).Zone(); have == want {
			loc, at = zone, at.In(zone)
		}
	}
	y, m, d := at.Date()
	for i := range 40 { // no calendar has forty closed days in a row: the week is never empty
		day := time.Date(y, m, d+i, 12, 0, 0, 0, time.UTC)
		for _, w := range h.on(day, holidays) {
			from := time.Date(day.Year(), day.Month(), day.Day(), 0, w.from, 0, 0, loc)
			to := time.Date(day.Year(), day.Month(), day.Day(), 0, w.to, 0, 0, loc)
			if at.Before(from) {
				return false, from
			}
			if at.Before(to) {
				return true, time.Time{}
			}
		}
	}
	return false, time.Time{}
}

// on gives the openings of one civil day.
func (h *hours) on(day time.Time, holidays []holiday) []window {
	ws := h.week[day.Weekday()]
	if len(ws) == 0 || len(holidays) == 0 {
		return ws
	}
	if isHoliday(holidays, day.Year(), day.Month(), day.Day()) {
		return nil
	}
	if h.eve != nil {
		if t := day.AddDate(0, 0, 1); isHoliday(holidays, t.Year(), t.Month(), t.Day()) {
			return h.eve
		}
	}
	return ws
}
