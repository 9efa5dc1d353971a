import { parseArgs } from 'node:util'
import { errorText, systemCode } from '../../host/errors.ts'

/** One option of a verb. Its environment variable is KUBEDOH_ and its name in capitals, dashes as underscores. */
export type OptionRow = {
  readonly kind: 'text' | 'flag' | 'number' | 'list'
  /** The option's one-letter form, such as x for -x. */
  readonly short?: string
  /** The placeholder of the value in the help, such as FILE. Flags have none. */
  readonly value?: string
  /** The default as the help shows it; the verb applies it. */
  readonly byDefault?: string
  readonly help: string
  /** All values that the option can have, for completion in shells. */
  readonly choices?: readonly string[]
}

export type OptionTable = Readonly<Record<string, OptionRow>>

type ValueOf<R extends OptionRow> = R['kind'] extends 'flag'
  ? boolean
  : R['kind'] extends 'number'
    ? number | undefined
    : R['kind'] extends 'list'
      ? readonly string[]
      : string | undefined

/** The values of a table's options. */
export type OptionValues<T extends OptionTable> = { readonly [O in keyof T]: ValueOf<T[O]> }

/** A wrong command line, variable or value: the message is one line, the exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly code = 'USAGE'
}

/** The environment variable of an option. */
export function variableOf(option: string): string {
  return `KUBEDOH_${option.toUpperCase().replaceAll('-', '_')}`
}

/**
 * Arguments after the verb, and the environment → values and positionals. An argument overrides a variable. A list
 * is an option given several times, or a variable with commas; a flag's variable is 'true' or 'false'.
 * Throws UsageError, naming the option.
 */
export function readOptions<T extends OptionTable>(
  table: T,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): { readonly values: OptionValues<T>; readonly positionals: readonly string[] } {
  const options = Object.fromEntries(
    Object.entries(table).map(([option, { kind, short }]) => [
      option,
      {
        type: kind === 'flag' ? ('boolean' as const) : ('string' as const),
        multiple: kind === 'list',
        ...(short === undefined ? {} : { short }),
      },
    ]),
  )
  let parsed: { values: Record<string, unknown>; positionals: string[] }
  try {
    parsed = parseArgs({ args: withJoinedKeys(args), options, allowPositionals: true, strict: true })
  } catch (error) {
    const problem = errorText(error).split('. ')[0] ?? ''
    const hint = systemCode(error) === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' ? '; --help lists all options' : ''
    throw new UsageError(problem + hint)
  }
  const values: Record<string, unknown> = {}
  for (const [option, { kind }] of Object.entries(table)) {
    values[option] = parsed.values[option] ?? fromVariable(option, kind, env[variableOf(option)])
    if (kind === 'number') values[option] = numberOf(option, values[option] as string | undefined)
  }
  return { values: values as OptionValues<T>, positionals: parsed.positionals }
}

/** The form of a public key that begins with a dash, which parseArgs takes for an option. */
const dashedKey = /^-[A-Za-z0-9_-]{42}$/

/** Arguments with `--option=KEY` in place of `--option KEY`, for keys that begin with a dash. */
function withJoinedKeys(args: readonly string[]): string[] {
  const joined: string[] = []
  for (const arg of args) {
    const option = joined.at(-1)
    if (option !== undefined && /^--[a-z-]+$/.test(option) && dashedKey.test(arg))
      joined.splice(-1, 1, `${option}=${arg}`)
    else joined.push(arg)
  }
  return joined
}

function fromVariable(option: string, kind: OptionRow['kind'], text: string | undefined): unknown {
  if (kind === 'list') return text ? text.split(',').map((item) => item.trim()) : []
  if (kind !== 'flag') return text
  if (text === undefined || text === 'false') return false
  if (text === 'true') return true
  throw new UsageError(`${variableOf(option)} is "${text}", it must be true or false`)
}

function numberOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^[0-9]{1,15}$/.test(text)) return Number(text)
  throw new UsageError(`--${option} is "${text}", it must be a whole number from 0`)
}
