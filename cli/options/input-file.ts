import { readFile } from 'node:fs/promises'
import { errorText } from '../../host/errors.ts'
import { decodeText } from '../../sync/files/decode-text.ts'
import { UsageError } from './option-table.ts'

/**
 * The text of a file that an option names, in UTF-8, or in UTF-16 with a byte order mark. Throws UsageError when the
 * file cannot be read; `what` names the option and the file in its message, `hint` ends it.
 */
export async function readInputFile(file: string, what: string, hint = ''): Promise<string> {
  const decoded = decodeText(await readBytes(file, what, hint))
  if ('problem' in decoded) throw new UsageError(`cannot read ${what}: ${decoded.problem}`)
  return decoded.text
}

async function readBytes(file: string, what: string, hint: string): Promise<Uint8Array> {
  try {
    return await readFile(file)
  } catch (error) {
    throw new UsageError(`cannot read ${what}: ${errorText(error)}${hint}`)
  }
}
