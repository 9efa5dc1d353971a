import type { Command, Verb } from '../options/verb.ts'
import {
  type CompletedOption,
  commandOptions,
  completedOptions,
  completedVerbs,
  flagsOf,
  groupsOf,
} from './completed-option.ts'
import { quote } from './quote.ts'

/** A completion script for zsh, to be sourced, or stored as _kubedoh in a directory of $fpath. */
export function zshCompletion(commands: readonly Command[]): string {
  const groups = groupsOf(commands).map(({ name }) => name)
  const described = commands.map(
    ({ name, summary }) => `    ${quote(`${name}:${summary.replaceAll(':', '\\:')}`)}`,
  )
  const options = commandOptions.flatMap((option) =>
    flagsOf([option]).map((flag) => `    ${quote(`${flag}:${option.text}`)}`),
  )
  return `#compdef kubedoh
# Completion of kubedoh for zsh: source <(kubedoh completion zsh)
_kubedoh() {
  local -a verbs options
  verbs=(
${described.join('\n')}
  )
  options=(
${options.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe verb verbs
    _describe -o option options
    return
  fi
  local verb=$words[2]
  shift words
  (( CURRENT-- ))
  # The word after a group is its action.
  if [[ $verb == (${groups.join('|')}) ]] && (( CURRENT > 2 )); then
    verb="$verb $words[2]"
    shift words
    (( CURRENT-- ))
  fi
  case $verb in
${completedVerbs(commands).map(verbCase).join('\n')}
  esac
}
if [ "$funcstack[1]" = _kubedoh ]; then
  _kubedoh "$@"
else
  compdef _kubedoh kubedoh
fi`
}

function verbCase(verb: Verb): string {
  const words = verb.words ? [quote(`1:word:(${verb.words.join(' ')})`)] : []
  const specs = [...completedOptions(verb).flatMap(specsOf).map(quote), ...words]
  return `    ${quote(verb.name)}) _arguments ${specs.map((spec) => `\\\n      ${spec}`).join(' ')} ;;`
}

/** An option in the syntax of _arguments: '*-x+[text]:ADDRESS: ' and '*--reverse=[text]:ADDRESS: '. */
function specsOf(option: CompletedOption): string[] {
  const { flag, text, value, choices, placeholder, isRepeatable } = option
  const flags = flagsOf([option])
  const excluded = flags.length > 1 ? `(${flags.join(' ')})` : ''
  const described = `[${text.replaceAll(/[[\]:\\]/g, '\\$&')}]`
  if (value === 'none') return flags.map((each) => excluded + each + described)
  const actions = { choice: `(${choices.join(' ')})`, file: '_files', directory: '_files -/', other: ' ' }
  const message = placeholder.replaceAll(/[[\]:\\]/g, '\\$&')
  return flags.map((each) => {
    // The value of a letter may be in the same word or in the next one.
    const name = `${isRepeatable ? '*' : excluded}${each}${each === flag ? '=' : '+'}`
    return `${name}${described}:${message}:${actions[value]}`
  })
}
