import { createZones, type Zones } from './answer/zone.ts'
import { createPackets, type Packets } from './answer-cache.ts'
import { type Clock } from './clock.ts'
import type { EdgeConfig } from './config.ts'
import type { Fetch, KvReader, Log } from './ports.ts'
import { createKeyring, type Keyring } from './reader/keyring.ts'
import { createReader, type Reader } from './reader/reader.ts'
import type { Register } from './register/register.ts'
import { createForwarder, type Forwarder } from './upstream/forward.ts'

/** One isolate's edge: its configuration, what it remembers, and the world that it was given. */
export type Edge = {
  readonly config: EdgeConfig
  readonly zones: Zones
  readonly reader: Reader
  readonly packets: Packets
  readonly keyring: Keyring
  /** Undefined where nothing is configured to be asked. */
  readonly forwarder: Forwarder | undefined
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
  /** How its store is declared to agents. */
  readonly store: Store
  /** The register of a cluster. */
  readonly registerOf: (cluster: string) => Register
}

/** What agents are told of a store. */
export type Store = {
  readonly kind: 'cloudflare-kv' | 'sqlite'
  readonly minPublishIntervalMs: number
  readonly writesPerDay: number | null
}

/** The world of an edge. `random` gives [0, 1). */
export type EdgePorts = {
  readonly kv: KvReader
  readonly fetch: Fetch
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
  readonly store: Store
  readonly registerOf: (cluster: string) => Register
}

/** An edge with empty memory. */
export function createEdge(config: EdgeConfig, ports: EdgePorts): Edge {
  const keyring = createKeyring()
  const reader = createReader({
    ...ports,
    keyring,
    clusters: config.clusters,
    memoryBytes: config.memoryBytes,
  })
  const packets = createPackets(config.answerBytes)
  const forwarder = config.upstream && createForwarder(config.upstream, ports)
  return { ...ports, config, keyring, reader, packets, forwarder, zones: createZones(config) }
}
