import { basename, dirname, join } from 'node:path'
import { commandText } from '../step.ts'
import { type Disk, type DiskEntry, replaceFile, stagingPath } from './disk.ts'
import {
  type FormerFile,
  type Journal,
  type JournalEntry,
  makeDirectories,
  readJournal,
  sha256,
  statePaths,
  writeJournal,
} from './journal.ts'
import type { Machine } from './machine.ts'

/** What an undone installation left behind, for people: each line names a file or a command. */
export type Undone = { readonly done: readonly string[]; readonly problems: readonly string[] }

type FileEntry = Extract<JournalEntry, { kind: 'file' }>

/**
 * Undoes the installation that the journal records, complete or not, and removes the journal. undefined: there is none.
 * A file that somebody changed since stays as it is, and its former contents are kept in the state directory. Can be
 * repeated after a crash. Throws InstallError INSTALL_JOURNAL, and the system's errors.
 */
export async function uninstall(machine: Machine): Promise<Undone | undefined> {
  const journal = await readJournal(machine.disk, machine.stateDir)
  if (!journal) {
    await clearState(machine)
    return undefined
  }
  return undoJournal(journal, machine)
}

/** Undoes what a journal records. */
export async function undoJournal(journal: Journal, machine: Machine): Promise<Undone> {
  const { disk, stateDir } = machine
  if (journal.isComplete) await writeJournal(disk, stateDir, { ...journal, isComplete: false })
  const done: string[] = []
  const problems: string[] = []
  for (const entry of journal.entries.toReversed()) {
    if (entry.kind === 'file') await undoFile(entry, machine, done, problems)
    else if (entry.kind === 'directory') await disk.removeDirectory(entry.path)
    else {
      const { code, isMissing, output } = await machine.run(entry.undo.argv)
      const text = commandText(entry.undo)
      if (code === 0) done.push(`ran ${text}`)
      // A program that was removed since has nothing left to undo.
      else if (!isMissing && !entry.undo.mayFail)
        problems.push(`\`${text}\` failed (${output || `exit code ${code}`}); run it by hand`)
    }
  }
  await clearState(machine)
  return { done, problems }
}

async function undoFile(
  { path, sha256: written, former }: FileEntry,
  { disk, stateDir }: Machine,
  done: string[],
  problems: string[],
): Promise<void> {
  await disk.remove(stagingPath(path))
  const entry = await disk.look(path)
  const state = fileState(entry, written, former)
  if (state === 'former') return
  if (state === 'changed') {
    const kept = former && (await keepBackup(former, path, disk, stateDir))
    problems.push(
      `${path} was changed since the installation, so it stays as it is${kept ? `; what it was before is in ${kept}` : ''}`,
    )
    return
  }
  if (former) {
    const backup = await disk.look(former.backup)
    if (backup?.kind !== 'file') {
      problems.push(`${path} cannot be put back: ${former.backup} is missing`)
      return
    }
    await replaceFile(disk, path, backup.bytes, former)
    done.push(`put ${path} back`)
  } else {
    await disk.remove(path)
    done.push(`removed ${path}`)
  }
}

/**
 * What became of a file: 'ours' as the installation wrote it, 'former' as it was before, 'changed' by somebody since. A
 * file that was removed since is 'ours' if it had former contents, which are then put back.
 */
export function fileState(
  entry: DiskEntry | undefined,
  written: string,
  former: FormerFile | undefined,
): 'ours' | 'former' | 'changed' {
  if (!entry) return former ? 'ours' : 'former'
  if (entry.kind !== 'file') return 'changed'
  const hash = sha256(entry.bytes)
  if (
    former &&
    hash === former.sha256 &&
    entry.mode === former.mode &&
    entry.uid === former.uid &&
    entry.gid === former.gid
  )
    return 'former'
  return hash === written ? 'ours' : 'changed'
}

/** Moves the former contents of a file to where later installations leave them → their path. */
async function keepBackup(former: FormerFile, path: string, disk: Disk, stateDir: string): Promise<string> {
  const kept = join(statePaths(stateDir).kept, basename(path))
  if ((await disk.look(former.backup)) === undefined) return kept
  await makeDirectories(disk, dirname(kept))
  await disk.rename(former.backup, kept)
  return kept
}

/** Removes the state of an installation: the journal last, then the directories that are empty. */
export async function clearState({ disk, stateDir }: Machine): Promise<void> {
  const { journal, former } = statePaths(stateDir)
  for (const name of await disk.list(former)) await disk.remove(join(former, name))
  await disk.removeDirectory(former)
  await disk.remove(journal)
  await disk.remove(stagingPath(journal))
  await disk.removeDirectory(stateDir)
  await disk.removeDirectory(dirname(stateDir))
}
