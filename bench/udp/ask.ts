import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { query } from '../../test/blackbox/ask.ts'
import { zone } from '../shape.ts'

/** Whether a server on this UDP port of 127.0.0.1 answers a query of the shape with an address. Never rejects. */
export async function answersOnUdp(port: number): Promise<boolean> {
  const socket = createSocket('udp4')
  try {
    socket.connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.send(query(`of3.bench.svc.${zone}`, 1, { edns: true }))
    const [answer] = (await once(socket, 'message', { signal: AbortSignal.timeout(2_000) })) as [Uint8Array]
    return ((answer[3] ?? 15) & 15) === 0 && ((answer[6] ?? 0) << 8) + (answer[7] ?? 0) > 0
  } catch {
    return false
  } finally {
    socket.close()
  }
}
