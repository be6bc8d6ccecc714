// Command gateway is Placet: a consent-collection gateway for SMS and e-mail.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// The exit codes, the same for every command.
const (
	exitDone    = 0
	exitFailed  = 1
	exitUsage   = 2 // usage or configuration
	exitNothing = 3 // nothing found
	exitRefused = 4 // refused by a rule
	exitPartly  = 5 // partly done
)

// exitError carries an exit code out of a command.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

func exit(code int, format string, args ...any) error {
	return &exitError{code, fmt.Errorf(format, args...)}
}

// app is what every command gets: where it reads and writes, and the global flags.
type app struct {
	ctx    context.Context
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	json   bool
	config string
	data   string
	env    func(string) (string, bool)
}

// cli is the table of commands. One command, one file.
type cli struct {
	File string `name:"config" help:"Configuration file." type:"path" placeholder:"FILE"`
	Data string `help:"Directory of the embedded database (placet.db, its key file beside it)." type:"path" placeholder:"DIR"`
	JSON bool   `name:"json" help:"Print JSON."`

	Demo        demoCmd        `cmd:"" help:"Play: two fictional brands, a phone and a mailbox in the browser."`
	Serve       serveCmd       `cmd:"" help:"Run the gateway."`
	Migrate     migrateCmd     `cmd:"" help:"Bring the database's schema up to date."`
	Config      configCmd      `cmd:"" help:"What the settings amount to."`
	Healthcheck healthcheckCmd `cmd:"" help:"Ask a running server whether it is alive."`
	Brands      brandsCmd      `cmd:"" help:"The retailers: numbers, programs, notices."`
	Keys        keysCmd        `cmd:"" help:"API keys for a retailer's applications."`
	Console     consoleCmd     `cmd:"" help:"The way into the console."`
	Check       checkCmd       `cmd:"" help:"May this be sent to this address now? Exit 4 when not."`
	Contact     contactCmd     `cmd:"" help:"One person: what they allow, and why."`
	Keywords    keywordsCmd    `cmd:"" help:"How texts are understood."`
	Policy      policyCmd      `cmd:"" help:"May this be sent? The rules and their sources."`
	Codes       codesCmd       `cmd:"" help:"Card and receipt codes."`
	Queue       queueCmd       `cmd:"" help:"Messages and what became of them."`
	Ledger      ledgerCmd      `cmd:"" help:"The log that proves every event: checkpoints, proofs."`
	Verify      verifyCmd      `cmd:"" help:"Check every invariant of the database."`
	Completion  completionCmd  `cmd:"" help:"Print a completion script for a shell."`
	Version     versionCmd     `cmd:"" help:"Which program this is."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run parses the arguments, runs the command and turns its error into an exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	var c cli
	code := -1
	k, err := kong.New(&c, kong.Name("gateway"),
		kong.Description("Placet collects permissions to write to people, and proves them."),
		kong.Writers(stdout, stderr), kong.Exit(func(n int) { code = n }), kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		fmt.Fprintln(stderr, "gateway:", err)
		return exitFailed
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	kctx, err := k.Parse(args)
	if code >= 0 {
		return code
	}
	if err != nil {
		help := "gateway"
		var pe *kong.ParseError
		if errors.As(err, &pe) && pe.Context.Selected() != nil {
			help = pe.Context.Selected().FullPath()
		}
		fmt.Fprintf(stderr, "gateway: %v\nTry: %s --help\n", err, help)
		return exitUsage
	}
	a := &app{ctx: ctx, stdin: stdin, stdout: stdout, stderr: stderr, json: c.JSON, config: c.File, data: c.Data, env: os.LookupEnv}
	if err := kctx.Run(a); err != nil {
		fmt.Fprintln(stderr, "gateway:", err)
		var ee *exitError
		if errors.As(err, &ee) {
			return ee.code
		}
		return exitFailed
	}
	return exitDone
}
