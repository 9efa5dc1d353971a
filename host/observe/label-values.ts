import { nameFromText, nameToText } from '../../dns/name.ts'
import { rcodeText, typeText } from '../../dns/text/mnemonic.ts'
import type { IngestCode } from '../../snapshot/ingest.ts'
import type { EdgeConfig } from '../../worker/config.ts'
import type { ConnectionTransport, LimitHit, Transport, UpstreamResult } from '../../worker/ports.ts'

/** The value of a label for everything without a value of its own. */
export const other = 'other'

/** The zone of names outside all zones, as in CoreDNS. */
export const noZone = '.'

/** Types with a value of their own: those that clients of a cluster ask for. All others are `other`. */
export const countedTypes: readonly number[] = [1, 28, 33, 12, 5, 16, 64, 65, 2, 6, 15, 43, 48, 255]

/** Rcodes with a value of their own (RFC 6895 §2.3). */
export const countedRcodes: readonly number[] = [0, 1, 2, 3, 4, 5, 16, 23]

/** HTTP statuses with a value of their own. */
export const countedStatuses: readonly number[] = [
  200, 204, 400, 401, 403, 404, 405, 408, 409, 413, 414, 415, 429, 500, 503,
]

// The objects make the compiler find a missing value.
const transportSet: Readonly<Record<Transport, true>> = {
  ...{ http1: true, http2: true, http: true, udp: true, tcp: true, dot: true },
}
const connectionSet: Readonly<Record<ConnectionTransport, true>> = {
  ...{ http1: true, http2: true, tcp: true, dot: true },
}
const limitSet: Readonly<Record<LimitHit, true>> = {
  ...{ anonymous: true, token: true, failure: true, ingest: true, ingestBytes: true },
  ...{ connections: true, source_connections: true, in_flight: true, waiting: true, response_rate: true },
}
const resultSet: Readonly<Record<UpstreamResult, true>> = {
  ...{ answer: true, rcode: true, network: true, garbage: true },
}
const codeSet: Readonly<Record<IngestCode, true>> = {
  ...{ ROOT_UNVERIFIED: true, ROOT_CLUSTER: true, ROOT_DOMAIN: true, ROOT_OLDER: true, ROOT_CONFLICT: true },
  ...{ ROOT_FUTURE: true, ROOT_EXPIRED: true, BLOB_MISSING: true, BLOB_MISMATCH: true, SCHEMA: true },
  ...{ BUCKET_MISSING: true, BUCKET_MISMATCH: true },
  ...{ PROOF_MISSING: true, PROOF_UNVERIFIED: true, PROOF_MISPLACED: true, PROOF_EXPIRED: true },
  ...{ PROOF_REPLAYED: true, BODY_MISMATCH: true, BODY_LENGTH: true, CLUSTER_UNKNOWN: true },
  ...{
    ROUTE_UNKNOWN: true,
    ROOT_POLICY: true,
    BODY_TOO_LARGE: true,
    BLOB_COUNT: true,
    BLOB_BUSY: true,
    STORE_FAILED: true,
  },
}

export const transports = Object.keys(transportSet) as readonly Transport[]
export const connectionTransports = Object.keys(connectionSet) as readonly ConnectionTransport[]
export const limits = Object.keys(limitSet) as readonly LimitHit[]
export const upstreamResults = Object.keys(resultSet) as readonly UpstreamResult[]
export const ingestCodes = Object.keys(codeSet) as readonly IngestCode[]
export const types = [...countedTypes.map(typeText), other]
export const rcodes = [...countedRcodes.map(rcodeText), other]
export const statuses = [...countedStatuses.map(String), other]

/** The zones of a configuration as text, with those of reverse names and of names outside all zones. */
export function zonesOf({ clusters }: Pick<EdgeConfig, 'clusters'>): readonly string[] {
  const configured = clusters.flatMap(({ domain, zones }) => [...zones, domain])
  const reverse = ['in-addr.arpa', 'ip6.arpa'].map(nameFromText)
  return [...new Set([...configured, ...reverse].map(nameToText)), noZone]
}
