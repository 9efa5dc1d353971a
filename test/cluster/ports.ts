import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/**
 * `count` different free TCP ports of 127.0.0.1, chosen by the system. All are open at the same time, so no number is
 * returned twice; afterwards they are not reserved.
 */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}
