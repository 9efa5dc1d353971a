import { type FileHandle, open, readFile, realpath, rename, stat, unlink } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { errorText, systemCode } from '../../host/errors.ts'
import { decodeText } from '../../sync/files/decode-text.ts'
import { editPolicy, emptyPolicyText, type PolicyChange, parsePolicyFile } from '../../sync/policy/edit.ts'
import type { Policy } from '../../sync/policy/policy.ts'
import { UsageError } from '../options/option-table.ts'

/** The option that names the policy file, for every action that needs it. */
export const policyFileOption = {
  policy: { kind: 'text', value: 'FILE', help: 'the policy file (YAML); it has hashes, and no tokens' },
} as const

/** How long to wait for another command that edits the file, and how often to look (ms). */
const lockWaitMs = 2_000
const lockPollMs = 50

/** Policy files have hashes only: everybody may read a new one. */
const newFileMode = 0o644

/** A policy file that could not be edited now. The message says how to go on. */
export class PolicyFileError extends Error {
  override readonly name = 'PolicyFileError'
  readonly code: 'FILE_BUSY' | 'FILE_CHANGED'

  constructor(code: PolicyFileError['code'], message: string) {
    super(message)
    this.code = code
  }
}

/** The policy file that --policy names. Throws UsageError when it is not given. */
export function policyFile(action: string, file: string | undefined): string {
  if (file !== undefined) return file
  throw new UsageError(`${action} needs --policy FILE`)
}

/** Reads a policy file. Throws UsageError when it cannot be read, PolicyError POLICY_INVALID with its first fault. */
export async function readPolicyFile(file: string): Promise<Policy> {
  return parsePolicyFile(file, await readPolicyText(file))
}

/** The text of a policy file. Throws UsageError when it cannot be read. */
export async function readPolicyText(file: string): Promise<string> {
  return (await readOld(file, false))?.text ?? ''
}

/**
 * Edits a policy file in place: another file is written next to it and takes its name, so that readers see the old or
 * the new text. It keeps the mode and, where possible, the owner. `ifMissing` 'create' makes the file. Rethrows
 * the errors of `decide`. Throws UsageError when the file cannot be read or written; PolicyError when it has a fault or cannot be
 * edited; PolicyFileError when another command edits it, or something else changed it meanwhile.
 */
export async function editPolicyFile(
  file: string,
  decide: (policy: Policy) => readonly PolicyChange[],
  ifMissing: 'create' | 'fail' = 'fail',
): Promise<void> {
  // The file behind a link is edited, and the link stays.
  const target = await realpath(file).catch(() => file)
  const next = `${target}.lock`
  const handle = await lock(file, next)
  try {
    const old = await readOld(target, ifMissing === 'create')
    const text = await editPolicy(file, old?.text ?? emptyPolicyText, decide)
    await writeNext(handle, text, old)
    await handle.close()
    const now = await readOld(target, true)
    if (now?.text !== old?.text)
      throw new PolicyFileError('FILE_CHANGED', `${file} was changed meanwhile; run the command again`)
    await rename(next, target)
  } catch (error) {
    await handle.close()
    await unlink(next)
    throw error
  }
}

/** The new text is written into a file whose existence keeps other commands from editing at the same time. */
async function lock(file: string, next: string): Promise<FileHandle> {
  for (let waitedMs = 0; ; waitedMs += lockPollMs) {
    try {
      return await open(next, 'wx', newFileMode)
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw new UsageError(`cannot write ${file}: ${errorText(error)}`)
      if (waitedMs >= lockWaitMs)
        throw new PolicyFileError(
          'FILE_BUSY',
          `another command is editing ${file}; if none is, remove ${next}, which one left behind`,
        )
      await wait(lockPollMs)
    }
  }
}

type OldFile = { readonly text: string; readonly mode: number; readonly uid: number; readonly gid: number }

/** A file's text and attributes; undefined for one that does not exist, if that is allowed. */
async function readOld(file: string, mayBeMissing: boolean): Promise<OldFile | undefined> {
  let bytes: Uint8Array
  let old: { mode: number; uid: number; gid: number }
  try {
    bytes = await readFile(file)
    old = await stat(file)
  } catch (error) {
    if (mayBeMissing && systemCode(error) === 'ENOENT') return undefined
    const hint = systemCode(error) === 'ENOENT' ? '; `kubedoh token create` makes one' : ''
    throw new UsageError(`cannot read the policy ${file}: ${errorText(error)}${hint}`)
  }
  const decoded = decodeText(bytes)
  if ('problem' in decoded) throw new UsageError(`cannot read the policy ${file}: ${decoded.problem}`)
  return { text: decoded.text, mode: old.mode, uid: old.uid, gid: old.gid }
}

async function writeNext(handle: FileHandle, text: string, old: OldFile | undefined): Promise<void> {
  await handle.writeFile(text)
  if (old) {
    // Only root may give a file away; without it, the file belongs to the user who edits it.
    await handle.chown(old.uid, old.gid).catch(() => undefined)
    await handle.chmod(old.mode & 0o7777)
  }
  await handle.sync()
}
