import { readdir, readFile, readlink } from 'node:fs/promises'
import { formatAddress } from '../../dns/address.ts'

/** A UDP socket, or a listening TCP socket, as Linux lists it. */
export type BoundSocket = {
  readonly protocol: 'udp' | 'tcp'
  readonly host: string
  readonly port: number
  readonly inode: string
  readonly uid: number
}

/** Where Linux lists the sockets of this network namespace (proc(5)). */
const tables = ['udp', 'udp6', 'tcp', 'tcp6'] as const

/** The state of a TCP socket that listens, and of a UDP socket that is not connected. */
const openStates: Readonly<Record<BoundSocket['protocol'], string>> = { tcp: '0A', udp: '07' }

/** The sockets that are bound on this machine. None on systems other than Linux. */
export async function boundSockets(): Promise<BoundSocket[]> {
  const lists = await Promise.all(
    tables.map(async (table) => {
      const text = await readFile(`/proc/net/${table}`, 'utf8').catch(() => '')
      return readTable(text, table.startsWith('udp') ? 'udp' : 'tcp')
    }),
  )
  return lists.flat()
}

/** A table of /proc/net → the bound sockets in it. */
export function readTable(text: string, protocol: BoundSocket['protocol']): BoundSocket[] {
  return text.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , uid, , inode = ''] = line.trim().split(/\s+/)
    const [address = '', port = ''] = local.split(':')
    if (state !== openStates[protocol] || !/^([0-9A-F]{8}){1,4}$/.test(address)) return []
    return [{ protocol, host: addressOf(address), port: Number.parseInt(port, 16), inode, uid: Number(uid) }]
  })
}

/** An address in hexadecimal, in 32-bit words of little-endian order, as on all machines that Node supports. */
function addressOf(hex: string): string {
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
  return formatAddress(bytes.map((_, at) => bytes[(at & ~3) + 3 - (at & 3)] ?? 0))
}

/** The inode of a socket that a process has under a descriptor; undefined for anything else. */
export async function socketInode(
  pid: number | 'self',
  descriptor: string | number,
): Promise<string | undefined> {
  const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '')
  return /^socket:\[([0-9]+)\]$/.exec(target)?.[1]
}

/** The process that has a socket open, as far as this process may see it. */
export async function processOf(
  inode: string,
): Promise<{ readonly pid: number; readonly name: string } | undefined> {
  const entries = await readdir('/proc').catch(() => [])
  for (const pid of entries.filter((entry) => /^[0-9]+$/.test(entry)).map(Number)) {
    const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => [])
    for (const descriptor of descriptors) {
      if ((await socketInode(pid, descriptor)) !== inode) continue
      const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => 'a process')
      return { pid, name: name.trim() }
    }
  }
  return undefined
}
