import type { OptionTable, OptionValues } from './options/option-table.ts'

/** What a verb may use of the world. */
export type World = {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Writes a line to stdout: results. */
  print(line: string): void
  /** Writes a line to stderr: everything else. */
  tell(line: string): void
  /** Shows a text on the terminal until the next one or a line comes; undefined where stderr is no terminal. */
  readonly show: ((text: string) => void) | undefined
  /** Aborts on SIGTERM and SIGINT. */
  readonly signal: AbortSignal
  /** Calls `action` at each SIGHUP from now on; without that it ends the process. */
  onHangup(action: () => void): void
}

/** A verb of the command: one file, parse options, call one function, print, exit code. */
export type Verb<T extends OptionTable = OptionTable> = {
  readonly name: string
  readonly summary: string
  /** What follows the verb, such as 'NAME [TYPE] [options]'. */
  readonly usage: string
  readonly options: T
  /** Paragraphs below the options in the help. */
  readonly notes?: readonly string[]
  /** Resolves to the exit code. */
  run(values: OptionValues<T>, positionals: readonly string[], world: World): Promise<number>
}

/** A verb with its options' types kept. */
export function verb<const T extends OptionTable>(definition: Verb<T>): Verb {
  return definition
}
