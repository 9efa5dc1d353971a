/** A program with its arguments, run without a shell. */
export type Command = {
  readonly argv: readonly string[]
  /** The text to show instead of `argv`, where that is not readable. */
  readonly shown?: string
  /** Run it again and again, for this time (ms), until it succeeds. */
  readonly tryForMs?: number
  /** Whether a failure is expected in some states of the machine, such as stopping a service that never started. */
  readonly mayFail?: boolean
}

/** The owner of a file, by number. */
export type Owner = { readonly uid: number; readonly gid: number }

/** A file to write. Undo puts the former contents, mode and owner back, or removes the file. */
export type FileStep = {
  readonly kind: 'file'
  /** Absolute, and no symbolic link. */
  readonly path: string
  readonly text: string
  /** The permission bits, such as 0o644. */
  readonly mode: number
  /** Unset: root, or the user who runs the command. */
  readonly owner?: Owner
  /** What to show instead of the text, which has a token or is long. */
  readonly shown?: string
}

/** A directory to make if there is none. Undo removes it if the installation made it and it is empty. */
export type DirectoryStep = { readonly kind: 'directory'; readonly path: string; readonly mode: number }

/**
 * A command to run, and the one that undoes it. Steps are undone in reverse order: a step that has `undo` alone and is in
 * front of a file runs its command after that file is back.
 */
export type CommandStep = { readonly kind: 'command'; readonly run?: Command; readonly undo?: Command }

/** One change of the machine. Planners make lists of steps, without side effects. */
export type Step = FileStep | DirectoryStep | CommandStep

/** A file of the installation, which others may read. */
export function plainFile(path: string, lines: readonly string[]): FileStep {
  return { kind: 'file', path, text: `${lines.join('\n')}\n`, mode: 0o644 }
}

/** Commands that are run after the files are written, and again, in the same order, after they are back. */
export function aroundFiles(commands: readonly Command[], files: readonly Step[]): Step[] {
  return [
    ...commands.toReversed().map((undo) => ({ kind: 'command', undo }) as const),
    ...files,
    ...commands.map((run) => ({ kind: 'command', run }) as const),
  ]
}

/** A command as a person would type it. */
export function commandText({ argv, shown }: Command): string {
  return shown ?? argv.map((word) => (/^[\w./:@%+=,-]+$/.test(word) ? word : `'${word}'`)).join(' ')
}
