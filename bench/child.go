package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"placet/bench/limits"
)

// child is a server under measurement, in a process of its own.
type child struct {
	cmd  *exec.Cmd
	addr string
	log  string
}

func (c *child) pid() int { return c.cmd.Process.Pid }

// stop asks it to finish and waits.
func (c *child) stop() error {
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	timer := time.AfterFunc(time.Minute, func() { _ = c.cmd.Process.Kill() })
	defer timer.Stop()
	err := c.cmd.Wait()
	if err != nil {
		tail, _ := os.ReadFile(c.log)
		return fmt.Errorf("%s: %w\n%s", c.cmd.Path, err, tail[max(0, len(tail)-2000):])
	}
	return nil
}

// startLimit runs one of the limit programs; they print their address once they serve.
func (b *bench) startLimit(kind string) (*child, error) {
	dir, err := os.MkdirTemp(b.dir, "limit")
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(b.self, "limit", kind, dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	addr, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, errors.Join(fmt.Errorf("limit program %s did not start: %w", kind, err), cmd.Wait())
	}
	return &child{cmd: cmd, addr: strings.TrimSpace(addr)}, nil
}

// serveLimit is a limit program: it serves until SIGTERM.
func serveLimit(kind, dir string) error {
	var h http.Handler
	if kind == "echo" {
		h = limits.Echo(authToken, publicURL)
	} else {
		path, err := limits.Create(dir)
		if err != nil {
			return err
		}
		w, err := limits.OpenWriter(path)
		if err != nil {
			return err
		}
		defer w.Close()
		switch kind {
		case "durable":
			h = limits.Durable(w, authToken, publicURL)
		case "confirm":
			mux := http.NewServeMux()
			mux.Handle("POST /c/{person}", limits.Confirm(w))
			mux.HandleFunc("POST /asked/{person}", func(rw http.ResponseWriter, r *http.Request) {
				if err := w.Commit(limits.Asked(r.PathValue("person"))); err != nil {
					http.Error(rw, err.Error(), http.StatusServiceUnavailable)
				}
			})
			h = mux
		default:
			return fmt.Errorf("no limit program %q", kind)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	s := &http.Server{Handler: h}
	context.AfterFunc(ctx, func() { _ = s.Close() })
	fmt.Println(l.Addr())
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// ready waits until url answers 200 and says how long after began that was.
func ready(url string, began time.Time) (time.Duration, error) {
	for time.Since(began) < 30*time.Second {
		if resp, err := http.Get(url); err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return time.Since(began), nil
			}
		}
		time.Sleep(2 * time.Millisecond)
	}
	return 0, fmt.Errorf("%s did not answer 200 within 30 s", url)
}
