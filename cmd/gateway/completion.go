package main

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// completionCmd prints what makes a shell complete our commands.
type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh" help:"bash or zsh: source <(gateway completion bash)."`
}

func (c completionCmd) Run(a *app, k *kong.Context) error {
	var b strings.Builder
	if c.Shell == "zsh" { // which can run bash's
		b.WriteString("autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n")
	}
	b.WriteString(`_gateway() {
  local path="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "${COMP_WORDS[i]}" in -*) ;; *) path="$path ${COMP_WORDS[i]}" ;; esac
  done
  local words=""
  case "$path" in
`)
	candidates(&b, k.Model.Node, "")
	b.WriteString(`  esac
  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _gateway gateway
`)
	_, err := fmt.Fprint(a.stdout, b.String())
	return err
}

// candidates writes, deepest first, what may follow each command. After a
// command without subcommands only flags are left to say; its arguments are not part of the path.
func candidates(b *strings.Builder, n *kong.Node, path string) {
	var words []string
	for _, child := range n.Children {
		if !child.Hidden {
			candidates(b, child, path+" "+child.Name)
			words = append(words, child.Name)
		}
	}
	for _, group := range n.AllFlags(true) {
		for _, f := range group {
			words = append(words, "--"+f.Name)
		}
	}
	pattern := `"` + path + `"`
	if len(n.Children) == 0 {
		pattern += "*"
	}
	fmt.Fprintf(b, "    %s) words=%q ;;\n", pattern, strings.Join(words, " "))
}
