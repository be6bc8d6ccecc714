package policy

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"sort"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"placet/internal/consent"
	"placet/internal/message"
)

// Book holds the packs in force. It is immutable once loaded and safe for
// concurrent use.
type Book struct {
	packs   []*pack
	generic []*pack            // country EU, by date: for unknown and unlisted countries
	listed  map[string][]*pack // by ISO 3166-1 alpha-2
	engine  map[string]*rule
	rules   map[string]*rule
}

// pack is the law of one country between two days.
type pack struct {
	id, country, file, hash string
	from, to                time.Time // to is zero when open; its day is still in force
	zone                    *time.Location
	holidays                []holiday
	permits, refusals       [3][4][]*rule // by kind and channel
	senders                 []*rule
	hours                   [4]*hours // by channel
	all                     []*rule
}

// rule is one row of a pack.
type rule struct {
	id, citation, mark string
	texts              map[string]string
	permit             bool
	basis              consent.Basis
	kinds              []message.Kind
	channels           []consent.Channel
	topics             []consent.Topic
	classes            []string
	party              string
	sender             string
	when               []condition
	from, to           time.Time
	line               int
	pack               *pack
	label              string      // pack id and short hash
	alternatives       [4][]string // plain, with e-mail, with post, with both
}

// Languages are those a reason can be had in.
var Languages = []string{"en", "it", "fr", "bg"}

// The files. Their yaml names are the format of a pack; config/policy/README.md explains it.
type (
	packFile struct {
		ID        string                       `yaml:"id"`
		Country   string                       `yaml:"country"`
		ValidFrom string                       `yaml:"valid_from"`
		ValidTo   string                       `yaml:"valid_to"`
		Zone      string                       `yaml:"zone"`
		Holidays  []string                     `yaml:"holidays"`
		Reasons   map[string]map[string]string `yaml:"reasons"`
		Rules     []ruleFile                   `yaml:"rules"`
		Senders   []ruleFile                   `yaml:"senders"`
		Hours     []ruleFile                   `yaml:"hours"`
	}
	ruleFile struct {
		ID           string            `yaml:"id"`
		Effect       string            `yaml:"effect"`
		Kinds        []message.Kind    `yaml:"kinds"`
		Channels     []consent.Channel `yaml:"channels"`
		Topics       []consent.Topic   `yaml:"topics"`
		Classes      []string          `yaml:"classes"`
		Party        string            `yaml:"party"`
		Sender       string            `yaml:"sender"`
		When         []string          `yaml:"when"`
		Unless       []string          `yaml:"unless"`
		Open         map[string]string `yaml:"open"`
		Basis        consent.Basis     `yaml:"basis"`
		Because      string            `yaml:"because"`
		Citation     string            `yaml:"citation"`
		Mark         string            `yaml:"mark"`
		ValidFrom    string            `yaml:"valid_from"`
		ValidTo      string            `yaml:"valid_to"`
		Alternatives []string          `yaml:"alternatives"`
	}
)

var (
	cellKinds   = []message.Kind{message.Marketing, message.Repermission, message.Invitation}
	marketingOn = []consent.Topic{consent.Info, consent.Offers}
	classes     = []string{"prospect", "customer", "dormant"}
	ways        = []string{"till", "receipt", "account_page", "post", "email", "none"}
	// softElements must all be in a soft opt-in rule: Directive 2002/58 art. 13(2).
	softElements = []string{"own source", "similar goods", "notice at collection", "objection offered"}
)

// Load reads every *.yaml of fsys. all.yaml holds the rules that hold everywhere
// and the reasons; every other file is one pack. An unknown key, an unknown
// condition, a rule without citation or mark, a rule that another makes
// unreachable, two packs of a country that overlap in time, a missing generic EU
// pack: each refuses to load, naming file and line.
func Load(fsys fs.FS) (*Book, error) {
	names, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	sort.Slice(names, func(i, j int) bool { // all.yaml first: it has the reasons
		return names[i] == "all.yaml" || names[j] != "all.yaml" && names[i] < names[j]
	})
	if len(names) == 0 || names[0] != "all.yaml" {
		return nil, errors.New("policy: all.yaml is missing; it holds the rules common to every country")
	}
	b := &Book{listed: map[string][]*pack{}, engine: map[string]*rule{}, rules: map[string]*rule{}}
	var reasons map[string]map[string]string
	used := map[string]bool{}
	for _, name := range names {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("policy: %w", err)
		}
		f, lines, err := decode(text)
		if err != nil {
			return nil, fmt.Errorf("policy: %s: %w", name, err)
		}
		if name == "all.yaml" {
			reasons = f.Reasons
			if err := checkReasons(reasons); err != nil {
				return nil, fmt.Errorf("policy: %s: %w", name, err)
			}
		} else if f.Reasons != nil {
			return nil, fmt.Errorf("policy: %s: reasons belong in all.yaml", name)
		}
		p := &pack{file: name, hash: fmt.Sprintf("%x", sha256.Sum256(text))}
		if err := p.read(f, lines, reasons, used); err != nil {
			return nil, fmt.Errorf("policy: %s:%w", name, err)
		}
		if err := b.add(p); err != nil {
			return nil, fmt.Errorf("policy: %s: %w", name, err)
		}
	}
	for name := range reasons {
		if !used[name] {
			return nil, fmt.Errorf("policy: all.yaml: reason %q is used by no rule", name)
		}
	}
	if len(b.generic) == 0 {
		return nil, errors.New("policy: no pack has country EU; it decides for unknown and unlisted countries")
	}
	return b, nil
}

// decode reads one file strictly, and the lines at which its rules begin.
func decode(text []byte) (f packFile, lines map[string][]int, err error) {
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&f); errors.Is(err, io.EOF) {
		return f, nil, errors.New("empty pack")
	} else if err != nil {
		return f, nil, err
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return f, nil, errors.New("more than one document; write one pack per file")
	}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return f, nil, err
	}
	lines = map[string][]int{}
	for m, i := root.Content[0], 0; i+1 < len(m.Content); i += 2 {
		for _, n := range m.Content[i+1].Content {
			lines[m.Content[i].Value] = append(lines[m.Content[i].Value], n.Line)
		}
	}
	return f, lines, nil
}

func checkReasons(reasons map[string]map[string]string) error {
	for name, texts := range reasons {
		for _, l := range Languages {
			if strings.TrimSpace(texts[l]) == "" {
				return fmt.Errorf("reason %q has no text in %q", name, l)
			}
		}
		if len(texts) != len(Languages) {
			return fmt.Errorf("reason %q: languages are %s", name, strings.Join(Languages, ", "))
		}
	}
	return nil
}

// read turns a file into a pack. Its errors begin with the line.
func (p *pack) read(f packFile, lines map[string][]int, reasons map[string]map[string]string, used map[string]bool) (err error) {
	p.id, p.country = f.ID, f.Country
	if p.id == "" || strings.ToLower(p.id) != p.id || len(p.country) < 2 {
		return fmt.Errorf("1: a pack needs an id in lower case and a country")
	}
	if p.from, p.to, err = span(f.ValidFrom, f.ValidTo); err != nil || p.from.IsZero() {
		return fmt.Errorf("1: valid_from and valid_to want YYYY-MM-DD, valid_from always, in order")
	}
	if f.Zone != "" {
		if p.zone, err = time.LoadLocation(f.Zone); err != nil {
			return fmt.Errorf("1: zone: %w", err)
		}
	}
	for _, s := range f.Holidays {
		h, err := parseHoliday(s)
		if err != nil {
			return fmt.Errorf("1: %w", err)
		}
		p.holidays = append(p.holidays, h)
	}
	if len(f.Rules) == 0 {
		return fmt.Errorf("1: an empty pack: it has no rules")
	}
	seen := map[string]bool{}
	for _, part := range []struct {
		name  string
		rules []ruleFile
	}{{"rules", f.Rules}, {"senders", f.Senders}, {"hours", f.Hours}} {
		for i, rf := range part.rules {
			line := lines[part.name][i]
			r, err := p.rule(rf, part.name, reasons)
			if err == nil && seen[r.id] {
				err = fmt.Errorf("this id is taken")
			}
			if err != nil {
				return fmt.Errorf("%d: rule %q: %w", line, rf.ID, err)
			}
			r.line, seen[r.id], used[rf.Because] = line, true, true
			p.all = append(p.all, r)
			if err := p.place(r, rf, part.name); err != nil {
				return fmt.Errorf("%d: rule %q: %w", line, rf.ID, err)
			}
		}
	}
	if p.country == everywhere {
		return nil
	}
	for i, c := range consent.Channels {
		// A letter or a mail wakes nobody; only what rings has hours (rules.md §1.4).
		if (c == consent.SMS || c == consent.Call) && p.hours[i] == nil {
			return fmt.Errorf("1: no hours for channel %s: nothing would ever be quiet", c)
		}
	}
	return p.unreachable()
}

// everywhere is the country of all.yaml.
const everywhere = "all"

// rule checks one row by itself.
func (p *pack) rule(f ruleFile, part string, reasons map[string]map[string]string) (*rule, error) {
	r := &rule{id: f.ID, citation: f.Citation, mark: f.Mark, permit: f.Effect == "permit", basis: f.Basis,
		kinds: f.Kinds, channels: f.Channels, topics: f.Topics, classes: f.Classes, party: f.Party,
		sender: f.Sender, pack: p, label: p.id + "@" + p.hash[:8]}
	if !strings.HasPrefix(r.id, p.id+"-") || len(r.id) == len(p.id)+1 {
		return nil, fmt.Errorf("an id begins with the pack's: %s-…", p.id)
	}
	if strings.TrimSpace(r.citation) == "" {
		return nil, errors.New("citation is missing")
	}
	if len(r.mark) != 1 || !strings.Contains("VSKPC", r.mark) {
		return nil, errors.New("mark: want V (read), S (secondary), K (unverified), P (our default) or C (conflict)")
	}
	if r.texts = reasons[f.Because]; r.texts == nil {
		return nil, fmt.Errorf("because: no reason %q in all.yaml", f.Because)
	}
	var err error
	if r.from, r.to, err = span(f.ValidFrom, f.ValidTo); err != nil {
		return nil, errors.New("valid_from and valid_to want YYYY-MM-DD, in order")
	}
	for _, a := range f.Alternatives {
		if !slices.Contains(ways, a) {
			return nil, fmt.Errorf("alternatives: %q is none of %s", a, strings.Join(ways, ", "))
		}
	}
	conditions := f.When
	if part == "senders" {
		conditions = f.Unless
	}
	groups := map[string]string{}
	for _, text := range conditions {
		c, onlyRefusals, err := parseCondition(text)
		if err != nil {
			return nil, err
		}
		if onlyRefusals && r.permit {
			return nil, fmt.Errorf("condition %q holds of unknown facts and cannot permit", text)
		}
		if other, ok := groups[c.group]; ok && c.group != "" {
			return nil, fmt.Errorf("conditions %q and %q contradict each other", other, text)
		}
		groups[c.group] = text
		r.when = append(r.when, c)
	}
	switch part {
	case "rules":
		err = r.checkCell(f, p.country == everywhere)
	case "senders":
		if f.Effect != "" || f.When != nil || f.Open != nil || f.Basis != "" || len(r.channels) > 0 || f.Kinds != nil ||
			!slices.Contains([]string{"alpha", "shortcode", "longcode"}, r.sender) {
			err = errors.New("a sender rule has sender (alpha, shortcode, longcode) and unless")
		}
	case "hours":
		if f.Effect != "" || f.When != nil || f.Unless != nil || f.Basis != "" || r.sender != "" || f.Kinds != nil ||
			len(r.channels) == 0 || f.Open == nil {
			err = errors.New("an hours rule has channels and open")
		}
	}
	if err != nil {
		return nil, err
	}
	if !r.permit && part != "hours" {
		alts := f.Alternatives
		if len(alts) == 0 {
			return nil, errors.New("alternatives: a refusal names what may be done instead, or none")
		}
		for mask := range r.alternatives {
			r.alternatives[mask] = offer(alts, mask)
		}
	}
	return r, nil
}

// checkCell checks a row of the rules part.
func (r *rule) checkCell(f ruleFile, engine bool) error {
	if f.Unless != nil || f.Open != nil || r.sender != "" {
		return errors.New("unless, open and sender belong to senders and hours")
	}
	if !r.permit && f.Effect != "refuse" {
		return errors.New("effect: want permit or refuse")
	}
	if r.permit == (r.basis == consent.NoBasis) {
		return errors.New("basis: a permission has one, a refusal none")
	}
	if r.permit && len(f.Alternatives) > 0 {
		return errors.New("alternatives belong to refusals")
	}
	if engine {
		if f.Kinds != nil || f.Channels != nil || f.Topics != nil || f.Classes != nil || f.When != nil || f.Party != "" {
			return errors.New("what a rule of all.yaml applies to is code; only its words are data")
		}
		return nil
	}
	if err := subset("kinds", r.kinds, cellKinds); err != nil {
		return err
	}
	if err := subset("channels", r.channels, consent.Channels); err != nil {
		return err
	}
	if len(r.kinds) == 0 || len(r.channels) == 0 {
		return errors.New("kinds and channels are needed")
	}
	if err := errors.Join(subset("topics", r.topics, consent.Topics), subset("classes", r.classes, classes),
		subset("party", []string{r.party}, []string{"", "consumer", "business"})); err != nil {
		return err
	}
	if !r.permit {
		return nil
	}
	has := func(phrase string) bool {
		return slices.ContainsFunc(r.when, func(c condition) bool { return strings.HasPrefix(c.text, phrase) })
	}
	if slices.Contains(r.kinds, message.Invitation) {
		if len(r.kinds) > 1 || !has("started by the person") || !has("announced") {
			return errors.New(`an invitation rule stands alone and needs "started by the person" and "announced"`)
		}
		return nil
	}
	switch r.basis {
	case consent.ByConsent:
		if !has("consent granted") || !has("proof ") {
			return errors.New(`basis consent needs "consent granted" and a "proof …" condition`)
		}
		return nil
	case consent.SoftOptIn:
		for _, e := range softElements {
			if !has(e) {
				return fmt.Errorf("basis soft_opt_in needs the condition %q (Directive 2002/58 art. 13(2))", e)
			}
		}
		if !has("sale within") && !has("completed sale") {
			return errors.New("basis soft_opt_in needs a sale (Directive 2002/58 art. 13(2))")
		}
	case consent.LegitimateInterest, consent.Implied:
		if len(r.when) == 0 {
			return fmt.Errorf("basis %s needs conditions", r.basis)
		}
	default:
		return fmt.Errorf("basis %q cannot carry marketing", r.basis)
	}
	if len(r.topics) == 0 || slices.ContainsFunc(r.topics, func(t consent.Topic) bool { return !slices.Contains(marketingOn, t) }) {
		return errors.New("profiling and partners rest on consent alone; write topics: [info, offers]")
	}
	return nil
}

func subset[T ~string](name string, have, of []T) error {
	for i, v := range have {
		if !slices.Contains(of, v) || slices.Contains(have[:i], v) {
			return fmt.Errorf("%s: %q is unknown or given twice", name, v)
		}
	}
	return nil
}

// offer adds e-mail (bit 1) and post (bit 2), where they are open, before the rest.
func offer(base []string, mask int) []string {
	var out []string
	if mask&1 != 0 {
		out = append(out, "email")
	}
	if mask&2 != 0 {
		out = append(out, "post")
	}
	for _, a := range base {
		if !slices.Contains(out, a) && (a != "none" || len(out) == 0) {
			out = append(out, a)
		}
	}
	return out
}

// place puts a row where Decide looks for it.
func (p *pack) place(r *rule, f ruleFile, part string) error {
	switch part {
	case "senders":
		p.senders = append(p.senders, r)
	case "hours":
		week, eve, err := parseOpen(f.Open)
		if err != nil {
			return err
		}
		for _, c := range r.channels {
			i := slices.Index(consent.Channels, c)
			if i < 0 || p.hours[i] != nil {
				return fmt.Errorf("channels: %q is unknown, or has hours already", c)
			}
			p.hours[i] = &hours{rule: r, week: week, eve: eve}
		}
	case "rules":
		for _, k := range r.kinds {
			for _, c := range r.channels {
				ki, ci := slices.Index(cellKinds, k), slices.Index(consent.Channels, c)
				if r.permit {
					p.permits[ki][ci] = append(p.permits[ki][ci], r)
				} else {
					p.refusals[ki][ci] = append(p.refusals[ki][ci], r)
				}
			}
		}
	}
	return nil
}

// unreachable refuses a row that an earlier-asked one always beats: permissions
// are asked before refusals, so a refusal under the conditions of a permission
// contradicts it.
func (p *pack) unreachable() error {
	for ki := range p.permits {
		for ci := range p.permits[ki] {
			asked := slices.Concat(p.permits[ki][ci], p.refusals[ki][ci])
			for i, later := range asked {
				for _, first := range asked[:i] {
					if !first.covers(later) {
						continue
					}
					what := "repeats"
					if first.permit != later.permit {
						what = "contradicts"
					}
					return fmt.Errorf("%d: rule %q %s %q (line %d) for %s by %s and could never decide",
						later.line, later.id, what, first.id, first.line, cellKinds[ki], consent.Channels[ci])
				}
			}
		}
	}
	return nil
}

// covers reports whether r holds whenever o does, within one kind and channel.
func (r *rule) covers(o *rule) bool {
	for _, c := range r.when {
		if !slices.ContainsFunc(o.when, func(d condition) bool { return d.text == c.text }) {
			return false
		}
	}
	return (r.party == "" || r.party == o.party) && inside(o.topics, r.topics) && inside(o.classes, r.classes) &&
		!r.from.After(o.from) && (r.to.IsZero() || !o.to.IsZero() && !o.to.After(r.to))
}

// inside: an empty list means every value.
func inside[T comparable](a, b []T) bool {
	if len(b) == 0 {
		return true
	}
	return len(a) > 0 && !slices.ContainsFunc(a, func(v T) bool { return !slices.Contains(b, v) })
}

// span reads two days; both may be empty.
func span(from, to string) (a, z time.Time, err error) {
	if from != "" {
		if a, err = time.Parse(time.DateOnly, from); err != nil {
			return a, z, err
		}
	}
	if to != "" {
		if z, err = time.Parse(time.DateOnly, to); err != nil {
			return a, z, err
		}
		if z.Before(a) {
			return a, z, errors.New("ends before it begins")
		}
	}
	return a, z, nil
}

// inForce compares days as the recipient's calendar has them.
func inForce(at, from, to time.Time) bool {
	d := day(at)
	return (from.IsZero() || d >= day(from)) && (to.IsZero() || d <= day(to))
}

// add files a pack, checking it against those already there.
func (b *Book) add(p *pack) error {
	if p.country == everywhere {
		for _, r := range p.all {
			if !slices.Contains(engineRules, r.id) {
				return fmt.Errorf("rule %q is not one the engine knows", r.id)
			}
			b.engine[r.id] = r
		}
		for _, id := range engineRules {
			if b.engine[id] == nil {
				return fmt.Errorf("rule %q is missing", id)
			}
		}
	} else {
		if p.country != "EU" && !isCountry(p.country) {
			return fmt.Errorf("country %q is not ISO 3166-1 alpha-2", p.country)
		}
		for _, o := range b.packs {
			if o.country != p.country {
				continue
			}
			if (o.to.IsZero() || !p.from.After(o.to)) && (p.to.IsZero() || !o.from.After(p.to)) {
				return fmt.Errorf("overlaps %s: both are in force on one day for %s; give the older one valid_to", o.file, p.country)
			}
		}
		if p.country == "EU" {
			b.generic = append(b.generic, p)
		} else {
			b.listed[p.country] = append(b.listed[p.country], p)
		}
	}
	for _, r := range p.all {
		if o := b.rules[r.id]; o != nil && o.pack.country != p.country {
			return fmt.Errorf("rule %q is also in %s", r.id, o.pack.file)
		}
		if o := b.rules[r.id]; o == nil || p.from.After(o.pack.from) {
			b.rules[r.id] = r
		}
	}
	b.packs = append(b.packs, p)
	return nil
}

func isCountry(s string) bool {
	return len(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z'
}

// Reason is the sentence of a rule in a language of Languages, English where
// that language is not had, empty where the rule is unknown.
func (b *Book) Reason(ruleID, lang string) string {
	r := b.rules[ruleID]
	if r == nil {
		return ""
	}
	if s, ok := r.texts[lang]; ok {
		return s
	}
	return r.texts["en"]
}

// PackInfo describes one loaded pack.
type PackInfo struct {
	ID        string     `json:"id"`
	Country   string     `json:"country"`
	ValidFrom string     `json:"valid_from"`
	ValidTo   string     `json:"valid_to,omitempty"`
	SHA256    string     `json:"sha256"`
	Rules     []RuleInfo `json:"rules"`
}

// RuleInfo describes one rule for people.
type RuleInfo struct {
	ID        string   `json:"id"`
	Effect    string   `json:"effect"`          // permit, refuse, defer
	Basis     string   `json:"basis,omitempty"` // of a permission
	When      []string `json:"when,omitempty"`
	ValidFrom string   `json:"valid_from,omitempty"`
	ValidTo   string   `json:"valid_to,omitempty"`
	Mark      string   `json:"mark"`
	Citation  string   `json:"citation"`
	Reason    string   `json:"reason"`
}

// Packs lists what is loaded, in the order of the files, all.yaml first; the
// gateway logs the hashes at start.
func (b *Book) Packs() []PackInfo {
	var out []PackInfo
	for _, p := range b.packs {
		pi := PackInfo{ID: p.id, Country: p.country, ValidFrom: date(p.from), ValidTo: date(p.to), SHA256: p.hash}
		for _, r := range p.all {
			ri := RuleInfo{ID: r.id, Effect: "refuse", Basis: string(r.basis), ValidFrom: date(r.from), ValidTo: date(r.to),
				Mark: r.mark, Citation: r.citation, Reason: r.texts["en"]}
			switch {
			case r.permit:
				ri.Effect = "permit"
			case slices.ContainsFunc(p.hours[:], func(h *hours) bool { return h != nil && h.rule == r }):
				ri.Effect = "defer"
			}
			for _, c := range r.when {
				ri.When = append(ri.When, c.text)
			}
			pi.Rules = append(pi.Rules, ri)
		}
		out = append(out, pi)
	}
	return out
}

func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}
