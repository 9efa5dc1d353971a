import { type Places, PlacesError, placesOf } from '../../setup/places.ts'
import { readInputFile } from './input-file.ts'
import { type OptionTable, UsageError } from './option-table.ts'
import { refuseExposedKey } from './private-file.ts'

/** The option of verbs that take the URL of an edge, for URLs with a token. */
export const urlFileOption = {
  'url-file': {
    kind: 'text',
    value: 'FILE',
    help: "read the edge's URL from this file instead of the command line, where other users of the machine could see its token; lines with # are left out",
  },
} as const satisfies OptionTable

/**
 * The addresses of the edge whose URL is on the command line or in --url-file, of which there must be one. `verb` is for
 * messages. Throws UsageError, whose message never has the URL's path, since that may contain a token.
 */
export async function edgeUrl(
  verb: string,
  word: string | undefined,
  file: string | undefined,
): Promise<Places> {
  if (word !== undefined && file !== undefined)
    throw new UsageError('give either a URL or --url-file, not both')
  const text = word ?? (file === undefined ? undefined : await readUrlFile(file))
  if (text === undefined)
    throw new UsageError(`${verb} needs the URL of an edge, such as https://dns.example.com/dns-query/TOKEN`)
  try {
    return placesOf(text)
  } catch (error) {
    throw error instanceof PlacesError ? new UsageError(error.message, { cause: error }) : error
  }
}

/**
 * The URL in a file that only its owner can read: the one line that is not empty and does not begin with #. Throws
 * UsageError, whose message never has the URL.
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
