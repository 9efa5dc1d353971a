import { existsSync } from 'node:fs'
import { stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { errorText } from '../../host/errors.ts'
import { makeDirectory } from '../../host/make-directory.ts'
import { generateKey, importPrivateKey, type SigningKey } from '../../snapshot/key.ts'
import { readInputFile } from './input-file.ts'
import { UsageError } from './option-table.ts'

/** Reads a private key. Throws UsageError with the file and the fault, such as other users' access to it. */
export async function readKeyFile(file: string): Promise<SigningKey> {
  const text = await readInputFile(file, `the key ${file}`, '; `kubedoh key new --out FILE` makes one')
  const key = await importKey(text).catch((error: unknown) => {
    throw new UsageError(`${file} is not a key made by \`kubedoh key new\`: ${errorText(error)}`)
  })
  const problem = keyModeProblem(file, await stat(file), process.platform, process.getuid?.())
  if (problem !== undefined) throw new UsageError(problem)
  return key
}

async function importKey(text: string): Promise<SigningKey> {
  return importPrivateKey(JSON.parse(text))
}

/**
 * Why a key file's mode is refused, and how to mend it; undefined where it is not. Only its owner may have access. A file of
 * another owner may be readable by its group: a Secret that is mounted with fsGroup is. On Windows, modes mean nothing.
 */
export function keyModeProblem(
  file: string,
  { mode, uid }: { readonly mode: number; readonly uid: number },
  platform: NodeJS.Platform,
  ownUid: number | undefined,
): string | undefined {
  if (platform === 'win32') return undefined
  const permissions = mode & 0o777
  const isOthers = uid !== ownUid
  if ((permissions & (isOthers ? 0o037 : 0o077)) === 0) return undefined
  const mend = isOthers
    ? `let its owner run \`chmod 0440 ${file}\` (in a Secret volume: defaultMode: 0440)`
    : `run \`chmod 0600 ${file}\` (in a Secret volume: defaultMode: 0400)`
  return `other users have access to the private key ${file} (mode ${permissions.toString(8).padStart(4, '0')}); ${mend}`
}

/** Generates a private key in a new file with mode 0600. Throws UsageError when the file exists or cannot be written. */
export async function writeKeyFile(file: string): Promise<SigningKey> {
  const jwk = await generateKey()
  try {
    makeDirectory(dirname(file))
    await writeFile(file, `${JSON.stringify(jwk)}\n`, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    throw new UsageError(`cannot write the key ${file}: ${errorText(error)}`)
  }
  return importPrivateKey(jwk)
}

/** Reads the key in a file, or generates one if the file does not exist. Throws UsageError. */
export function keyFile(file: string): Promise<SigningKey> {
  return existsSync(file) ? readKeyFile(file) : writeKeyFile(file)
}
