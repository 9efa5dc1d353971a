import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** A server behind the balancer, on 127.0.0.1. */
export type Backend = {
  readonly dnsPort: number
  /** The port of its /readyz. */
  readonly healthPort: number
}

/** One address for UDP and TCP in front of several servers, as a Service of Kubernetes is. */
export type Balancer = {
  readonly port: number
  /** How many backends get new queries. */
  readyCount(): number
  close(): Promise<void>
}

/** How often readiness is read (ms). Kubelets read it every 10 s by default. */
const probeMs = 250

/** How long its answer may take (ms). A process that has died refuses at once, and a slow one on a busy machine is still ready. */
const probeAnswerMs = 3_000

/** A flow of datagrams without traffic is forgotten after this time (ms). */
const flowMs = 10_000

/**
 * Starts a balancer on a port of 127.0.0.1. Each client port and each connection goes to one backend whose last probe
 * of /readyz was 200, in turn, and stays with it while it is ready, as with kube-proxy. Nothing is sent again: a query
 * to a backend that has just died is lost.
 */
export async function startBalancer(backends: readonly Backend[]): Promise<Balancer> {
  const ready = new Set<Backend>()
  const ending = new AbortController()
  const probes = backends.map((backend) => probe(backend, ready, ending.signal))
  let turn = 0
  const next = (): Backend | undefined => [...ready][turn++ % Math.max(1, ready.size)]
  const isReady = (backend: Backend): boolean => ready.has(backend)

  const tcp = createServer((client) => {
    client.on('error', () => {})
    const backend = next()
    if (!backend) return void client.destroy()
    const server = connect(backend.dnsPort, '127.0.0.1')
    server.on('error', () => client.destroy())
    client.on('close', () => server.destroy())
    server.on('close', () => client.destroy())
    client.pipe(server).pipe(client)
  })
  tcp.listen(0, '127.0.0.1')
  await once(tcp, 'listening')
  const { port } = tcp.address() as { port: number }
  const udp = createSocket('udp4')
  const flows = createFlows(udp, isReady)
  udp.on('message', (bytes, from) => flows.carry(bytes, from, next))
  udp.bind(port, '127.0.0.1')
  await once(udp, 'listening')
  return {
    port,
    readyCount: () => ready.size,
    async close() {
      ending.abort()
      await Promise.all(probes)
      flows.close()
      udp.close()
      tcp.close()
    },
  }
}

async function probe(backend: Backend, ready: Set<Backend>, signal: AbortSignal): Promise<void> {
  const url = `http://127.0.0.1:${backend.healthPort}/readyz`
  while (!signal.aborted) {
    const isReady = await fetch(url, { signal: AbortSignal.timeout(probeAnswerMs) }).then(
      async (response) => {
        await response.text()
        return response.status === 200
      },
      () => false,
    )
    if (isReady) ready.add(backend)
    else ready.delete(backend)
    await sleep(probeMs, undefined, { signal }).catch(() => undefined)
  }
}

type Flow = { readonly backend: Backend; readonly socket: Socket; readonly timer: NodeJS.Timeout }

/** The flows of a socket: one socket to a backend for each address of a client. */
function createFlows(
  udp: Socket,
  isReady: (backend: Backend) => boolean,
): { carry(bytes: Buffer, from: RemoteInfo, choose: () => Backend | undefined): void; close(): void } {
  const byClient = new Map<string, Flow>()
  const all = new Set<Flow>()
  return {
    carry(bytes, from, choose) {
      const key = `${from.address}:${from.port}`
      const known = byClient.get(key)
      if (known && all.has(known) && isReady(known.backend)) {
        known.timer.refresh()
        return known.socket.send(bytes)
      }
      const backend = choose()
      if (!backend) return
      const socket = createSocket('udp4')
      const end = (): void => {
        if (all.delete(flow)) socket.close()
      }
      const flow: Flow = { backend, socket, timer: setTimeout(end, flowMs) }
      byClient.set(key, flow)
      all.add(flow)
      socket.on('message', (answer) => udp.send(answer, from.port, from.address))
      // ICMP says that nobody listens: the datagram is lost, as on a network.
      socket.on('error', () => {})
      socket.connect(backend.dnsPort, '127.0.0.1', () => socket.send(bytes))
    },
    close() {
      for (const { socket, timer } of all) {
        clearTimeout(timer)
        socket.close()
      }
    },
  }
}
