import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { errorText } from '../../host/errors.ts'
import { makeDirectory } from '../../host/make-directory.ts'
import { generateKey, importPrivateKey, type SigningKey } from '../../snapshot/key.ts'
import { readInputFile } from './input-file.ts'
import { UsageError } from './option-table.ts'
import { refuseExposedKey } from './private-file.ts'

/** Reads a private key. Throws UsageError with the file and the fault, such as other users' access to it. */
export async function readKeyFile(file: string): Promise<SigningKey> {
  const text = await readInputFile(file, `the key ${file}`, '; `kubedoh key new --out FILE` makes one')
  const key = await importKey(text).catch((error: unknown) => {
    throw new UsageError(`${file} is not a key made by \`kubedoh key new\`: ${errorText(error)}`)
  })
  await refuseExposedKey(file)
  return key
}

async function importKey(text: string): Promise<SigningKey> {
  return importPrivateKey(JSON.parse(text))
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

/** Generates a private key that no file has. */
export async function unstoredKey(): Promise<SigningKey> {
  return importPrivateKey(await generateKey())
}

/** Reads the key in a file, or generates one if the file does not exist. Throws UsageError. */
export function keyFile(file: string): Promise<SigningKey> {
  return existsSync(file) ? readKeyFile(file) : writeKeyFile(file)
}
