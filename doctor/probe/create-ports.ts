import { openDisk } from '../../install/apply/disk.ts'
import type { Ports } from '../ports.ts'
import { connect } from './connect.ts'
import { createEdgeClient } from './edge-client.ts'
import { shakeHands } from './handshake.ts'
import { lookUp } from './lookup.ts'
import { askNameserver } from './nameserver.ts'
import { routeTo } from './route.ts'

/** What the ports of a run depend on. */
export type PortOptions = {
  readonly url: URL
  /** PEM text of the only authorities to trust; undefined: Node's and the system's. */
  readonly ca: string | undefined
  /** The time limit of each step (ms). */
  readonly timeoutMs: number
  readonly platform: NodeJS.Platform
  /** Unix ms. */
  readonly nowMs: () => number
  /** An unpredictable number from 0 to 65535. */
  readonly randomId: () => number
  readonly randomLabel: string
}

/** The ports of a run on this machine. Look-ups, connections and queries to nameservers are made once. */
export function createPorts(options: PortOptions): Ports {
  const { url, ca, timeoutMs, platform, nowMs, randomLabel } = options
  return {
    platform,
    nowMs,
    randomLabel: () => randomLabel,
    lookup: once((host) => lookUp(host, timeoutMs)),
    connect: once((address, port) => connect(address, port, timeoutMs)),
    handshake: (address, port, serverName) => shakeHands({ address, port, serverName, ca, timeoutMs }),
    ...createEdgeClient(url, ca, timeoutMs),
    askNameserver: once((address, name, type) => askNameserver(address, name, type, options)),
    disk: openDisk(),
    routeTo: (address) => routeTo(address, platform),
  }
}

/** The same action, done once for each list of arguments. */
function once<A extends readonly (string | number)[], T>(action: (...args: A) => Promise<T>) {
  const results = new Map<string, Promise<T>>()
  return (...args: A): Promise<T> => {
    const key = JSON.stringify(args)
    const known = results.get(key) ?? action(...args)
    results.set(key, known)
    return known
  }
}
