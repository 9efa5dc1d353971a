import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createProcesses } from '../cluster/processes.ts'
import { freePorts } from '../free-ports.ts'
import { waitFor } from '../wait-for.ts'
import { type Links, type Ports, startLinks } from './links.ts'
import { answers, isHealthy, readJetStream } from './monitor.ts'
import { serverConfig } from './server-config.ts'

/** Running nats-servers with JetStream, numbered from 0. They and their directory end with this process. */
export type NatsCluster = {
  readonly size: number
  /** HOST:PORT of each server for clients, through the relays of `links`. */
  readonly addresses: readonly string[]
  readonly links: Pick<Links, 'cut'>
  /** SIGTERM; resolves when the server has ended. */
  stop(server: number): Promise<void>
  /** SIGKILL; resolves when the server has ended. */
  kill(server: number): Promise<void>
  /** Starts a server that was stopped or killed, on its old files. Resolves when it answers, with or without a quorum. */
  restart(server: number): Promise<void>
  /** SIGSTOP, until the returned function sends SIGCONT. */
  pause(server: number): () => void
  /** The names of the streams that a server has. */
  streams(): Promise<readonly string[]>
  /** The server that leads a stream by its own account; waits while there is none. Throws WaitError. */
  leaderOf(stream: string): Promise<number>
  /** Waits until every server runs, is healthy and has caught up. Throws WaitError. */
  settled(): Promise<void>
  /** Ends every server. May be called twice. */
  close(): Promise<void>
}

/** Starts one server, or a cluster, and waits until it is settled. Throws ClusterError PROGRAM_EXITED or WaitError. */
export async function startNats(program: string, size: 1 | 3): Promise<NatsCluster> {
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-nats-'))
  const processes = createProcesses(dir)
  const ports = await portsOf(size)
  const links = await startLinks(ports)
  const nameOf = (server: number): string => `n${server}`
  const pidOf = (server: number): number => {
    const pid = processes.pids().get(nameOf(server))
    if (pid === undefined) throw new Error(`nats-server ${server} does not run`)
    return pid
  }
  const looks = () => Promise.all(ports.map(({ monitor }) => readJetStream(monitor)))

  const cluster: NatsCluster = {
    size,
    addresses: ports.map((_, server) => `127.0.0.1:${links.clientPort(server)}`),
    links,
    async stop(server) {
      process.kill(pidOf(server), 'SIGTERM')
      await waitFor(`nats-server ${server} has ended`, () => !processes.pids().has(nameOf(server)))
    },
    kill: (server) => processes.kill(nameOf(server)),
    restart: (server) => processes.restart(nameOf(server)),
    pause(server) {
      const pid = pidOf(server)
      process.kill(pid, 'SIGSTOP')
      return () => process.kill(pid, 'SIGCONT')
    },
    async streams() {
      return [...new Set((await looks()).flatMap((seen) => [...(seen?.leaders.keys() ?? [])]))]
    },
    leaderOf(stream) {
      return waitFor(`the stream ${stream} has a leader`, async () => {
        const seen = await looks()
        if (size === 1) return seen[0]?.leaders.has(stream) ? 0 : undefined
        const leader = seen.findIndex((each, server) => each?.leaders.get(stream) === nameOf(server))
        return leader < 0 ? undefined : leader
      })
    },
    async settled() {
      const areHealthy = () => Promise.all(ports.map(({ monitor }) => isHealthy(monitor)))
      await waitFor('every nats-server is healthy', async () => (await areHealthy()).every(Boolean))
    },
    async close() {
      await processes.stopAll()
      await links.close()
    },
  }
  try {
    await Promise.all(
      ports.map(async ({ client, route, monitor }, server) => {
        const file = join(dir, `${nameOf(server)}.conf`)
        const routes = size === 1 ? undefined : { ownPort: route, toPorts: links.routePorts(server) }
        const storeDir = join(dir, nameOf(server))
        const place = { name: nameOf(server), storeDir, clientPort: client, monitorPort: monitor, routes }
        await writeFile(file, serverConfig(place))
        const ready = () => answers(monitor)
        await processes.start({ name: nameOf(server), program, args: ['-c', file], ready })
      }),
    )
    await cluster.settled()
  } catch (error) {
    await cluster.close()
    throw error
  }
  return cluster
}

async function portsOf(size: number): Promise<Ports[]> {
  const ports = await freePorts(size * 3)
  return Array.from({ length: size }, (_, server) => {
    const [client = 0, route = 0, monitor = 0] = ports.slice(server * 3)
    return { client, route, monitor }
  })
}
