import type { Command, Verb } from '../options/verb.ts'
import { type CompletedOption, commandOptions, completedOptions, completedVerbs } from './completed-option.ts'

/** A completion script for fish. */
export function fishCompletion(commands: readonly Command[]): string {
  return [
    '# Completion of kubedoh for fish: kubedoh completion fish | source',
    'complete -c kubedoh -f',
    ...commands.map(
      ({ name, summary }) =>
        `complete -c kubedoh -n __fish_use_subcommand -a ${name} -d ${fishQuote(summary)}`,
    ),
    ...commandOptions.map(
      (option) =>
        `complete -c kubedoh -n __fish_use_subcommand${namesOf(option)} -d ${fishQuote(option.text)}`,
    ),
    ...completedVerbs(commands).flatMap((verb) => [
      ...(verb.words ? [wordsOf(verb, verb.words)] : []),
      ...completedOptions(verb).map(
        (option) => `${commandOf(verb)}${namesOf(option)}${valueOf(option)} -d ${fishQuote(option.text)}`,
      ),
    ]),
  ].join('\n')
}

/** The words after a verb, until one of them is there. */
function wordsOf(verb: Verb, words: readonly string[]): string {
  const list = words.join(' ')
  return `${commandOf(verb, `; and not __fish_seen_subcommand_from ${list}`)} -a ${fishQuote(list)}`
}

function commandOf({ name }: Verb, more = ''): string {
  const conditions = name.split(' ').map((word) => `__fish_seen_subcommand_from ${word}`)
  return `complete -c kubedoh -n '${conditions.join('; and ')}${more}'`
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
