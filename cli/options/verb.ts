import type { OptionTable, OptionValues } from './option-table.ts'

/** The parts of the process that a verb may use. */
export type World = {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Writes a line to stdout: results. */
  print(line: string): void
  /** Writes a line to stderr: logs and notices. */
  tell(line: string): void
  /** Shows a text below the lines of the terminal, in place of the last one; undefined if stderr is not a terminal. */
  readonly show: ((text: string) => void) | undefined
  /** Loads every verb of the command, in the order of the help. */
  verbs(): Promise<readonly Command[]>
  /** Aborts on SIGTERM and SIGINT; the reason is an Error with the signal's name as its message. */
  readonly signal: AbortSignal
  /** Calls `action` at each SIGHUP. Before the first call, SIGHUP ends the process. */
  onHangup(action: () => void): void
}

/** A verb of the command, or one action of a group. */
export type Verb<T extends OptionTable = OptionTable> = {
  /** The words after `kubedoh`: 'query', or 'token create' for an action. */
  readonly name: string
  readonly summary: string
  /** The arguments after the verb, such as 'NAME [TYPE] [options]'. */
  readonly usage: string
  /** Words that the first argument after the verb can be, for completion in shells. */
  readonly words?: readonly string[]
  readonly options: T
  /** Paragraphs below the options in the help. */
  readonly notes?: readonly string[]
  /** Resolves to the exit code. */
  run(values: OptionValues<T>, positionals: readonly string[], world: World): Promise<number>
}

/** A verb that is followed by the word of an action, which has its own options: `kubedoh token create`. */
export type VerbGroup = {
  readonly name: string
  readonly summary: string
  /** Each has the group's name and its own word as its name. */
  readonly actions: readonly Verb[]
  /** Paragraphs below the actions in the help. */
  readonly notes?: readonly string[]
}

export type Command = Verb | VerbGroup

/** The word of an action after the group's name. */
export function actionWord({ name }: Verb): string {
  return name.split(' ').at(-1) ?? ''
}

/** The verbs that can be run: verbs as they are, groups as their actions. */
export function runnableVerbs(commands: readonly Command[]): Verb[] {
  return commands.flatMap((command) => ('actions' in command ? command.actions : [command]))
}

/** Declares a verb: `run` gets values of the types that `options` declare. */
export function verb<const T extends OptionTable>(definition: Verb<T>): Verb {
  return definition
}
