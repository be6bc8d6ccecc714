package limits

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Probe writes and fdatasyncs 4 KiB over and over in dir for the given time and
// says how often that succeeded per second: what the disk is worth right now.
func Probe(dir string, long time.Duration) (perSecond float64, err error) {
	f, err := os.Create(filepath.Join(dir, "probe"))
	if err != nil {
		return 0, fmt.Errorf("disk probe: %w", err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	const blocks = 2048
	page := make([]byte, 4096)
	for range blocks {
		if _, err := f.Write(page); err != nil {
			return 0, fmt.Errorf("disk probe: %w", err)
		}
	}
	if err := f.Sync(); err != nil {
		return 0, fmt.Errorf("disk probe: %w", err)
	}
	n, began := 0, time.Now()
	for ; time.Since(began) < long; n++ {
		page[0]++
		if _, err := f.WriteAt(page, int64(n%blocks)*4096); err != nil {
			return 0, fmt.Errorf("disk probe: %w", err)
		}
		if err := syscall.Fdatasync(int(f.Fd())); err != nil {
			return 0, fmt.Errorf("disk probe: %w", err)
		}
	}
	return float64(n) / time.Since(began).Seconds(), nil
}
