import { nameToText } from '../dns/name.ts'
import { reverseNameOf } from '../dns/reverse.ts'
import { typeFromText } from '../dns/text/mnemonic.ts'
import { QueryError } from './errors.ts'
import { typeCode } from './record-type.ts'

/** A name and a type as text, not yet checked. */
export type Asked = { readonly name: string; readonly type: string }

/**
 * Words of a command line → questions, in the order of the words: a name, the types to ask it for (A when there is
 * none), the next name and so on. The first word is always a name. A later word that is a record type is one; a
 * single label that looks like a type is given with a final dot ('ns.'). Throws QueryError OPTION_TYPE for a later
 * word without a dot that is not a type, since that is a typing error more often than a name.
 */
export function readQuestions(words: readonly string[]): Asked[] {
  const names: { readonly name: string; readonly types: string[] }[] = []
  for (const word of words) {
    const last = names.at(-1)
    if (last && (typeFromText(word) !== undefined || !word.includes('.'))) {
      typeCode(word)
      last.types.push(word)
    } else names.push({ name: word, types: [] })
  }
  return names.flatMap(({ name, types }) =>
    (types.length === 0 ? ['A'] : types).map((type) => ({ name, type })),
  )
}

/** An address → the PTR question for it. Throws QueryError OPTION_NAME when it is not an address. */
export function reverseQuestion(address: string): Asked {
  const name = reverseNameOf(address)
  if (name === undefined)
    throw new QueryError('OPTION_NAME', `-x is "${address}", which is not an IPv4 or IPv6 address`)
  return { name: nameToText(name), type: 'PTR' }
}
