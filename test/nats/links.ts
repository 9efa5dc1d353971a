import { type Lift, type Relay, startRelay } from '../cluster/chaos/tcp-relay.ts'

/** Ports of one server. */
export type Ports = { readonly client: number; readonly route: number; readonly monitor: number }

/** How a cut looks: bytes are lost without a word, or connections are reset and refused. */
export type CutKind = 'silent' | 'reset'

/** The links of a cluster, all of them through relays: each server to each other, and clients to each server. */
export type Links = {
  /** The port by which clients reach a server. */
  clientPort(server: number): number
  /** The ports by which a server reaches the others. */
  routePorts(server: number): readonly number[]
  /**
   * Cuts these servers off from all others, and also from each other, until the returned function is called.
   * `clients`: whether they lose their clients as well. A server that keeps them is the harder case: its clients see a
   * connection that works.
   */
  cut(servers: readonly number[], kind: CutKind, clients: boolean): Lift
  close(): Promise<void>
}

type Link = { readonly from: number | 'client'; readonly to: number; readonly relay: Relay }

/** Starts the relays for servers with these ports. */
export async function startLinks(servers: readonly Ports[]): Promise<Links> {
  const links: Link[] = []
  for (const [to, { client, route }] of servers.entries()) {
    links.push({ from: 'client', to, relay: await startRelay(0, client) })
    for (const from of servers.keys())
      if (from !== to) links.push({ from, to, relay: await startRelay(0, route) })
  }
  return {
    clientPort: (server) =>
      links.find(({ from, to }) => from === 'client' && to === server)?.relay.port ?? Number.NaN,
    routePorts: (server) => links.filter(({ from }) => from === server).map(({ relay }) => relay.port),
    cut(chosen, kind, clients) {
      const touched = links.filter(({ from, to }) =>
        from === 'client' ? clients && chosen.includes(to) : chosen.includes(from) || chosen.includes(to),
      )
      const lifts = touched.map(({ relay }) => (kind === 'silent' ? relay.hold() : relay.refuse()))
      return () => lifts.forEach((lift) => lift())
    },
    async close() {
      await Promise.all(links.map(({ relay }) => relay.close()))
    },
  }
}
