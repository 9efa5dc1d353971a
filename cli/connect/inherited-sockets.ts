import type { DnsAddress } from '../../host/dns/dns-listener.ts'
import { UsageError } from '../options/option-table.ts'
import { type BoundSocket, boundSockets, socketInode } from './proc-sockets.ts'

/** The first descriptor of sd_listen_fds(3). */
const firstDescriptor = 3

/** The sockets that systemd passes by sd_listen_fds(3): their descriptors. Empty if they are for another process. */
export function passedDescriptors(env: Readonly<Record<string, string | undefined>>, pid: number): number[] {
  const count = Number(env.LISTEN_FDS ?? 0)
  if (Number(env.LISTEN_PID) !== pid || !Number.isInteger(count) || count < 1) return []
  return Array.from({ length: count }, (_, at) => firstDescriptor + at)
}

/**
 * The addresses of the sockets that systemd passes: ListenDatagram and ListenStream of the same address. Empty if it passes none.
 * Throws UsageError if a descriptor is another kind of socket, or an address has only one of them.
 */
export async function inheritedAddresses(
  env: Readonly<Record<string, string | undefined>>,
  pid: number,
): Promise<DnsAddress[]> {
  const descriptors = passedDescriptors(env, pid)
  if (descriptors.length === 0) return []
  const sockets = await boundSockets()
  const passed = await Promise.all(
    descriptors.map(async (descriptor) => {
      const inode = await socketInode('self', descriptor)
      return { descriptor, socket: sockets.find((socket) => socket.inode === inode) }
    }),
  )
  return pairsOf(passed)
}

type Passed = { readonly descriptor: number; readonly socket: BoundSocket | undefined }

/** Passed sockets → pairs of UDP and TCP on one address. Throws UsageError for a socket without a pair. */
export function pairsOf(passed: readonly Passed[]): DnsAddress[] {
  const stranger = passed.find(({ socket }) => socket === undefined)
  if (stranger)
    throw new UsageError(
      `systemd passed the descriptor ${stranger.descriptor}, which is not a UDP or a listening TCP socket`,
    )
  const find = (protocol: BoundSocket['protocol'], host: string, port: number): number | undefined =>
    passed.find(({ socket }) => socket?.protocol === protocol && socket.host === host && socket.port === port)
      ?.descriptor
  return passed.flatMap(({ socket }) => {
    if (!socket) return []
    const { host, port, protocol } = socket
    const [udp, tcp] = [find('udp', host, port), find('tcp', host, port)]
    if (udp === undefined || tcp === undefined) {
      const missing = udp === undefined ? 'ListenDatagram' : 'ListenStream'
      throw new UsageError(
        `systemd passed only one socket of ${host}:${port}; add ${missing}= to the socket unit`,
      )
    }
    return protocol === 'udp' ? [{ host, port, inherited: { udp, tcp } }] : []
  })
}
