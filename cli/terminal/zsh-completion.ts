import type { Verb } from '../verb.ts'
import { type CompletedOption, completedOptions } from './completed-option.ts'
import { quote } from './quote.ts'

/** A completion script for zsh, to be sourced, or stored as _kubedoh in a directory of $fpath. */
export function zshCompletion(verbs: readonly Verb[]): string {
  const described = verbs.map(
    ({ name, summary }) => `    ${quote(`${name}:${summary.replaceAll(':', '\\:')}`)}`,
  )
  return `#compdef kubedoh
# Completion of kubedoh for zsh: source <(kubedoh completion zsh)
_kubedoh() {
  local -a verbs
  verbs=(
${described.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe verb verbs
    return
  fi
  local verb=$words[2]
  shift words
  (( CURRENT-- ))
  case $verb in
${verbs.map(verbCase).join('\n')}
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
  const specs = [...completedOptions(verb).map((option) => quote(specOf(option))), ...words]
  return `    ${verb.name}) _arguments ${specs.map((spec) => `\\\n      ${spec}`).join(' ')} ;;`
}

/** An option as _arguments has it: '*--from=[text]:FILE:_files'. */
function specOf({ flag, text, value, choices, placeholder, isRepeatable }: CompletedOption): string {
  const described = `[${text.replaceAll(/[[\]:\\]/g, '\\$&')}]`
  if (value === 'none') return flag + described
  const actions = { choice: `(${choices.join(' ')})`, file: '_files', directory: '_files -/', other: ' ' }
  const message = placeholder.replaceAll(/[[\]:\\]/g, '\\$&')
  return `${isRepeatable ? '*' : ''}${flag}=${described}:${message}:${actions[value]}`
}
