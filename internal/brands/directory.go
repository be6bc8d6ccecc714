package brands

import (
	"fmt"
	"sort"
	"sync/atomic"

	"placet/internal/keywords"
)

// Directory is the brands in force. It is replaced as a whole, so readers never
// see half a change. The zero value is empty; safe for concurrent use.
type Directory struct{ now atomic.Pointer[snapshot] }

type snapshot struct {
	list   []*Brand
	byID   map[string]*Brand
	byDoor map[door]*Brand
	books  map[string]*keywords.Book
}

// door is an account and a number of it.
type door struct{ account, number string }

// Set puts brands in force. Two brands on one number of one account, or words
// that collide within a brand, are refused and nothing changes.
func (d *Directory) Set(list []*Brand) error {
	s := &snapshot{byID: map[string]*Brand{}, byDoor: map[door]*Brand{}, books: map[string]*keywords.Book{}}
	for _, b := range list {
		if err := b.Check(); err != nil {
			return err
		}
		if s.byID[b.ID] != nil {
			return fmt.Errorf("brands: two brands are called %q", b.ID)
		}
		for _, n := range b.Numbers {
			k := door{b.Twilio.Account, n.Number}
			if o := s.byDoor[k]; o != nil {
				return fmt.Errorf("brands: number %s of account %q belongs to %s and to %s", n.Number, b.Twilio.Account, o.ID, b.ID)
			}
			s.byDoor[k] = b
		}
		book, err := Book(b)
		if err != nil {
			return fmt.Errorf("brands: %s: %w", b.ID, err)
		}
		s.books[b.ID], s.byID[b.ID] = book, b
		s.list = append(s.list, b)
	}
	sort.Slice(s.list, func(i, j int) bool { return s.list[i].ID < s.list[j].ID })
	d.now.Store(s)
	return nil
}

func (d *Directory) snap() *snapshot {
	if s := d.now.Load(); s != nil {
		return s
	}
	return &snapshot{}
}

// All lists the brands by id.
func (d *Directory) All() []*Brand { return d.snap().list }

// ByID finds a brand.
func (d *Directory) ByID(id string) (*Brand, bool) {
	b, ok := d.snap().byID[id]
	return b, ok
}

// ByNumber finds the brand that a number of a Twilio account belongs to.
func (d *Directory) ByNumber(account, number string) (*Brand, bool) {
	b, ok := d.snap().byDoor[door{account, number}]
	return b, ok
}

// Book is the brand's keyword book; nil for an unknown brand.
func (d *Directory) Book(id string) *keywords.Book { return d.snap().books[id] }
