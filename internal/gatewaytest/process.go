package gatewaytest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The program is built once for all the tests of a package.
var program struct {
	once sync.Once
	dir  string
	err  error
}

// Main runs a package's tests and takes away the program they built. A package
// that uses Process calls it from TestMain.
func Main(m *testing.M) int {
	code := m.Run()
	if program.dir != "" {
		if err := os.RemoveAll(program.dir); err != nil {
			fmt.Fprintln(os.Stderr, "gatewaytest:", err)
		}
	}
	return code
}

// build compiles the program as it is shipped: static, without the race detector.
func build(tb testing.TB) string {
	tb.Helper()
	program.once.Do(func() {
		if program.dir, program.err = os.MkdirTemp("", "placet-program-"); program.err != nil { //nolint:usetesting // it outlives the test that needs it first
			return
		}
		cmd := exec.Command("go", "build", "-o", program.dir, "placet/cmd/gateway")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			program.err = fmt.Errorf("go build: %w\n%s", err, out)
		}
	})
	if program.err != nil {
		tb.Fatal(program.err)
	}
	return filepath.Join(program.dir, "gateway")
}

// Process is one installation of the real program: a directory, a configuration
// file, and the server while it runs. It knows no PLACET_* variable of its surroundings.
type Process struct {
	TB     testing.TB
	Dir    string // working directory
	Config string // configuration file in it
	URL    string // http://127.0.0.1:PORT, where the server listens

	program string
	cmd     *exec.Cmd     // nil: not running
	exited  chan struct{} // closed once cmd has ended and its log is complete
	log     logs
}

// NewProcess makes an installation on a free loopback port. It is killed with the test.
func NewProcess(tb testing.TB) *Process {
	tb.Helper()
	p := &Process{TB: tb, Dir: tb.TempDir(), URL: "http://" + freePort(tb), program: build(tb)}
	p.Config = filepath.Join(p.Dir, "gateway.yaml")
	p.log.to = tb.Output()
	tb.Cleanup(func() {
		if p.cmd != nil {
			p.Kill9()
		}
	})
	return p
}

// freePort finds a port below the range from which the kernel takes the local
// ends of connections: nobody takes it while the server is being restarted.
func freePort(tb testing.TB) string {
	tb.Helper()
	for range 100 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 30000+rand.IntN(2700)))
		if err == nil {
			defer l.Close()
			return l.Addr().String()
		}
	}
	tb.Fatal("gatewaytest: no free port between 30000 and 32700")
	return ""
}

// Configure writes the configuration file: where to listen, and these settings (YAML).
func (p *Process) Configure(settings string) {
	p.TB.Helper()
	text := "listen: " + strings.TrimPrefix(p.URL, "http://") + "\n" + settings
	if err := os.WriteFile(p.Config, []byte(text), 0o600); err != nil {
		p.TB.Fatal(err)
	}
}

// Exit is how a command ended.
type Exit struct {
	Code           int
	Stdout, Stderr string
}

// Command runs the program with these arguments and the configuration file,
// beside the server or without it. It gets a minute.
func (p *Process) Command(args ...string) Exit {
	p.TB.Helper()
	ctx, cancel := context.WithTimeout(p.TB.Context(), time.Minute)
	defer cancel()
	cmd := p.command(ctx, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var ee *exec.ExitError
	if err != nil && !errors.As(err, &ee) {
		p.TB.Fatalf("gateway %s: %v", strings.Join(args, " "), err)
	}
	return Exit{Code: cmd.ProcessState.ExitCode(), Stdout: out.String(), Stderr: errs.String()}
}

// Must is Command for what has to succeed; it returns what was printed.
func (p *Process) Must(args ...string) string {
	p.TB.Helper()
	x := p.Command(args...)
	if x.Code != 0 {
		p.TB.Fatalf("gateway %s: exit %d\n%s%s", strings.Join(args, " "), x.Code, x.Stdout, x.Stderr)
	}
	return x.Stdout
}

func (p *Process) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, p.program, append(args, "--config", p.Config)...)
	cmd.Dir = p.Dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + p.Dir, "TZ=UTC"}
	return cmd
}

// Start runs the server and says how long it took until it was ready.
func (p *Process) Start() time.Duration {
	p.TB.Helper()
	if p.cmd != nil {
		p.TB.Fatal("gatewaytest: the server runs already")
	}
	began := time.Now()
	cmd, exited := p.command(context.Background(), "serve"), make(chan struct{})
	cmd.Stderr = &p.log
	if err := cmd.Start(); err != nil {
		p.TB.Fatal(err)
	}
	p.cmd, p.exited = cmd, exited
	go func() {
		_ = cmd.Wait() // how it ended is read from ProcessState
		close(exited)
	}()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for time.Since(began) < 30*time.Second {
		if res, err := http.Get(p.URL + "/readyz"); err == nil {
			_, _ = io.Copy(io.Discard, res.Body)
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return time.Since(began)
			}
		}
		select {
		case <-tick.C:
		case <-exited:
			p.cmd = nil
			p.TB.Fatalf("gatewaytest: the server ended with %s\n%s", cmd.ProcessState, p.Log())
		}
	}
	p.TB.Fatalf("gatewaytest: not ready within 30 s\n%s", p.Log())
	return 0
}

// Kill9 ends the server as a power cut would: it is told nothing.
func (p *Process) Kill9() {
	p.TB.Helper()
	p.end(syscall.SIGKILL)
}

// Stop asks the server to finish (SIGTERM) and says with which code it did.
func (p *Process) Stop() int {
	p.TB.Helper()
	return p.end(syscall.SIGTERM)
}

func (p *Process) end(sig syscall.Signal) int {
	p.TB.Helper()
	if p.cmd == nil {
		p.TB.Fatal("gatewaytest: the server does not run")
	}
	cmd, exited := p.cmd, p.exited
	p.cmd = nil
	if err := cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.TB.Errorf("gatewaytest: %s: %v", sig, err)
	}
	limit := time.AfterFunc(30*time.Second, func() {
		p.TB.Errorf("gatewaytest: the server did not end within 30 s of %s", sig)
		_ = cmd.Process.Kill()
	})
	<-exited
	limit.Stop()
	return cmd.ProcessState.ExitCode()
}

// Restart kills the server and starts it again on the same database.
func (p *Process) Restart() time.Duration {
	p.TB.Helper()
	p.Kill9()
	return p.Start()
}

// Log is everything the servers of this installation have written so far.
func (p *Process) Log() string { return p.log.text() }

// Shift lets the server and every command see another time: real time plus d.
// It is read at the next start.
func (p *Process) Shift(dataDir string, d time.Duration) {
	p.TB.Helper()
	if err := os.MkdirAll(dataDir, 0o700); err != nil {
		p.TB.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dataDir, "clock"), []byte(d.String()+"\n"), 0o600); err != nil {
		p.TB.Fatal(err)
	}
}

// Until asks again and again until done says yes, for at most a minute. What
// another process does cannot be stepped.
func Until(tb testing.TB, what string, done func() bool) {
	tb.Helper()
	limit := time.NewTimer(time.Minute)
	defer limit.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-limit.C:
			tb.Fatalf("waited a minute in vain: %s", what)
		}
	}
}

// logs keeps what a server writes and passes it on to the test's own log.
type logs struct {
	mu   sync.Mutex
	kept bytes.Buffer
	to   io.Writer
}

func (l *logs) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kept.Write(b)
	return l.to.Write(b)
}

func (l *logs) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.kept.String()
}
