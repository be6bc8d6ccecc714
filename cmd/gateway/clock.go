package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"
)

// clock is real time plus an offset, kept beside the database so that every
// command there sees the same time.
type clock struct {
	offset atomic.Int64 // nanoseconds
	file   string       // empty: not kept
}

// openClock reads the offset kept in a data directory; none is none.
func openClock(dir string) (*clock, error) {
	c := &clock{file: filepath.Join(dir, "clock")}
	text, err := os.ReadFile(c.file)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return nil, fmt.Errorf("clock: %w", err)
	}
	d, err := time.ParseDuration(strings.TrimSpace(string(text)))
	if err != nil {
		return nil, fmt.Errorf("clock: %s does not hold an offset such as -36h: delete it to go back to real time", c.file)
	}
	c.offset.Store(int64(d))
	return c, nil
}

// Now is the time everybody goes by.
func (c *clock) Now() time.Time { return time.Now().Add(time.Duration(c.offset.Load())) }

// Advance moves the clock forward.
func (c *clock) Advance(d time.Duration) {
	c.offset.Add(int64(d))
	_ = c.keep() // the running process goes by memory; a full disk shows elsewhere
}

// Set makes it be t now.
func (c *clock) Set(t time.Time) error {
	c.offset.Store(int64(time.Until(t)))
	return c.keep()
}

func (c *clock) keep() error {
	if err := os.WriteFile(c.file, []byte(time.Duration(c.offset.Load()).String()+"\n"), 0o600); err != nil {
		return fmt.Errorf("clock: %w", err)
	}
	return nil
}
