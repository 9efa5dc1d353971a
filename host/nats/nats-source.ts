import { blobKey } from '../../snapshot/keys.ts'
import { orderOfRoots } from '../../snapshot/root.ts'
import { joinRootValue } from '../../snapshot/root-value.ts'
import { type Clock, within } from '../../worker/clock.ts'
import type { KvReader } from '../../worker/ports.ts'
import { bucketsNamed } from '../../worker/register/named-blobs.ts'
import type { Pace, Source } from '../../worker/source/source.ts'
import type { BucketTexts } from './bucket-texts.ts'
import type { Records, Stored } from './records.ts'
import { decodeRecord, type RootRecord } from './root-record.ts'
import type { Subjects } from './subjects.ts'

/** A source that is told of new roots. */
export type NatsSource = Source & {
  /** Takes a record that the servers repeated; true if it has another root than the newest that is known. */
  take(cluster: string, record: Pick<Stored, 'sequence' | 'text'>): boolean
}

/**
 * Roots arrive by themselves; the read confirms that none was missed. It is a request for one key, made only while queries come and
 * behind the answers.
 */
const pace: Pace = { refreshMs: 5_000, idleMs: 30_000, waitMs: 300 }

/** The root that is held serves if the leader does not answer within this time (ms). */
const lookMs = 1_000

/** One cluster, as this edge knows it. */
type State = {
  /** The newest record, by its sequence. */
  root: RootRecord['root']
  sequence: number
  /** Whether the newest record came by itself, and no reader has it yet. */
  isNew: boolean
  /** The value of the last root that a reader got. */
  value: { readonly jws: string; readonly text: string } | undefined
  confirmedAtMs: number
}

/**
 * Roots and blobs of a bucket. A root is asked for at the leader of the bucket, or taken from what the servers repeat; it never goes back. While the
 * store is away, the root that is held serves, and counts as unconfirmed after a while (freshness.ts).
 */
export function createNatsSource(ports: {
  readonly records: Records
  readonly subjects: Subjects
  readonly kv: KvReader
  readonly bucketsOf: (cluster: string) => BucketTexts
  readonly clock: Clock
}): NatsSource {
  const { records, subjects, kv, bucketsOf, clock } = ports
  const states = new Map<string, State>()

  function stateOf(cluster: string): State {
    const state = states.get(cluster) ?? {
      root: undefined,
      sequence: 0,
      isNew: false,
      value: undefined,
      confirmedAtMs: Number.NEGATIVE_INFINITY,
    }
    states.set(cluster, state)
    return state
  }

  function take(cluster: string, { sequence, text }: Pick<Stored, 'sequence' | 'text'>): boolean {
    const state = stateOf(cluster)
    const { root } = decodeRecord(text)
    // A bucket that was made again counts from 1.
    const isNewer = root && (!state.root || orderOfRoots(root, state.root) > 0)
    if (sequence <= state.sequence && !isNewer) return false
    const isOther = root?.jws !== state.root?.jws
    state.root = root
    state.sequence = sequence
    return isOther
  }

  async function look(cluster: string, state: State): Promise<void> {
    const askedAtMs = clock.now()
    const stored = await records.last(subjects.root(cluster))
    if (stored) take(cluster, stored)
    // A leader that was replaced may not know it yet.
    if ((stored?.sequence ?? 0) >= state.sequence)
      state.confirmedAtMs = Math.max(state.confirmedAtMs, askedAtMs)
  }

  /** The value of a root for readers: its JWS and buckets. */
  async function valueOf(cluster: string, state: State, jws: string, isDamaged: boolean): Promise<string> {
    if (state.value?.jws !== jws || isDamaged)
      state.value = { jws, text: joinRootValue(jws, await bucketsOf(cluster).texts(bucketsNamed(jws))) }
    return state.value.text
  }

  return {
    take(cluster, record) {
      const state = stateOf(cluster)
      const isOther = take(cluster, record)
      if (isOther) state.isNew = true
      state.confirmedAtMs = Math.max(state.confirmedAtMs, clock.now())
      return isOther
    },
    async root(cluster, tasks, why) {
      const isDamaged = why === 'damaged'
      const state = stateOf(cluster)
      const isKnown = state.isNew
      state.isNew = false
      let hasLooked = true
      if (!isKnown) {
        const looked = look(cluster, state).then(
          () => true,
          () => false,
        )
        tasks.waitUntil(looked)
        hasLooked = await within(looked, lookMs, false, clock)
      }
      const jws = state.root?.jws
      if (isDamaged) bucketsOf(cluster).forget()
      if (jws !== undefined) return valueOf(cluster, state, jws, isDamaged)
      if (!hasLooked) throw new Error('the store is away, and no root was read from it yet')
      return null
    },
    // Blobs never change, and the second attempt may find what a server that was behind did not have.
    blob: (cluster, hash) => kv.get(blobKey(cluster, hash), { cacheTtl: 0 }),
    // The value of a root has all its buckets.
    bucket: () => Promise.resolve(null),
    pace: () => pace,
    confirmedAtMs: (cluster) => stateOf(cluster).confirmedAtMs,
  }
}
