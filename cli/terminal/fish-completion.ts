import type { Verb } from '../options/verb.ts'
import { type CompletedOption, commandOptions, completedOptions } from './completed-option.ts'

/** A completion script for fish. */
export function fishCompletion(verbs: readonly Verb[]): string {
  return [
    '# Completion of kubedoh for fish: kubedoh completion fish | source',
    'complete -c kubedoh -f',
    ...verbs.map(
      ({ name, summary }) =>
        `complete -c kubedoh -n __fish_use_subcommand -a ${name} -d ${fishQuote(summary)}`,
    ),
    ...commandOptions.map(
      (option) =>
        `complete -c kubedoh -n __fish_use_subcommand${namesOf(option)} -d ${fishQuote(option.text)}`,
    ),
    ...verbs.flatMap((verb) => [
      ...(verb.words ? [`${commandOf(verb)} -a ${fishQuote(verb.words.join(' '))}`] : []),
      ...completedOptions(verb).map(
        (option) => `${commandOf(verb)}${namesOf(option)}${valueOf(option)} -d ${fishQuote(option.text)}`,
      ),
    ]),
  ].join('\n')
}

function commandOf({ name }: Verb): string {
  return `complete -c kubedoh -n '__fish_seen_subcommand_from ${name}'`
}

function namesOf({ flag, short }: Pick<CompletedOption, 'flag' | 'short'>): string {
  return `${short === undefined ? '' : ` -s ${short.slice(1)}`} -l ${flag.slice(2)}`
}

function valueOf({ value, choices }: CompletedOption): string {
  if (value === 'none') return ''
  if (value === 'file') return ' -r -F'
  if (value === 'directory') return " -x -a '(__fish_complete_directories)'"
  return value === 'choice' ? ` -x -a ${fishQuote(choices.join(' '))}` : ' -x'
}

/** In fish's single quotes, a backslash escapes itself and the quote. */
function fishQuote(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`
}
