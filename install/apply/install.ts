import { dirname, join } from 'node:path'
import { InstallError } from '../errors.ts'
import {
  type Command,
  type CommandStep,
  commandText,
  type DirectoryStep,
  type FileStep,
  type Step,
} from '../step.ts'
import { replaceFile } from './disk.ts'
import {
  type FormerFile,
  type Journal,
  type JournalEntry,
  makeDirectories,
  planDigest,
  readJournal,
  sha256,
  statePaths,
  writeJournal,
} from './journal.ts'
import type { Ended, Machine } from './machine.ts'
import { clearState, fileState, undoJournal } from './undo.ts'

/** What to install: the steps, and what the journal says of them. */
export type Plan = Pick<Journal, 'parts' | 'system' | 'listen' | 'search' | 'bridge'> & {
  readonly steps: readonly Step[]
}

/**
 * Brings the machine into the state of a plan → whether anything had to be done. An installation that the journal records,
 * complete or not, is undone first where it differs. A step that fails undoes all steps before it. Throws InstallError
 * INSTALL_CHANGED (before anything is done), INSTALL_FILE, INSTALL_COMMAND, INSTALL_INTERRUPTED, INSTALL_JOURNAL, and the
 * system's errors.
 */
export async function install(plan: Plan, machine: Machine): Promise<'installed' | 'unchanged'> {
  const present = await readJournal(machine.disk, machine.stateDir)
  if (present) {
    if (await isInForce(present, plan, machine)) return 'unchanged'
    await refuseChanged(present, machine)
    await undoJournal(present, machine)
  } else await clearState(machine)
  const recorder = createRecorder(plan, machine)
  try {
    for (const step of plan.steps) {
      if (machine.signal.aborted)
        throw new InstallError('INSTALL_INTERRUPTED', 'interrupted; everything is as it was before')
      if (step.kind === 'file') await applyFile(step, machine, recorder)
      else if (step.kind === 'directory') await applyDirectory(step, machine, recorder)
      else await applyCommand(step, machine, recorder)
    }
    await recorder.complete()
  } catch (error) {
    const journal = await readJournal(machine.disk, machine.stateDir)
    if (journal) await undoJournal(journal, machine)
    throw error
  }
  return 'installed'
}

/** Whether the journal records this plan, all of it is done, and the files are still as written. */
async function isInForce(journal: Journal, plan: Plan, { disk }: Machine): Promise<boolean> {
  if (!journal.isComplete || journal.plan !== planDigest(plan.steps)) return false
  for (const step of plan.steps) {
    if (step.kind === 'command') continue
    const entry = await disk.look(step.path)
    if (entry?.kind !== step.kind) return false
    if (entry.kind === 'file' && step.kind === 'file' && sha256(entry.bytes) !== sha256(step.text))
      return false
  }
  return true
}

async function refuseChanged(journal: Journal, { disk }: Machine): Promise<void> {
  for (const entry of journal.entries) {
    if (entry.kind !== 'file') continue
    if (fileState(await disk.look(entry.path), entry.sha256, entry.former) === 'changed')
      throw new InstallError(
        'INSTALL_CHANGED',
        `${entry.path} was changed since the installation, and is not overwritten; run --uninstall, which leaves it as it is, and then --install`,
      )
  }
}

/** The journal of a running installation. */
type Recorder = {
  /** The path for the former contents of the next file. */
  nextBackup(): string
  record(entry: JournalEntry): Promise<void>
  complete(): Promise<void>
}

function createRecorder({ steps, ...facts }: Plan, { disk, stateDir }: Machine): Recorder {
  const entries: JournalEntry[] = []
  const write = (isComplete: boolean): Promise<void> =>
    writeJournal(disk, stateDir, { version: 1, ...facts, plan: planDigest(steps), isComplete, entries })
  return {
    nextBackup: () => join(statePaths(stateDir).former, String(entries.length)),
    async record(entry) {
      entries.push(entry)
      await write(false)
    },
    complete: () => write(true),
  }
}

async function applyFile(step: FileStep, { disk }: Machine, recorder: Recorder): Promise<void> {
  const entry = await disk.look(step.path)
  if (entry && entry.kind !== 'file')
    throw new InstallError(
      'INSTALL_FILE',
      `${step.path} is not a regular file (${entry.kind}), and is not replaced`,
    )
  const bytes = Buffer.from(step.text)
  let former: FormerFile | undefined
  if (entry) {
    const { mode, uid, gid } = entry
    const backup = recorder.nextBackup()
    await makeDirectories(disk, dirname(backup))
    await replaceFile(disk, backup, entry.bytes, { mode: 0o600 })
    former = { backup, sha256: sha256(entry.bytes), mode, uid, gid }
  }
  await recorder.record({ kind: 'file', path: step.path, sha256: sha256(bytes), former })
  await replaceFile(disk, step.path, bytes, { mode: step.mode, ...step.owner })
}

async function applyDirectory(step: DirectoryStep, { disk }: Machine, recorder: Recorder): Promise<void> {
  const entry = await disk.look(step.path)
  if (entry?.kind === 'directory' || entry?.kind === 'link') return
  if (entry) throw new InstallError('INSTALL_FILE', `${step.path} is not a directory`)
  await recorder.record({ kind: 'directory', path: step.path })
  await disk.makeDirectory(step.path, step.mode)
}

async function applyCommand({ run, undo }: CommandStep, machine: Machine, recorder: Recorder): Promise<void> {
  if (undo) await recorder.record({ kind: 'command', undo })
  if (!run) return
  const { code, isMissing, output } = await attempt(run, machine)
  if (code === 0 || run.mayFail) return
  const reason = isMissing ? 'the program is missing' : output || `exit code ${code}`
  throw new InstallError(
    'INSTALL_COMMAND',
    `\`${commandText(run)}\` failed (${reason}); everything is as it was before`,
  )
}

/** The time between two attempts of a command (ms). */
const retryMs = 500

/** Runs a command, until it succeeds where it may be tried again. */
async function attempt({ argv, tryForMs = 0 }: Command, machine: Machine): Promise<Ended> {
  for (let left = tryForMs; ; left -= retryMs) {
    const ended = await machine.run(argv)
    if (ended.code === 0 || ended.isMissing || left <= 0 || machine.signal.aborted) return ended
    await machine.pause(retryMs)
  }
}
