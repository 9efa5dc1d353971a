import { typeFromText } from '../dns/text/mnemonic.ts'
import { QueryError } from './errors.ts'

export { typeText } from '../dns/text/mnemonic.ts'

/** A type as one types it ('srv', 'TYPE65', '65') → its number. Throws QueryError OPTION_TYPE. */
export function typeCode(text: string): number {
  const code = typeFromText(text)
  if (code !== undefined) return code
  throw new QueryError(
    'OPTION_TYPE',
    `"${text}" is no record type; say a mnemonic such as AAAA, or a number up to 65535`,
  )
}
