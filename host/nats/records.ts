import { JetStreamApiError, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream'
import type { BlobHash } from '../../snapshot/schema.ts'
import { errorText } from '../errors.ts'
import { type Batch, readBatch } from './batch.ts'
import type { Connection } from './connection.ts'

/** The value of a key, with the place of its last write in the order of all writes of the bucket. */
export type Stored = { readonly subject: string; readonly sequence: number; readonly text: string }

/** The keys of a bucket. Every method rejects if the store is away or takes too long; a write may have happened then. */
export type Records = {
  /** The largest value that the servers take (bytes). */
  readonly maxBytes: number
  /** The value by the leader of the bucket; null without one. */
  last(subject: string): Promise<Stored | null>
  /** A value that never changes, by any server with a copy; by the leader if that server does not have it, since it can be behind. */
  constant(subject: string): Promise<Stored | null>
  /**
   * The values of several keys at one moment, when the server had the writes up to `upTo`, which is at least `sequence`. One of the keys
   * must have a value.
   */
  together(subjects: readonly string[], sequence: number): Promise<Batch>
  /** The values below a wildcard that were written longest ago. A server that is behind may give them. */
  oldest(wildcard: string, most: number): Promise<readonly Stored[]>
  /** The sequence of the last write to the bucket. */
  lastSequence(): Promise<number>
  /** Writes a value; resolves to its sequence. */
  put(subject: string, text: string): Promise<number>
  /**
   * Writes a value if the key was last written at `sequence`, or never for 0. False if it was not. With `ttlSeconds` the server forgets
   * the key by itself.
   */
  putIf(
    subject: string,
    text: string,
    sequence: number,
    options?: { readonly ttlSeconds?: number },
  ): Promise<boolean>
  /** Removes what was written to a key up to a sequence, and nothing that was written later. */
  remove(subject: string, upTo: number): Promise<void>
}

/** The deadline of one operation (ms). Elections of a leader take about as long. */
const operationMs = 3_000

/** Requests to the API of JetStream. Whether it is there was checked by the bucket. */
export const managerOptions = { checkAPI: false, timeout: operationMs }

/** After an operation that had no answer in time, others fail at once for this time (ms): calls must not wait for each one. */
const restMs = 1_000

/** A server that is behind is asked again after this time (ms), at most so often. */
const behind = { pauseMs: 50, attempts: 20 }

/** The error codes of a write whose key has another sequence, or is being written. */
const conflicts = [10071, 10164]

/** The keys of the bucket of a stream. */
export function createRecords(
  connection: Connection,
  { client, manager }: { readonly client: JetStreamClient; readonly manager: JetStreamManager },
  stream: string,
): Records {
  const { nats, availability } = connection
  let written = 0
  const ask = createAsk(connection, (reason) => availability.failed(reason))
  // A server has its copies also without a majority, so what fails there says nothing of these reads.
  const askNearby = createAsk(connection, () => undefined)

  async function publish(
    subject: string,
    text: string,
    options: { readonly expect?: { lastSubjectSequence: number }; readonly ttl?: string } = {},
  ): Promise<number> {
    const { seq } = await ask(() => client.publish(subject, text, { ...options, timeout: operationMs }))
    availability.stored()
    written = Math.max(written, seq)
    return seq
  }

  const batch = (request: object): Promise<Batch> => ask(() => readBatch(nats, stream, request, operationMs))

  async function last(subject: string): Promise<Stored | null> {
    const found = await ask(() => manager.streams.getMessage(stream, { last_by_subj: subject }))
    return found && { subject, sequence: found.seq, text: found.string() }
  }

  return {
    maxBytes: nats.info?.max_payload ?? 0,
    last,
    constant: async (subject) => {
      const found = await askNearby(() => manager.direct.getMessage(stream, { last_by_subj: subject }))
      return found ? { subject, sequence: found.seq, text: found.string() } : last(subject)
    },
    async together(subjects, sequence) {
      for (let attempt = 0; attempt < behind.attempts; attempt++) {
        const read = await batch({ multi_last: subjects, batch: subjects.length })
        if (read.upTo >= Math.max(sequence, written)) return read
        await new Promise((resolve) => setTimeout(resolve, behind.pauseMs))
      }
      throw new Error('the server of the store is too far behind its leader')
    },
    oldest: async (wildcard, most) => {
      const { messages } = await batch({ seq: 1, next_by_subj: wildcard, batch: most })
      return messages
    },
    lastSequence: async () => (await ask(() => manager.streams.info(stream))).state.last_seq,
    put: publish,
    async putIf(subject, text, sequence, { ttlSeconds } = {}) {
      try {
        const ttl = ttlSeconds === undefined ? {} : { ttl: `${ttlSeconds}s` }
        await publish(subject, text, { expect: { lastSubjectSequence: sequence }, ...ttl })
        return true
      } catch (error) {
        if (error instanceof JetStreamApiError && conflicts.includes(error.code)) return false
        throw error
      }
    },
    async remove(subject, upTo) {
      await ask(() => manager.streams.purge(stream, { filter: subject, seq: upTo + 1 }))
    },
  }
}

type Ask = <T>(action: () => Promise<T>) => Promise<T>

/** Runs operations that fail together: after one that had no answer in time, others rest. */
function createAsk(connection: Pick<Connection, 'isUp'>, onFailed: (reason: string) => void): Ask {
  let restUntilMs = Number.NEGATIVE_INFINITY
  return async (action) => {
    if (!connection.isUp()) throw new Error('the store is away')
    if (performance.now() < restUntilMs) throw new Error('the store did not answer just now')
    try {
      return await action()
    } catch (error) {
      // A server that has no leader answers with an error of its own.
      if (!(error instanceof JetStreamApiError) || error.status >= 500) {
        restUntilMs = performance.now() + restMs
        onFailed(errorText(error))
      }
      throw error
    }
  }
}

/** The hash at the end of the subject of a state or blob. */
export function hashIn(subject: string): BlobHash {
  return subject.slice(subject.lastIndexOf('.') + 1)
}
