import { type Places, PlacesError, placesOf } from '../../setup/places.ts'
import { UsageError } from '../options/option-table.ts'
import { readUrlFile } from '../options/url-file.ts'

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
