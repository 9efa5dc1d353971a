import type { OptionRow } from '../options/option-table.ts'
import type { Verb } from '../verb.ts'

/** One option as shells complete it. */
export type CompletedOption = {
  /** With its dashes, such as '--from'. */
  readonly flag: string
  /** The first part of its help, for shells that show it. */
  readonly text: string
  /** The kind of its value: none, one of `choices`, the name of a file or directory, or anything else. */
  readonly value: 'none' | 'choice' | 'file' | 'directory' | 'other'
  readonly choices: readonly string[]
  /** The placeholder of the value, such as FILE. */
  readonly placeholder: string
  readonly isRepeatable: boolean
}

/** The options of a verb, and --help. */
export function completedOptions({ options }: Verb): CompletedOption[] {
  const help: OptionRow = { kind: 'flag', help: 'show the options of this verb' }
  return Object.entries({ ...options, help }).map(([name, row]) => ({
    flag: `--${name}`,
    text: shortText(row.help),
    value: valueOf(row),
    choices: row.choices ?? [],
    placeholder: row.value ?? '',
    isRepeatable: row.kind === 'list',
  }))
}

function valueOf({ kind, value, choices }: OptionRow): CompletedOption['value'] {
  if (kind === 'flag') return 'none'
  if (choices) return 'choice'
  if (value === 'FILE') return 'file'
  return value === 'DIR' ? 'directory' : 'other'
}

/** Help texts go on with details after the first of these marks. */
function shortText(help: string): string {
  return help.split(/[;(]|, such as|: /)[0]?.trim() ?? ''
}
