import { type Places, PlacesError, placesOf } from '../../setup/places.ts'
import { readInputFile } from '../options/input-file.ts'
import { UsageError } from '../options/option-table.ts'
import { refuseExposedKey } from '../options/private-file.ts'

/**
 * The edge's addresses, from the URL of the command line or of --url-file, of which there must be one. Throws UsageError,
 * whose message never has the URL's path, since that may contain a token.
 */
export async function edgeUrl(word: string | undefined, file: string | undefined): Promise<Places> {
  if (word !== undefined && file !== undefined)
    throw new UsageError('give either a URL or --url-file, not both')
  const text = word ?? (file === undefined ? undefined : await readUrlFile(file))
  if (text === undefined)
    throw new UsageError('connect needs the URL of an edge, such as https://dns.example.com/dns-query/TOKEN')
  try {
    return placesOf(text)
  } catch (error) {
    throw error instanceof PlacesError ? new UsageError(error.message, { cause: error }) : error
  }
}

async function readUrlFile(file: string): Promise<string> {
  const text = await readInputFile(file, '--url-file')
  await refuseExposedKey(file, 'file of the URL')
  const lines = text.split('\n').map((line) => line.trim())
  const [url, ...others] = lines.filter((line) => line !== '' && !line.startsWith('#'))
  if (url === undefined || others.length > 0)
    throw new UsageError(`${file} must have one line, the URL of an edge; lines with # are left out`)
  return url
}
