import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { readCa } from '../../client/authorities.ts'
import type { Stub } from '../../connect/stub.ts'
import type { DnsAddress } from '../../host/dns/dns-listener.ts'
import { type DnsListeners, openDnsListeners } from '../../host/dns/dns-listeners.ts'
import { authority } from '../../host/http/listen.ts'
import type { Places } from '../../setup/places.ts'
import type { Log } from '../../worker/ports.ts'
import { isLoopbackOnly } from '../options/listen-option.ts'
import type { World } from '../options/verb.ts'
import { aborted } from '../run/aborted.ts'
import type { ForwardChoice } from './forward-options.ts'
import { openForwarding } from './open-forwarding.ts'
import { openStub } from './open-stub.ts'
import { withPortHolder } from './port-holder.ts'
import { readState } from './state-file.ts'
import { networkPorts, readHosts, systemLookUp, systemPorts } from './system-resolvers.ts'

/** How a stub is run. */
export type StubRun = {
  readonly places: Places
  /** Where it answers. */
  readonly listen: readonly DnsAddress[]
  /** PEM file of the only authorities to trust. */
  readonly caFile: string | undefined
  /** Addresses of the edge's host, which is then not looked up. */
  readonly addresses: readonly string[]
  /** How names outside the zones are treated. */
  readonly choice: ForwardChoice
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
export async function runStub(run: StubRun, { print, signal, env }: World): Promise<number> {
  // The command line may contain a token, and other users can read it.
  process.title = 'kubedoh connect'
  const { places, addresses, stateFile, log } = run
  for (const address of run.listen)
    if (!isLoopbackOnly([address]))
      log.warn('other machines and containers can ask with your token', { address: authority(address) })
  const ca = run.caFile === undefined ? undefined : await readCa(run.caFile)
  const state = await readState(stateFile)
  const forwarding = await openForwarding({
    choice: run.choice,
    last: state.resolvers,
    system: systemPorts,
    network: networkPorts,
    readHosts: () => readHosts(env),
    systemLookUp,
    log,
  })
  const { stub, link, watch, close } = openStub({ places, ca, addresses, forwarding, stateFile, state, log })
  forwarding.watch(() => {
    link.check()
    void watch.read()
  })
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
    forwarding.close()
    close()
  }
}

/** Opens the listeners. Throws HostError LISTEN_*, which names the process that has the port where that is known. */
async function listenFor(stub: Stub, { listen, log }: StubRun): Promise<DnsListeners> {
  const opening = openDnsListeners({
    listen: {
      plain: listen,
      secrets: [new Uint8Array(randomBytes(16))],
      udpLimits: { maxWaitingQueries },
      dot: [],
      certificate: undefined,
      limits: {},
    },
    handler: stub,
    log,
  })
  try {
    return await opening
  } catch (error) {
    throw await withPortHolder(error, listen)
  }
}
