import type { OptionRow } from '../options/option-table.ts'
import { actionWord, type Command, type Verb, type VerbGroup } from '../options/verb.ts'

/** One option as shells complete it. */
export type CompletedOption = {
  /** With its dashes, such as '--reverse'. */
  readonly flag: string
  /** The letter with its dash, such as '-x'; undefined where the option has none. */
  readonly short: string | undefined
  /** The first part of its help, for shells that show it. */
  readonly text: string
  /** The kind of its value: none, one of `choices`, the name of a file or directory, or anything else. */
  readonly value: 'none' | 'choice' | 'file' | 'directory' | 'other'
  readonly choices: readonly string[]
  /** The placeholder of the value, such as FILE. */
  readonly placeholder: string
  readonly isRepeatable: boolean
}

/** The options of the command without a verb. */
export const commandOptions = [
  { flag: '--help', short: '-h', text: 'list the verbs' },
  { flag: '--version', short: '-V', text: 'print the version' },
] as const

/** Options → their flags, as they are completed: the letter of an option before its name. */
export function flagsOf(options: readonly Pick<CompletedOption, 'flag' | 'short'>[]): string[] {
  return options.flatMap(({ flag, short }) => (short === undefined ? [flag] : [short, flag]))
}

/** The rows that shells complete by: verbs, and groups as a verb whose words are the actions, followed by these. */
export function completedVerbs(commands: readonly Command[]): Verb[] {
  return commands.flatMap((command) => {
    if (!('actions' in command)) return [command]
    const { name, summary, actions } = command
    const group = {
      name,
      summary,
      usage: '',
      words: actions.map(actionWord),
      options: {},
      run: () => Promise.resolve(2),
    }
    return [group, ...actions]
  })
}

/** The groups of the command. */
export function groupsOf(commands: readonly Command[]): VerbGroup[] {
  return commands.filter((command) => 'actions' in command)
}

/** The options of a verb, and --help. */
export function completedOptions({ options }: Verb): CompletedOption[] {
  const help: OptionRow = { kind: 'flag', short: 'h', help: 'show the options of this verb' }
  return Object.entries({ ...options, help }).map(([name, row]) => ({
    flag: `--${name}`,
    short: row.short === undefined ? undefined : `-${row.short}`,
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

/** In help texts, details follow the first of these marks. */
function shortText(help: string): string {
  return help.split(/[;(]|, such as|: /)[0]?.trim() ?? ''
}
