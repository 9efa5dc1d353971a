import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errorText, systemCode } from '../../host/errors.ts'
import { makeDirectory } from '../../host/make-directory.ts'
import { UsageError } from '../options/option-table.ts'
import type { SetupFile } from './files.ts'

/** What became of a file. */
export type Written = 'written' | 'changed' | 'unchanged'

/** Makes the folder of a setup, for its owner alone. Throws UsageError. */
export function makeFolder(dir: string): void {
  try {
    makeDirectory(dir)
  } catch (error) {
    throw new UsageError(`cannot make the folder ${dir}: ${errorText(error)}`)
  }
}

/** The text of a file, or undefined where there is none. Throws UsageError when it cannot be read. */
export async function textOf(dir: string, name: string): Promise<string | undefined> {
  try {
    return await readFile(join(dir, name), 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw new UsageError(`cannot read ${join(dir, name)}: ${errorText(error)}`)
  }
}

/** Writes a file unless it has this text already. Readers see the old text or the new one. Throws UsageError. */
export async function writeSetupFile(dir: string, { name, isSecret, text }: SetupFile): Promise<Written> {
  const before = await textOf(dir, name)
  if (before === text) return 'unchanged'
  const file = join(dir, name)
  const next = `${file}.new`
  try {
    await writeFile(next, text, { mode: isSecret ? 0o600 : 0o644 })
    await rename(next, file)
  } catch (error) {
    throw new UsageError(`cannot write ${file}: ${errorText(error)}`)
  }
  return before === undefined ? 'written' : 'changed'
}
