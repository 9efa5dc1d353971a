import type { Row } from './row.ts'
import { cacheRows } from './rows-cache.ts'
import { decoderRow } from './rows-decoder.ts'
import { ednsRows } from './rows-edns.ts'
import { httpRows } from './rows-http.ts'
import { messageRows } from './rows-message.ts'

/** The rows for every DoH server, in the order of the report. */
export const generalRows: readonly Row[] = [
  ...httpRows,
  ...cacheRows,
  ...messageRows,
  ...ednsRows,
  decoderRow,
]
