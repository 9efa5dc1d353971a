import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import { InstallError } from '../errors.ts'
import type { Command, Step } from '../step.ts'
import { type Disk, type DiskView, readText, replaceFile } from './disk.ts'

/** The parts of an installation: the resolver of the system asks the stub; the stub runs as a service. */
export type Part = 'resolver' | 'service'

/** A file that was replaced: where its contents are kept, and what it was. */
export type FormerFile = {
  readonly backup: string
  readonly sha256: string
  readonly mode: number
  readonly uid: number
  readonly gid: number
}

/** A step that was begun, with all that undoing it needs. It never holds the text of a file, which may be a token. */
export type JournalEntry =
  | {
      readonly kind: 'file'
      readonly path: string
      /** The hash of the bytes that the installation writes. */
      readonly sha256: string
      readonly former?: FormerFile | undefined
    }
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'command'; readonly undo: Command }

/** The record of an installation. It is on the disk before each step is done. */
export type Journal = {
  readonly version: 1
  readonly parts: readonly Part[]
  /** The system, the stub's addresses and the search domains, for parts that are added later. */
  readonly system?: string | undefined
  readonly listen: string
  readonly search?: readonly string[] | undefined
  readonly bridge?: string | undefined
  /** The hash of the steps. */
  readonly plan: string
  /** False while steps are being done or undone. */
  readonly isComplete: boolean
  readonly entries: readonly JournalEntry[]
}

/** The hash of bytes or text, in hex. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

/** The hash by which a plan is recognised. */
export function planDigest(steps: readonly Step[]): string {
  return sha256(JSON.stringify(steps))
}

/** The files of a state directory: the journal, and the directory with the former contents of replaced files. */
export function statePaths(stateDir: string): {
  readonly journal: string
  readonly former: string
  readonly kept: string
} {
  return {
    journal: join(stateDir, 'journal.json'),
    former: join(stateDir, 'former'),
    kept: join(stateDir, 'kept'),
  }
}

/** The journal of a state directory; undefined if there is none. Throws InstallError INSTALL_JOURNAL. */
export async function readJournal(disk: DiskView, stateDir: string): Promise<Journal | undefined> {
  const { journal: path } = statePaths(stateDir)
  const text = await readText(disk, path)
  if (text === undefined) return undefined
  try {
    const journal = JSON.parse(text) as Journal
    if (journal.version === 1 && Array.isArray(journal.entries) && Array.isArray(journal.parts))
      return journal
  } catch {
    // Not JSON.
  }
  throw new InstallError(
    'INSTALL_JOURNAL',
    `${path} is not the journal of an installation, or that of a newer release; use the release that made it`,
  )
}

/** Writes the journal, and makes its directories if they are missing. */
export async function writeJournal(disk: Disk, stateDir: string, journal: Journal): Promise<void> {
  await makeDirectories(disk, stateDir)
  const bytes = Buffer.from(`${JSON.stringify(journal, undefined, 1)}\n`)
  await replaceFile(disk, statePaths(stateDir).journal, bytes, { mode: 0o600 })
}

/** Makes a directory and those above it that are missing, for root alone. */
export async function makeDirectories(disk: Disk, path: string): Promise<void> {
  if ((await disk.look(path)) !== undefined) return
  if (dirname(path) !== path) await makeDirectories(disk, dirname(path))
  await disk.makeDirectory(path, 0o700)
}
