import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { readCa } from '../../client/authorities.ts'
import type { Stub } from '../../connect/stub.ts'
import { type DnsListeners, openDnsListeners } from '../../host/dns/dns-listeners.ts'
import { authority, type ListenAddress } from '../../host/http/listen.ts'
import type { Places } from '../../setup/places.ts'
import type { Log } from '../../worker/ports.ts'
import type { World } from '../options/verb.ts'
import { aborted } from '../run/aborted.ts'
import { openStub } from './open-stub.ts'
import { readState } from './state-file.ts'

/** How a stub is run. */
export type StubRun = {
  readonly places: Places
  readonly listen: ListenAddress
  /** PEM file of the only authorities to trust. */
  readonly caFile: string | undefined
  /** Addresses of the edge's host, which is then not looked up. */
  readonly addresses: readonly string[]
  readonly stateFile: string | undefined
  readonly log: Log
}

/** The time for running queries to end after SIGTERM (ms). */
const graceMs = 2_000

/** How long the start waits for the zones of the edge (ms). */
const startMs = 4_000

/** Queries over UDP that may wait at once: 10,000 that arrive together are answered in seconds. */
const maxWaitingQueries = 16_384

/** Runs a stub until SIGTERM → exit code 0. Throws HostError LISTEN_* and QueryError OPTION_CA. */
export async function runStub(run: StubRun, { print, signal }: World): Promise<number> {
  // The command line may contain a token, and other users can read it.
  process.title = 'kubedoh connect'
  const { places, addresses, stateFile, log } = run
  const ca = run.caFile === undefined ? undefined : await readCa(run.caFile)
  const state = await readState(stateFile)
  const { stub, watch, close } = openStub({ places, ca, addresses, stateFile, state, log })
  try {
    const listeners = await listenFor(stub, run)
    try {
      await Promise.race([watch.read(), sleep(startMs, undefined, { ref: false }), aborted(signal)])
      for (const address of listeners.plain) print(`ready ${authority(address)}`)
      await aborted(signal)
      return 0
    } finally {
      await listeners.close(graceMs)
    }
  } finally {
    close()
  }
}

function listenFor(stub: Stub, { listen, log }: StubRun): Promise<DnsListeners> {
  return openDnsListeners({
    listen: {
      plain: [listen],
      secrets: [new Uint8Array(randomBytes(16))],
      udpLimits: { maxWaitingQueries },
      dot: [],
      certificate: undefined,
      limits: {},
    },
    handler: stub,
    log,
  })
}
