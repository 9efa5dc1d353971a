import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import packet from 'dns-packet'

/** The resolver that a laptop has without kubedoh: it knows two names, and records the names that it is asked. */
export type UsualResolver = {
  /** Names that were asked since the last call, in lower case. */
  takeNames(): string[]
  stop(): void
}

/** A name outside the cluster. Filters against DNS rebinding drop addresses of documentation, so it has another. */
export const usualName = 'www.example.com'
export const usualAddress = '198.41.0.4'

/** The names that it knows; the second is the target of an ExternalName, which some forwarders look up again. */
const known: Readonly<Record<string, string>> = {
  [usualName]: usualAddress,
  'www.default.svc.outside.example': '203.0.113.7',
}

const nxdomain = 3

/** Starts the resolver on an address, UDP port 53. */
export async function startUsualResolver(address: string): Promise<UsualResolver> {
  let names: string[] = []
  const socket = createSocket('udp4')
  socket.on('message', (message, { port, address: client }) => {
    const { id, questions = [] } = packet.decode(message)
    const name = questions[0]?.name.toLowerCase() ?? ''
    names.push(name)
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
