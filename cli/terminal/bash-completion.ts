import type { Command, Verb } from '../options/verb.ts'
import {
  type CompletedOption,
  commandOptions,
  completedOptions,
  completedVerbs,
  flagsOf,
  groupsOf,
} from './completed-option.ts'

/** A completion script for bash 3.2 and later. */
export function bashCompletion(commands: readonly Command[]): string {
  const names = commands.map(({ name }) => name).join(' ')
  const groups = groupsOf(commands).map(({ name }) => name)
  const verbs = completedVerbs(commands)
  return `# Completion of kubedoh for bash: source <(kubedoh completion bash)
_kubedoh() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} verb=\${COMP_WORDS[1]} words=
  local IFS=$'\\n'
  COMPREPLY=()
  # In --option=value, bash makes = a separate word.
  if [ "$cur" = = ]; then
    cur=
  elif [ "$prev" = = ]; then
    prev=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  # The word after a group is its action.
  case $verb in
    ${groups.join('|')}) [ "$COMP_CWORD" -gt 2 ] && verb="$verb \${COMP_WORDS[2]}" ;;
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then
    words='${names} help ${flagsOf(commandOptions).join(' ')}'
  else
    case "$verb $prev" in
${verbs.flatMap(valueCases).join('\n')}
    esac
    case $verb in
${verbs.map(verbCase).join('\n')}
    esac
  fi
  COMPREPLY=($(compgen -W "\${words// /$IFS}" -- "$cur"))
}
complete -F _kubedoh kubedoh`
}

/** After an option with a value: complete the value, and nothing else. */
function valueCases(verb: Verb): string[] {
  const options = completedOptions(verb)
  const patternOf = (chosen: readonly CompletedOption[]): string =>
    flagsOf(chosen)
      .map((flag) => `'${verb.name} ${flag}'`)
      .join('|')
  const patterns = (value: CompletedOption['value']): string =>
    patternOf(options.filter((option) => option.value === value))
  const row = (pattern: string, action: string): string[] =>
    pattern === '' ? [] : [`      ${pattern}) ${action}return ;;`]
  return [
    ...row(patterns('file'), 'COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames 2>/dev/null; '),
    ...row(patterns('directory'), 'COMPREPLY=($(compgen -d -- "$cur")); compopt -o filenames 2>/dev/null; '),
    ...row(patterns('other'), ''),
    ...options
      .filter(({ value }) => value === 'choice')
      .flatMap((option) =>
        row(
          patternOf([option]),
          `words='${option.choices.join(' ')}'; COMPREPLY=($(compgen -W "\${words// /$IFS}" -- "$cur")); `,
        ),
      ),
  ]
}

function verbCase(verb: Verb): string {
  const flags = flagsOf(completedOptions(verb))
  return `      '${verb.name}') words='${[...(verb.words ?? []), ...flags].join(' ')}' ;;`
}
