import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import packet from 'dns-packet'

/** The resolver that a laptop uses without kubedoh. It answers two names, and records the names of all queries. */
export type UsualResolver = {
  /** The names queried since the last call, in lower case. */
  takeNames(): string[] | Promise<string[]>
  stop(): void
}

/** A name outside the cluster. It has no documentation address, since filters against DNS rebinding drop those. */
export const usualName = 'www.example.com'
export const usualAddress = '198.41.0.4'

/** The names that it answers; the second is the target of an ExternalName, which some forwarders query again. */
const known: Readonly<Record<string, string>> = {
  [usualName]: usualAddress,
  'www.default.svc.outside.example': '203.0.113.7',
}

const nxdomain = 3

/** Starts the resolver on an address, UDP port 53. `onName` gets the name of each query at once. */
export async function startUsualResolver(
  address: string,
  onName: (name: string) => void = () => undefined,
): Promise<UsualResolver> {
  let names: string[] = []
  const socket = createSocket('udp4')
  socket.on('message', (message, { port, address: client }) => {
    const { id, questions = [] } = packet.decode(message)
    const name = questions[0]?.name.toLowerCase() ?? ''
    names.push(name)
    onName(name)
    const data = known[name]
    const flags = packet.RECURSION_DESIRED | packet.RECURSION_AVAILABLE | (data === undefined ? nxdomain : 0)
    const hasRecord = data !== undefined && questions[0]?.type === 'A'
    const answers = hasRecord ? [{ type: 'A' as const, name, ttl: 60, data }] : []
    socket.send(packet.encode({ type: 'response', id: id ?? 0, flags, questions, answers }), port, client)
  })
  socket.bind(53, address)
  await once(socket, 'listening')
  return {
    takeNames() {
      const taken = names
      names = []
      return taken
    },
    stop: () => socket.close(),
  }
}
