import type { Command } from 'commander';
import type { Context } from '../context.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { groupSummaries } from '../groups.js';
import { withExamples } from './options.js';

const shells = ['bash', 'zsh', 'fish'] as const;

export function registerCompletion(program: Command, context: Context): void {
  const command = program
    .command('completion')
    .argument('<shell>', shells.join(', '))
    .description(groupSummaries.completion)
    .action((shell: string) => {
      if (!shells.some((known) => known === shell)) throw new CliError(exitCodes.usage, `no completion for ${shell}; there is one for ${shells.join(', ')}`);
      context.stdout.write(script(shell, wordsByPath(program)));
    });
  withExamples(command, ['completion bash > /etc/bash_completion.d/flotilla', 'completion fish > ~/.config/fish/completions/flotilla.fish']);
}

/** What can follow each command path: subcommands and long flags. */
function wordsByPath(program: Command): Map<string, string[]> {
  const words = new Map<string, string[]>();
  const visit = (command: Command, path: string): void => {
    words.set(path, [
      ...command.commands.flatMap((child) => [child.name(), ...child.aliases()]),
      ...command.options.flatMap(({ long }) => (long ? [long] : [])),
      '--help',
    ]);
    for (const child of command.commands) for (const name of [child.name(), ...child.aliases()]) visit(child, path === '' ? name : `${path} ${name}`);
  };
  visit(program, '');
  return words;
}

function script(shell: string, words: ReadonlyMap<string, readonly string[]>): string {
  if (shell === 'fish') {
    return `function __flotilla_path\n  string join ' ' (string match -v -- '-*' (commandline -opc)[2..])\nend\n${[...words].map(([path, next]) => `complete -c flotilla -f -n 'test (__flotilla_path) = "${path}"' -a '${next.join(' ')}'`).join('\n')}\n`;
  }
  const cases = [...words].map(([path, next]) => `    '${path}') words='${next.join(' ')}' ;;`).join('\n');
  const body = `_flotilla() {
  local words='' path='' word i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    [[ $word == -* ]] || path="\${path:+$path }$word"
  done
  case "$path" in
${cases}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _flotilla flotilla
`;
  return shell === 'zsh' ? `autoload -U +X bashcompinit && bashcompinit\n${body}` : body;
}
