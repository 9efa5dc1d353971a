import { readInputFile } from './input-file.ts'
import { UsageError } from './option-table.ts'
import { refuseExposedKey } from './private-file.ts'

/**
 * The URL of an edge in a file that only its owner can read: the one line that is not empty and does not begin with #. Throws
 * UsageError, whose message never has the URL, since that may contain a token.
 */
export async function readUrlFile(file: string): Promise<string> {
  const text = await readInputFile(file, '--url-file')
  await refuseExposedKey(file, 'file of the URL')
  const lines = text.split('\n').map((line) => line.trim())
  const [url, ...others] = lines.filter((line) => line !== '' && !line.startsWith('#'))
  if (url === undefined || others.length > 0)
    throw new UsageError(`${file} must have one line, the URL of an edge; lines with # are left out`)
  return url
}
