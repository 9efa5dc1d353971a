import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import type { NatsCluster } from '../../test/nats/nats-cluster.ts'
import type { Ledger } from '../../worker/register/ledger.ts'
import { openBucket } from './bucket.ts'
import { createBucketTexts } from './bucket-texts.ts'
import { openConnection } from './connection.ts'
import { createDeletions } from './deletions.ts'
import { createNatsKv } from './nats-kv.ts'
import { createNatsLedger } from './nats-ledger.ts'
import type { NatsPlace } from './place.ts'
import { createRecords, managerOptions, type Records } from './records.ts'
import { subjectsOf } from './subjects.ts'

let buckets = 0

/** The place of a bucket that does not exist yet. */
export function newPlace(nats: NatsCluster): NatsPlace {
  const bucket = `test-${buckets++}`
  return { servers: nats.addresses, tls: undefined, login: undefined, bucket, replicas: undefined }
}

/** What one edge has of a bucket: its own connection and its own memory. */
export type EdgeOfBucket = {
  readonly records: Records
  readonly kv: ReturnType<typeof createNatsKv>
  /** The ledger of a cluster, the same one each time. */
  ledgerOf(cluster: string): Ledger
  close(): Promise<void>
}

/** Opens a bucket as an edge does. */
export async function openEdgeOfBucket(place: NatsPlace): Promise<EdgeOfBucket> {
  const deadlineMs = performance.now() + 30_000
  const silent = { info: () => undefined, warn: () => undefined }
  const connection = await openConnection(place, silent, deadlineMs)
  const subjects = subjectsOf(place.bucket)
  const manager = await jetstreamManager(connection.nats, managerOptions)
  await openBucket(connection, manager, place, subjects, deadlineMs)
  const client = jetstream(connection.nats)
  const records = createRecords(connection, { client, manager }, subjects.stream)
  const deletions = createDeletions()
  const opened = new Map<string, Ledger>()
  return {
    records,
    kv: createNatsKv(records, subjects, deletions),
    ledgerOf(cluster) {
      const texts = createBucketTexts(records, subjects, cluster)
      const parts = { cluster, records, subjects, deletions, buckets: texts }
      const ledger = opened.get(cluster) ?? createNatsLedger(parts)
      opened.set(cluster, ledger)
      return ledger
    },
    close: connection.close,
  }
}
