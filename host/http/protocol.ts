import type { Duplex } from 'node:stream'
import type { Log } from '../../worker/ports.ts'
import type { Answer } from './answer.ts'
import type { RunningRequests } from './deadlines.ts'
import type { Limits } from './limits.ts'

/** One protocol's half of the server, from a connection that speaks it to responses. */
export type Lane = {
  /** Serves a connection until it closes. */
  accept(socket: Duplex): void
  /** From now on: no new requests. Idle connections close at once, the others after their last response. */
  drain(): void
}

/** What a lane works with. */
export type LaneParts = {
  readonly limits: Limits
  readonly answer: Answer
  readonly requests: RunningRequests
  readonly log: Log
}
