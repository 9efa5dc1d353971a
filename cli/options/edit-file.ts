import { type FileHandle, open, realpath, rename, stat, unlink } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { errorText, systemCode } from '../../host/errors.ts'
import { readInputFile } from './input-file.ts'
import { UsageError } from './option-table.ts'

/** How long to wait for another command that edits the file, and how often to look (ms). */
const lockWaitMs = 2_000
const lockPollMs = 50

/** A file that could not be edited now. The message says how to go on. */
export class FileEditError extends Error {
  override readonly name = 'FileEditError'
  readonly code: 'FILE_BUSY' | 'FILE_CHANGED'

  constructor(code: FileEditError['code'], message: string) {
    super(message)
    this.code = code
  }
}

/**
 * Edits a text file in place: `change` gets its text and returns the new one, which is written into another file that
 * then takes its name, so readers see the old or the new text. The mode stays and, where possible, the owner. With
 * `textIfMissing`, `change` gets that text where there is no file, and a file with mode 0644 is made. Rethrows the
 * errors of `change`. Throws UsageError when the file cannot be read or written (`what` and `hint` as in readInputFile),
 * FileEditError when another command edits it or something else changed it meanwhile.
 */
export async function editFile(
  file: string,
  { what, hint = '', textIfMissing }: { what: string; hint?: string; textIfMissing?: string | undefined },
  change: (text: string) => string | Promise<string>,
): Promise<void> {
  // The file behind a link is edited, and the link stays.
  const target = await realpath(file).catch(() => file)
  const next = `${target}.lock`
  const handle = await lock(file, next)
  const read = async (): Promise<string | undefined> =>
    textIfMissing !== undefined && !(await exists(target)) ? undefined : readInputFile(target, what, hint)
  try {
    const old = await read()
    await handle.writeFile(await change(old ?? textIfMissing ?? ''))
    if (old !== undefined) await copyAttributes(target, handle)
    await handle.sync()
    await handle.close()
    if ((await read()) !== old)
      throw new FileEditError('FILE_CHANGED', `${file} was changed meanwhile; run the command again`)
    await rename(next, target)
  } catch (error) {
    await handle.close()
    await unlink(next)
    throw error
  }
}

/** Opens the file for the new text. While it exists, other commands do not edit. */
async function lock(file: string, next: string): Promise<FileHandle> {
  for (let waitedMs = 0; ; waitedMs += lockPollMs) {
    try {
      return await open(next, 'wx', 0o644)
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw new UsageError(`cannot write ${file}: ${errorText(error)}`)
      if (waitedMs >= lockWaitMs)
        throw new FileEditError(
          'FILE_BUSY',
          `another command is editing ${file}; if none is, remove ${next}, which one left behind`,
        )
      await wait(lockPollMs)
    }
  }
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    (error: unknown) => systemCode(error) !== 'ENOENT',
  )
}

async function copyAttributes(from: string, to: FileHandle): Promise<void> {
  const { mode, uid, gid } = await stat(from)
  // Only root may give a file away; without it, the file belongs to the user who edits it.
  await to.chown(uid, gid).catch(() => undefined)
  await to.chmod(mode & 0o7777)
}
