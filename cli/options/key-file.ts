import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { errorText } from '../../host/errors.ts'
import { makeDirectory } from '../../host/make-directory.ts'
import { generateKey, importPrivateKey, type SigningKey } from '../../snapshot/key.ts'
import { readInputFile } from './input-file.ts'
import { UsageError } from './option-table.ts'

/** Reads an agent's private key. Throws UsageError with the file and the fault. */
export async function readKeyFile(file: string): Promise<SigningKey> {
  const text = await readInputFile(file, `the key ${file}`, '; `kubedoh key new --out FILE` makes one')
  try {
    return await importPrivateKey(JSON.parse(text))
  } catch (error) {
    throw new UsageError(`${file} is not a key made by \`kubedoh key new\`: ${errorText(error)}`)
  }
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
