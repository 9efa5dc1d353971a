import type { Duplex } from 'node:stream'
import type { Log } from '../../worker/ports.ts'
import type { Answer } from './answer.ts'
import type { RunningRequests } from './deadlines.ts'
import type { Limits } from './limits.ts'

/** The server's side of one protocol: from connections to requests and responses. */
export type Protocol = {
  /** Serves a connection until it closes. */
  accept(socket: Duplex): void
  /** From now on: no new requests. Idle connections close at once, the others after their last response. */
  drain(): void
}

/** The shared parts that a protocol uses. */
export type ProtocolParts = {
  readonly limits: Limits
  readonly answer: Answer
  readonly requests: RunningRequests
  readonly log: Log
}
