import { type OptionTable, variableOf } from '../../cli/options/option-table.ts'
import type { Command, Verb, VerbGroup } from '../../cli/options/verb.ts'
import { flagOf } from '../../cli/terminal/help.ts'

/** docs/cli.md, made from the verbs' own tables. */
export function cliReference(commands: readonly Command[]): string {
  const head = `# The command

\`kubedoh VERB [options]\`; in a checkout \`npm run -s kubedoh -- VERB [options]\`. Every verb has \`--help\`;
\`kubedoh --version\` prints the version, \`kubedoh completion SHELL\` a script for completion in bash, zsh or fish. An option
can also be set by its environment variable; lists are then separated by commas, flags are \`true\` or \`false\`.

Results go to stdout, everything else to stderr. Exit codes: 0 done, 1 failed, 2 wrong option, file or key. On SIGTERM or
SIGINT the command finishes running requests and ends.
`
  return [
    head,
    ...commands.map((command) => ('actions' in command ? group(command) : section(command, '##'))),
  ].join('\n')
}

/** A table's options, each with its variable, meaning and default. */
export function optionsTable(options: OptionTable): string {
  const rows = Object.entries(options).map(([option, row]) => {
    const text = row.byDefault === undefined ? row.help : `${row.help}; default: ${row.byDefault}`
    return `| \`${flagOf(option, row)}\` | \`${variableOf(option)}\` | ${text.replaceAll('|', '\\|')} |`
  })
  return ['| option | variable | meaning |', '|---|---|---|', ...rows].join('\n')
}

function group({ name, summary, actions, notes }: VerbGroup): string {
  const paragraphs = [`${summary}.`, ...(notes ?? [])].flatMap((text) => [text, ''])
  return [`## ${name}`, '', ...paragraphs, ...actions.map((action) => section(action, '###'))].join('\n')
}

function section({ name, summary, usage, options, notes }: Verb, head: string): string {
  return [
    `${head} ${name}`,
    '',
    `${summary}.`,
    '',
    '```',
    `kubedoh ${name} ${usage}`,
    '```',
    ...(Object.keys(options).length > 0 ? ['', optionsTable(options)] : []),
    ...(notes ?? []).flatMap((note) => ['', note]),
    '',
  ].join('\n')
}
