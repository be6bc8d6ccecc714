package main

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// completionCmd prints what makes a shell complete our commands.
type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish: source <(gateway completion bash), or gateway completion fish | source."`
}

// The scripts find out how far the words typed lead into the table of commands;
// %s is what may follow each path. zsh runs bash's.
const (
	bashScript = `_gateway() {
  local path="" words="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "${COMP_WORDS[i]}" in -*) ;; *) path="$path ${COMP_WORDS[i]}" ;; esac
  done
  case "$path" in
%s  esac
  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _gateway gateway
`
	zshScript = "autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n" + bashScript

	fishScript = `function __gateway_words
  set -l path
  for word in (commandline -opc)[2..-1]
    string match -q -- '-*' $word; or set path "$path $word"
  end
  switch "$path"
%s  end
end
complete -c gateway -a '(__gateway_words)'
`
)

func (c completionCmd) Run(a *app, k *kong.Context) error {
	script, line := bashScript, "    %s) words=%q ;;\n"
	switch c.Shell {
	case "zsh":
		script = zshScript
	case "fish":
		script, line = fishScript, "    case %s\n      string split -- ' ' %q\n"
	}
	var b strings.Builder
	candidates(k.Model.Node, "", func(path string, leaf bool, words []string) {
		pattern := `"` + path + `"`
		switch {
		case leaf && c.Shell == "fish":
			pattern += ` "` + path + ` *"`
		case leaf:
			pattern += `|"` + path + ` "*`
		}
		fmt.Fprintf(&b, line, pattern, strings.Join(words, " "))
	})
	_, err := fmt.Fprintf(a.stdout, script, b.String())
	return err
}

// candidates tells, deepest first, what may follow each command. After one
// without subcommands only flags are left to say, whatever its arguments.
func candidates(n *kong.Node, path string, say func(path string, leaf bool, words []string)) {
	var words []string
	for _, child := range n.Children {
		if !child.Hidden {
			candidates(child, path+" "+child.Name, say)
			words = append(words, child.Name)
		}
	}
	for _, group := range n.AllFlags(true) {
		for _, f := range group {
			words = append(words, "--"+f.Name)
		}
	}
	say(path, len(n.Children) == 0, words)
}
