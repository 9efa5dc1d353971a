import type { Log } from '../../worker/ports.ts'
import { type DnsListen, openDnsListeners } from './dns-listeners.ts'

/**
 * The same addresses with the ports that the system gives for 0. On Bun each worker process has sockets of its own on these ports, so that
 * the supervisor has to choose them, and to find out whether another program has one of them. Throws as openDnsListeners.
 */
export async function withFixedPorts(listen: DnsListen, log: Log): Promise<DnsListen> {
  const handler = (): Promise<undefined> => Promise.resolve(undefined)
  const taken = await openDnsListeners({ listen, handler, log })
  await taken.close(0)
  return {
    ...listen,
    plain: listen.plain.map((address, at) => ({ ...address, port: taken.plain[at]?.port ?? address.port })),
    dot: listen.dot.map((address, at) => ({ ...address, port: taken.dotPorts[at] ?? address.port })),
  }
}
