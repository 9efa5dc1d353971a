/*
 * What a run has seen, as facts without judgement (check-history.ts judges them). All times are of one monotonic clock of the test (ms).
 */

/** Start and end of an exchange, as its client saw them. */
export type Span = { readonly sentMs: number; readonly endedMs: number }

/** The place of a root in the order. */
export type Order = { readonly generation: number; readonly term: number }

/** A root that some agent has signed. Two roots with the same bytes are one. */
export type SignedFact = Order & { readonly id: string; readonly version: number }

/** A root sent to an edge. `unknown`: the answer does not tell whether it was accepted. */
export type PutFact = Span & {
  readonly root: string
  readonly edge: number
  readonly outcome: 'accepted' | 'refused' | 'unknown'
  readonly code: string
}

/** The state of the register, read from an edge; no `root`: it had none. */
export type ReadFact = Span & { readonly edge: number; readonly root: Order | undefined }

/** Any request to an ingest route. Status 0: no answer, for the reason in `code`. */
export type CallFact = Span & {
  readonly edge: number
  readonly route: string
  readonly status: number
  readonly code: string
  readonly hasRetryAfter: boolean
}

/** A query and its answer; no `generation`: the answer names no snapshot. Text 'none': no answer, for the reason in `why`. */
export type AnswerFact = Span & {
  readonly edge: number
  readonly name: string
  readonly generation: number | undefined
  readonly text: string
  readonly why?: string
}

/** An edge was not running. */
export type AwayFact = { readonly edge: number; readonly fromMs: number; toMs: number }

export type History = {
  readonly roots: Map<string, SignedFact>
  readonly puts: PutFact[]
  readonly reads: ReadFact[]
  readonly calls: CallFact[]
  readonly answers: AnswerFact[]
  readonly aways: AwayFact[]
}

/** A history without facts. */
export function emptyHistory(): History {
  return { roots: new Map(), puts: [], reads: [], calls: [], answers: [], aways: [] }
}

/** Above 0 if `one` is newer than `other`, by (generation, term). */
export function compareOrder(one: Order, other: Order): number {
  return one.generation - other.generation || one.term - other.term
}
