package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"placet/internal/brands"
	"placet/internal/keywords"
)

// keywordsCmd shows how texts are understood.
type keywordsCmd struct {
	Read keywordsRead `cmd:"" help:"Read texts, one per line on standard input; print one JSON object each."`
}

type keywordsRead struct {
	Brand string `help:"Brand whose words count; may be left out where there is only one." placeholder:"B"`
	Lang  string `help:"Read as a text in this language (it fr bg en de es), whatever the brand's languages." placeholder:"L"`
}

// readable are the languages a text can be read as.
var readable = []string{"it", "fr", "bg", "en", "de", "es"}

// understood is one line of output: these keys, always all, in this order.
type understood struct {
	Text    string          `json:"text"`
	Intent  keywords.Intent `json:"intent"`
	Scope   keywords.Scope  `json:"scope"`
	Program string          `json:"program"`
	Code    string          `json:"code"`
	Rule    string          `json:"rule"`
}

// Run reads lines until the end of input. A line is taken as it is; only its
// ending (LF or CRLF) is removed.
func (c *keywordsRead) Run(a *app) error {
	if c.Lang != "" && !slices.Contains(readable, c.Lang) {
		return exit(exitUsage, "keywords read: no language %q: it is one of %s", c.Lang, strings.Join(readable, " "))
	}
	brand, err := a.brand(c.Brand)
	if err != nil {
		return err
	}
	var langs []string
	if c.Lang != "" {
		langs = []string{c.Lang}
	}
	book, err := brands.Book(brand, langs...)
	if err != nil {
		return exit(exitUsage, "keywords read: brand %s: %w", brand.ID, err)
	}
	return readTexts(book, a.stdin, a.stdout)
}

func readTexts(book *keywords.Book, in io.Reader, out io.Writer) error {
	lines := bufio.NewReaderSize(in, 64<<10)
	w := bufio.NewWriter(out)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for {
		line, err := lines.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return errors.Join(exit(exitFailed, "keywords read: standard input: %w", err), w.Flush())
		}
		if line == "" {
			return w.Flush()
		}
		if text, ended := strings.CutSuffix(line, "\n"); ended {
			line = strings.TrimSuffix(text, "\r")
		}
		r := book.Read(strings.ToValidUTF8(line, "\ufffd"))
		if err := enc.Encode(understood{r.Text, r.Intent, r.Scope, r.Program, r.Code, r.Rule}); err != nil {
			return exit(exitFailed, "keywords read: standard output: %w", err)
		}
		// A person or a program at the other end of a pipe sees each answer at once.
		if lines.Buffered() == 0 {
			if err := w.Flush(); err != nil {
				return exit(exitFailed, "keywords read: standard output: %w", err)
			}
		}
	}
}
