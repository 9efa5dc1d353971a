import { writeQuery } from '../dns/message/write-query.ts'
import { fold, nameFromText } from '../dns/name.ts'
import { errorText, QueryError } from './errors.ts'
import { typeCode } from './record-type.ts'

/** A question as text, and the parts of its query that depend on the transport. */
export type QueryText = {
  readonly name: string
  /** A mnemonic or a number. */
  readonly type: string
  /** Send an OPT record? */
  readonly edns: boolean
  /** Pad to whole blocks (RFC 8467 §4.1)? Only with OPT; false when unset. */
  readonly padded?: boolean
  /** 0 to 65535; 0 when unset, so that HTTP caches can share the answer (RFC 8484 §4.1). */
  readonly id?: number
}

/** A question → the query in wire form. Throws QueryError OPTION_NAME and OPTION_TYPE. */
export function queryMessage({ name, type, edns, padded = false, id = 0 }: QueryText): Uint8Array {
  const code = typeCode(type)
  try {
    const query = writeQuery(fold(nameFromText(name)), code, { edns: edns ? { padded } : undefined })
    query[0] = id >> 8
    query[1] = id
    return query
  } catch (error) {
    throw new QueryError('OPTION_NAME', errorText(error), { cause: error })
  }
}
