import { readFile } from 'node:fs/promises'
import tls from 'node:tls'
import { errorText, QueryError } from './errors.ts'

/** A PEM file of authorities → its text. Throws QueryError OPTION_CA. */
export async function readCa(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const reason = errorText(error)
    throw new QueryError('OPTION_CA', `cannot read the authorities in ${file} (${reason})`, { cause: error })
  }
}

/** The authorities that Node and the system trust, as PEM texts. */
export function defaultAuthorities(): string[] {
  return [...tls.getCACertificates('default'), ...tls.getCACertificates('system')]
}
