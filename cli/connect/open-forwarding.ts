import { randomInt } from 'node:crypto'
import { findResolvers, type ResolverPorts } from '../../connect/forward/find-resolvers.ts'
import { createForward, type Forward } from '../../connect/forward/forward.ts'
import { lookUpHost } from '../../connect/forward/look-up-host.ts'
import { parseResolver, type Resolver, resolverText } from '../../connect/forward/resolver.ts'
import { isLoopbackPeer } from '../../connect/loopback-peer.ts'
import { type NetworkPorts, watchNetwork } from '../../connect/network/watch-network.ts'
import type { StubParts } from '../../connect/stub.ts'
import type { Log } from '../../worker/ports.ts'
import type { ForwardChoice } from './forward-options.ts'

/** The parts of forwarding on this machine. */
export type ForwardingWishes = {
  readonly choice: ForwardChoice
  /** The resolvers of the last run, as text, which are used while none are found: resolv.conf may name only the stub. */
  readonly last: readonly string[]
  readonly system: ResolverPorts
  readonly network: Pick<NetworkPorts, 'interfaces' | 'resolverFiles'>
  readonly readHosts: () => Promise<string>
  /** The system's own resolver. */
  readonly systemLookUp: (hostname: string) => Promise<readonly string[]>
  readonly log: Log
}

/** The other resolvers of this machine. */
export type Forwarding = {
  /** Answers names outside the zones; undefined for a client whose names are refused. Without it all of them are. */
  readonly outside: StubParts['outside']
  /** The addresses of the edge's host, looked up without this stub. Rejects with LookUpError. */
  lookUp(hostname: string): Promise<readonly string[]>
  /** The resolvers in use, as text, for the next run. */
  resolvers(): readonly string[]
  /** Calls `onChange` after each change of the network, when the resolvers have been found again. */
  watch(onChange: () => void): void
  close(): void
}

/** Finds the resolvers of this machine and prepares to forward to them. */
export async function openForwarding(wishes: ForwardingWishes): Promise<Forwarding> {
  const { choice, log, readHosts, systemLookUp } = wishes
  const forward = createForward({
    resolvers: await firstResolvers(wishes),
    randomId: () => randomInt(65_536),
    now: () => performance.now(),
  })
  if (isForwarding(choice)) tellResolvers(forward, log)
  let network: ReturnType<typeof watchNetwork> | undefined
  return {
    outside: isForwarding(choice) ? outsideOf(choice, forward) : undefined,
    async lookUp(hostname) {
      try {
        return (await lookUpHost(hostname, { forward, readHosts })).addresses
      } catch (error) {
        // A system that splits names may know a host that is found only through a VPN, and asks this stub for the zones only.
        if (choice.mode === 'zones') return systemLookUp(hostname)
        throw error
      }
    },
    resolvers: () => forward.resolvers().map(resolverText),
    watch(onChange) {
      network = watchNetwork({
        ...wishes.network,
        now: Date.now,
        onChange: (changes) => {
          log.info('network changed', { changes: [...changes].join(' ') })
          void findAgain(forward, wishes).then(onChange)
        },
      })
    },
    close: () => network?.stop(),
  }
}

function outsideOf(choice: ForwardChoice, forward: Forward): Forwarding['outside'] {
  return ({ query, request: { bytes, transport, maxBytes, peer } }) => {
    if (!forwardsFor(choice, peer)) return undefined
    return forward.answer({ query, message: bytes, transport: transport === 'udp' ? 'udp' : 'tcp', maxBytes })
  }
}

/** Whether other names of a client are forwarded. Containers cannot send zones elsewhere, so the stub is their only nameserver. */
function forwardsFor({ mode, bridge }: ForwardChoice, peer: string): boolean {
  return mode === 'forward' || (bridge !== undefined && !isLoopbackPeer(peer))
}

function isForwarding({ mode, bridge }: ForwardChoice): boolean {
  return mode === 'forward' || bridge !== undefined
}

async function firstResolvers({ choice, last, system }: ForwardingWishes): Promise<readonly Resolver[]> {
  if (choice.resolvers.length > 0) return choice.resolvers
  const found = await findResolvers(system)
  return found.length > 0 ? found : last.flatMap((text) => parseResolver(text) ?? [])
}

/** Former resolvers stay in use while no others are found: that resolv.conf names only the stub is not a change of them. */
async function findAgain(forward: Forward, { choice, system, log }: ForwardingWishes): Promise<void> {
  if (choice.resolvers.length > 0) return
  const found = await findResolvers(system)
  const isSame = found.map(resolverText).join() === forward.resolvers().map(resolverText).join()
  if (found.length === 0 || isSame) return
  forward.useResolvers(found)
  if (isForwarding(choice)) tellResolvers(forward, log)
}

function tellResolvers(forward: Forward, log: Log): void {
  const addresses = forward.resolvers().map(resolverText).join(' ')
  if (addresses !== '') return log.info('other names are forwarded', { resolvers: addresses })
  log.warn('no resolver for other names', {
    reason:
      'resolv.conf and the files behind it name only this machine; name a resolver with --resolver ADDRESS',
  })
}
