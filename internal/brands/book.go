package brands

import (
	"placet/internal/keywords"
	"placet/internal/redeem"
)

// Book is the reader of texts for the brand: its program words and the words of
// its languages, or of those given. An error names the two owners of a word.
func Book(b *Brand, langs ...string) (*keywords.Book, error) {
	if len(langs) == 0 {
		langs = b.Languages
	}
	programs := make([]keywords.Program, len(b.Programs))
	for i, p := range b.Programs {
		programs[i] = keywords.Program{ID: p.ID, Words: p.Words, Redeem: p.Benefit != ""}
		if p.Codes.Check != "" || len(p.Codes.Issued) > 0 {
			programs[i].Code = p.CodeRule().Accept
		}
	}
	return keywords.NewBook(langs, programs)
}

// CodeRule says which codes the program accepts.
func (p Program) CodeRule() redeem.Rule {
	return redeem.Rule{Check: p.Codes.Check, Issued: p.Codes.Issued}
}
