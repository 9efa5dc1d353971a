import { EDE, type ExtendedError, RCODE, type Rcode } from '../dns/code.ts'
import { LinkError } from './edge/link-error.ts'

/** What clients are told when the edge gave no answer. It is never NXDOMAIN: an outage is no proof that a name does not exist. */
export type FailureReply = { readonly rcode: Rcode; readonly error: ExtendedError }

/** An error of asking the edge → the reply. Only a refused caller gets REFUSED: everything else may be over at the next query. */
export function failureReply(error: unknown): FailureReply {
  const text = error instanceof Error ? error.message : String(error)
  if (!(error instanceof LinkError)) return { rcode: RCODE.SERVFAIL, error: { code: EDE.OTHER, text } }
  switch (error.code) {
    case 'EDGE_REFUSED':
      return { rcode: RCODE.REFUSED, error: { code: EDE.PROHIBITED, text } }
    case 'EDGE_NOT_READY':
      return { rcode: RCODE.SERVFAIL, error: { code: EDE.NOT_READY, text } }
    case 'EDGE_BUSY':
    case 'EDGE_LIMITED':
      return { rcode: RCODE.SERVFAIL, error: { code: EDE.OTHER, text } }
    case 'EDGE_SILENT':
      return { rcode: RCODE.SERVFAIL, error: { code: EDE.NETWORK_ERROR, text } }
    case 'EDGE_UNREACHABLE':
    case 'EDGE_STATUS':
    case 'EDGE_ANSWER':
      return { rcode: RCODE.SERVFAIL, error: { code: EDE.NO_REACHABLE_AUTHORITY, text } }
  }
}

/** Whether an earlier answer may be used instead: not if the edge refuses the caller, who may then see nothing. */
export function allowsStale(error: unknown): boolean {
  return !(error instanceof LinkError && error.code === 'EDGE_REFUSED')
}
