import { type OptionRow, variableOf } from '../options/option-table.ts'
import { actionWord, type Command, type Verb, type VerbGroup } from '../options/verb.ts'

const width = 100

/** The help of the whole command. */
export function commandHelp(verbs: readonly Command[]): string {
  const column = Math.max(...verbs.map(({ name }) => name.length)) + 3
  return [
    'kubedoh: Kubernetes cluster names, answered over DNS-over-HTTPS',
    '',
    'usage: kubedoh VERB [options]',
    '',
    ...verbs.map(({ name, summary }) => `  ${name.padEnd(column)}${summary}`),
    '',
    '`kubedoh VERB --help` shows the options of a verb, `kubedoh --version` the version.',
    'Exit codes: 0 done, 1 failed, 2 wrong option, file or key.',
  ].join('\n')
}

/** The help of a group: its actions and notes. */
export function groupHelp({ name, summary, actions, notes }: VerbGroup): string {
  const column = Math.max(...actions.map((action) => actionWord(action).length)) + 3
  return [
    `usage: kubedoh ${name} ACTION [options]`,
    '',
    `${summary}.`,
    '',
    ...actions.flatMap((action) => {
      const [first = '', ...rest] = wrap(action.summary, width - column)
      return [
        `  ${actionWord(action).padEnd(column)}${first}`,
        ...rest.map((line) => ' '.repeat(column + 2) + line),
      ]
    }),
    '',
    `\`kubedoh ${name} ACTION --help\` shows the options of an action.`,
    ...(notes ?? []).flatMap((note) => ['', ...wrap(note, width)]),
  ].join('\n')
}

/** The help of a verb: usage, options with defaults and variables, notes. */
export function verbHelp({ name, summary, usage, options, notes }: Verb): string {
  const rows = Object.entries(options).map(([option, row]) => ({
    left: `  ${flagOf(option, row)}`,
    row,
    option,
  }))
  const column = Math.min(34, Math.max(...rows.map(({ left }) => left.length)) + 2)
  const lines = rows.flatMap(({ left, row, option }) => {
    const text = `${row.help}${row.byDefault === undefined ? '' : ` (default: ${row.byDefault})`} [${variableOf(option)}]`
    const [first = '', ...rest] = wrap(text, width - column)
    const head = left.length + 2 > column ? [left, ' '.repeat(column) + first] : [left.padEnd(column) + first]
    return [...head, ...rest.map((line) => ' '.repeat(column) + line)]
  })
  return [
    `usage: kubedoh ${name} ${usage}`,
    '',
    `${summary}.`,
    ...(lines.length > 0 ? ['', 'options:', ...lines] : []),
    ...(notes ?? []).flatMap((note) => ['', ...wrap(note, width)]),
  ].join('\n')
}

/** An option with the placeholder of its value, such as '--from FILE'. */
export function flagOf(option: string, { short, value }: OptionRow): string {
  const flag = short === undefined ? `--${option}` : `-${short}, --${option}`
  return value === undefined ? flag : `${flag} ${value}`
}

function wrap(text: string, columns: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
