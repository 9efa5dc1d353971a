import {
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  type StreamConfig,
} from '@nats-io/jetstream'
import { maxBodyBytes } from '../../snapshot/ingest.ts'
import { errorText, HostError } from '../errors.ts'
import type { Connection } from './connection.ts'
import type { NatsPlace } from './place.ts'
import type { Subjects } from './subjects.ts'

/** The time between two attempts to open a bucket whose servers have no leader yet (ms). */
const pauseMs = 250

/** JetStream's codes of errors that pass: no quorum or leader yet, and servers that have not joined yet. */
const passing = [10003, 10008, 10009, 10005]

/**
 * Opens the bucket of a place, and creates it if it does not exist; resolves to its number of replicas. Tries until `deadlineMs` (by
 * `performance.now`). Rejects with HostError STORE_UNREACHABLE, or STORE_UNUSABLE for servers or a bucket that cannot hold
 * snapshots.
 */
export async function openBucket(
  { nats }: Connection,
  manager: JetStreamManager,
  place: NatsPlace,
  subjects: Subjects,
  deadlineMs: number,
): Promise<number> {
  const { max_payload: maxPayload = 0, jetstream, cluster } = nats.info ?? {}
  if (!jetstream) throw unusable('its servers have no JetStream (start them with --js)')
  if (maxPayload < maxBodyBytes)
    throw unusable(`its servers take messages of ${maxPayload} bytes: set max_payload to 1MB or more`)
  const replicas = place.replicas ?? (cluster === undefined ? 1 : 3)
  for (;;) {
    try {
      const config = await openStream(manager, { ...settingsOf(subjects), num_replicas: replicas })
      checkSettings(config, subjects)
      return config.num_replicas
    } catch (error) {
      if (error instanceof HostError) throw error
      const isPassing = !(error instanceof JetStreamApiError) || passing.includes(error.code)
      if (!isPassing)
        throw unusable(`the bucket ${place.bucket} cannot be opened: ${errorText(error)}`, error)
      if (performance.now() > deadlineMs)
        throw new HostError(
          'STORE_UNREACHABLE',
          `the store's bucket ${place.bucket} cannot be opened: ${errorText(error)}`,
          { cause: error },
        )
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }
}

function unusable(problem: string, cause?: unknown): HostError {
  return new HostError('STORE_UNUSABLE', `the store of --store cannot be used: ${problem}`, { cause })
}

/** The stream of a bucket of the key-value store, whose roots are repeated to the edges as soon as they are stored. */
function settingsOf({ stream, all, pushed }: Subjects): Partial<StreamConfig> & { readonly name: string } {
  return {
    name: stream,
    subjects: [all],
    max_msgs_per_subject: 1,
    discard: DiscardPolicy.New,
    allow_rollup_hdrs: true,
    allow_direct: true,
    allow_msg_ttl: true,
    republish: { src: pushed.keys, dest: pushed.target },
  }
}

/** Opens the stream. Several edges may create it at the same time: the same stream twice is no error. */
async function openStream(
  manager: JetStreamManager,
  settings: ReturnType<typeof settingsOf>,
): Promise<StreamConfig> {
  try {
    return (await manager.streams.info(settings.name)).config
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.code !== streamNotFound) throw error
    return (await manager.streams.add(settings)).config
  }
}

const streamNotFound = 10059

/** A bucket that was made by hand, or for something else, could lose snapshots or never tell of new ones. */
function checkSettings(config: StreamConfig, subjects: Subjects): void {
  const wanted = settingsOf(subjects)
  const problems = [
    config.max_msgs_per_subject !== 1 && 'its history is not 1',
    config.max_age !== 0 && 'its keys expire',
    (config.deny_purge ?? false) && 'its keys cannot be purged',
    !config.allow_direct && 'it has no direct reads',
    !config.allow_msg_ttl && 'its keys cannot have a TTL',
    config.republish?.dest !== wanted.republish?.dest && 'it does not republish roots',
  ].filter((problem) => problem !== false)
  if (problems.length > 0)
    throw unusable(
      `the bucket of stream ${config.name} was not made by kubedoh: ${problems.join(', ')}; choose another one with --store-bucket`,
    )
}
