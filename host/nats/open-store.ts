import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import type { Check } from '../../observe/health-checks.ts'
import { createNumbers, numbersText } from '../../observe/prometheus.ts'
import { nonceLifeMs } from '../../snapshot/proof.ts'
import type { Clock } from '../../worker/clock.ts'
import type { Log } from '../../worker/ports.ts'
import { createLedgerRegister } from '../../worker/register/ledger-register.ts'
import type { EdgeStore } from '../edge-store.ts'
import { errorText } from '../errors.ts'
import { openBucket } from './bucket.ts'
import { type BucketTexts, createBucketTexts } from './bucket-texts.ts'
import { openConnection } from './connection.ts'
import { createDeletions } from './deletions.ts'
import { readFirstRoots } from './first-roots.ts'
import { createNatsKv } from './nats-kv.ts'
import { createNatsLedger } from './nats-ledger.ts'
import { createNatsSource } from './nats-source.ts'
import type { NatsPlace } from './place.ts'
import { createRecords, managerOptions } from './records.ts'
import { storeRows } from './store-rows.ts'
import { subjectsOf } from './subjects.ts'

/** A store that several edges share. */
export type SharedStore = EdgeStore & {
  /** It never fails, since an edge answers without its store, but it warns. */
  readonly readyz: readonly Check[]
  /** Metrics in Prometheus' text format. */
  text(): string
}

/** A start waits for so long until the servers answer and have a leader (ms). */
const startMs = 30_000

/** While the store is away it is asked this often (ms), also if nobody asks the edge. */
const probeMs = 1_000

/**
 * Opens the bucket of NATS servers that several edges share, and creates it if it does not exist. Rejects with HostError STORE_*.
 */
export async function openNatsStore(
  place: NatsPlace,
  {
    clusters,
    clock,
    log,
  }: { readonly clusters: readonly string[]; readonly clock: Clock; readonly log: Log },
): Promise<SharedStore> {
  const deadlineMs = performance.now() + startMs
  const subjects = subjectsOf(place.bucket)
  const connection = await openConnection(place, log, deadlineMs)
  try {
    const manager = await jetstreamManager(connection.nats, managerOptions)
    const replicas = await openBucket(connection, manager, place, subjects, deadlineMs)
    log.info('store open', { server: connection.nats.getServer(), bucket: place.bucket, replicas })
    const client = jetstream(connection.nats)
    const records = createRecords(connection, { client, manager }, subjects.stream)
    return await assemble()

    async function assemble(): Promise<SharedStore> {
      const deletions = createDeletions()
      const texts = new Map<string, BucketTexts>()
      const bucketsOf = (cluster: string): BucketTexts => {
        const opened = texts.get(cluster) ?? createBucketTexts(records, subjects, cluster)
        texts.set(cluster, opened)
        return opened
      }
      const kv = createNatsKv(records, subjects, deletions)
      const ledgerOf = (cluster: string) =>
        createNatsLedger({ cluster, records, subjects, deletions, buckets: bucketsOf(cluster) })
      const source = createNatsSource({ records, subjects, kv, bucketsOf, clock })
      const ledgers = new Map(clusters.map((cluster) => [cluster, ledgerOf(cluster)]))
      const pushed = createNumbers(storeRows.pushed)
      for (const cluster of clusters) pushed.add([cluster], 0)
      const listeners: ((cluster: string) => void)[] = []
      const tell = (cluster: string): void => {
        for (const listener of listeners) listener(cluster)
      }
      connection.nats.subscribe(subjects.pushed.subjects, {
        callback(error, message) {
          const cluster = subjects.clusterPushed(message.subject)
          if (error || !ledgers.has(cluster)) return
          connection.availability.stored()
          try {
            const sequence = Number(message.headers?.get('Nats-Sequence'))
            if (!source.take(cluster, { sequence, text: message.string() })) return
            pushed.add([cluster])
            tell(cluster)
          } catch (fault) {
            log.warn('root not read', { cluster, reason: errorText(fault) })
          }
        },
      })
      connection.onBack(() => clusters.forEach(tell))
      await readFirstRoots(source, clusters, deadlineMs)
      const probing = setInterval(() => {
        if (connection.availability.isAway()) void records.put(subjects.probe, '').catch(() => undefined)
      }, probeMs)
      return {
        kind: 'nats',
        kv,
        source,
        register: createLedgerRegister((cluster) => ledgers.get(cluster) ?? ledgerOf(cluster), kv, log),
        useFollowerNonce: (cluster, nonce, nowMs) =>
          ledgerOf(`${cluster}/followers`).useNonce(nonce, nowMs, nowMs + nonceLifeMs),
        onRoot: (action) => void listeners.push(action),
        readyz: [
          {
            name: 'store',
            problem: () => undefined,
            warning: () => (connection.availability.isAway() ? 'the store is away; see the log' : undefined),
          },
        ],
        text: () =>
          numbersText(storeRows.available, [
            { values: [], value: connection.availability.isAway() ? 0 : 1 },
          ]) + pushed.text(),
        close() {
          clearInterval(probing)
          void connection.close()
        },
      }
    }
  } catch (error) {
    await connection.close()
    throw error
  }
}
