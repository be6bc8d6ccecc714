package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	neturl "net/url"
	"time"
)

// healthcheckCmd asks a running server whether it is alive: for containers that have no shell.
type healthcheckCmd struct{}

func (healthcheckCmd) Run(a *app) error {
	c, err := a.settings()
	if err != nil {
		return err
	}
	url := "http://" + reachable(c.OpsListen) + "/healthz"
	req, err := http.NewRequestWithContext(a.ctx, http.MethodGet, url, nil)
	if err != nil {
		return exit(exitUsage, "healthcheck: %w", err)
	}
	// No proxy stands between a server and its own health.
	client := &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	var failed *neturl.Error
	if errors.As(err, &failed) {
		err = failed.Err // without the method and the URL said twice
	}
	if err != nil {
		return exit(exitFailed, "healthcheck: %s does not answer: %w", url, err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return exit(exitFailed, "healthcheck: %s answered %s", url, res.Status)
	}
	if a.json {
		return a.printJSON(map[string]string{"url": url, "status": "alive"})
	}
	_, err = fmt.Fprintln(a.stdout, url, "alive")
	return err
}

// reachable is where to call what listens on an address: "all of them" means this machine.
func reachable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
		if ip != nil && ip.To4() == nil {
			host = "::1"
		}
	}
	return net.JoinHostPort(host, port)
}
