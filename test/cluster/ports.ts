import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/**
 * `count` different TCP ports of 127.0.0.1 that nobody listened on a moment ago, as the system picks them.
 * They are all held before any is let go, so no number comes twice; nothing keeps them reserved afterwards.
 */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}
