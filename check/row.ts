import type { Message } from '../dns/message/read-message.ts'

/** One HTTP request of a row. Defaults: GET, no body, HTTP/2 or HTTP/1.1, any version of TLS. */
export type Ask = {
  readonly method?: string
  /** The path below the endpoint's, such as '/nothing-here'; the query is the endpoint's and this. */
  readonly below?: string
  /** Without '?'. */
  readonly query?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  readonly protocol?: 'h2' | 'http/1.1'
  readonly tlsVersion?: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'
}

/** The response to a request, or the reason why there is none. */
export type Got =
  | {
      readonly status: number
      readonly headers: Readonly<Record<string, string | undefined>>
      readonly bytes: Uint8Array
      readonly httpVersion: string
    }
  | { readonly failed: string }

/** Facts about the server that rows depend on. */
export type Facts = {
  readonly isTls: boolean
  /** A name with addresses, or undefined when none is known. */
  readonly name: string | undefined
  /** The answer for that name. */
  readonly known: Message | undefined
  /** Every response so far, in the order of the requests, those of earlier rows included. */
  readonly received: readonly Got[]
}

/**
 * One requirement on a DoH server. MUST and SHOULD are the RFC's own words; advice is a need of existing clients that
 * no RFC requires.
 */
export type Row = {
  readonly id: string
  readonly title: string
  readonly rfc: string
  readonly level: 'MUST' | 'SHOULD' | 'advice'
  /** The row is skipped when this is missing. */
  readonly needs?: 'name' | 'tls'
  /** The requests, sent one after the other. */
  ask(facts: Facts): readonly Ask[]
  /** Judges the responses, which are in the order of the requests. */
  judge(gots: readonly Got[], facts: Facts): Complaint
}

/** The fault; `skip`: the reason why the row cannot be judged; undefined when the row holds. */
export type Complaint = string | { readonly skip: string } | undefined
