import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'

/** The lowest port to return. Well-known services are below. */
const lowest = 10_000

/** The first ephemeral port if the system does not report it (Linux's default). */
const usualEphemeral = 32_768

/**
 * `count` different free TCP ports of 127.0.0.1. Afterwards they are not reserved, but they are below the ports that
 * the system chooses itself: no connection and no server on port 0 of another test takes one in the meantime.
 */
export async function freePorts(count: number): Promise<number[]> {
  const end = await firstEphemeral()
  const open: Server[] = []
  const ports: number[] = []
  while (ports.length < count) {
    const port = lowest + Math.floor(Math.random() * (end - lowest))
    const server = createServer().listen(port, '127.0.0.1')
    try {
      await once(server, 'listening')
    } catch {
      // Another program listens on it.
      continue
    }
    open.push(server)
    ports.push(port)
  }
  await Promise.all(open.map((server) => once(server.close(), 'close')))
  return ports
}

async function firstEphemeral(): Promise<number> {
  try {
    const [first = ''] = (await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8')).split(/\s/)
    return Math.max(Number(first), lowest + 1_000)
  } catch {
    return usualEphemeral
  }
}
