import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePorts } from '../../test/free-ports.ts'
import type { Absent } from '../measured-server.ts'
import { type PeerSetup, withCoredns } from '../peers.ts'
import { startProgram } from '../program.ts'
import { zone } from '../shape.ts'
import { answersOnUdp } from './ask.ts'

/** A server that is measured over UDP, in its own process. */
export type UdpServer = { readonly name: string; readonly port: number; readonly pid: number }

/** Starts CoreDNS, unbound and dnsmasq with the shape's names, each where it is installed. */
export async function startUdpPeers(
  setup: Omit<PeerSetup, 'certFile' | 'keyFile'>,
): Promise<readonly (UdpServer | Absent)[]> {
  await mkdir(setup.dir, { recursive: true })
  return [await startCoredns(setup), await startUnbound(setup), await startDnsmasq(setup)]
}

type Setup = Parameters<typeof startUdpPeers>[0]

function startCoredns(setup: Setup): Promise<UdpServer | Absent> {
  return withCoredns(setup, { scheme: '', plugins: [] }, (name, program, args, port) =>
    admit(name, program, args, port, setup.cleanup),
  )
}

async function startUnbound({ dir, shape, cleanup }: Setup): Promise<UdpServer | Absent> {
  const [port = 0] = await freePorts(1)
  const data = shape.records.flatMap(({ name, addresses }) =>
    addresses.map((address) => `  local-data: "${name}. 5 A ${address}"`),
  )
  const conf = join(dir, 'unbound.conf')
  await writeFile(
    conf,
    `server:
  interface: 127.0.0.1@${port}
  access-control: 127.0.0.0/8 allow
  do-daemonize: no
  use-syslog: no
  username: ""
  chroot: ""
  directory: "${dir}"
  pidfile: ""
  num-threads: 1
  local-zone: "${zone}." static
${data.join('\n')}
`,
  )
  return admit('unbound', 'unbound', ['-d', '-c', conf], port, cleanup)
}

async function startDnsmasq({ dir, shape, cleanup }: Setup): Promise<UdpServer | Absent> {
  const [port = 0] = await freePorts(1)
  const hosts = join(dir, 'hosts')
  const lines = shape.records.flatMap(({ name, addresses }) =>
    addresses.map((address) => `${address} ${name}`),
  )
  await writeFile(hosts, `${lines.join('\n')}\n`)
  const place = [`--port=${port}`, '--listen-address=127.0.0.1', '--bind-interfaces', '--conf-file=/dev/null']
  const data = ['--no-resolv', '--no-hosts', `--addn-hosts=${hosts}`, '--local-ttl=5', `--local=/${zone}/`]
  return admit(
    'dnsmasq',
    'dnsmasq',
    ['--keep-in-foreground', '--user=root', ...place, ...data],
    port,
    cleanup,
  )
}

async function admit(
  name: string,
  command: string,
  args: readonly string[],
  port: number,
  cleanup: Setup['cleanup'],
): Promise<UdpServer | Absent> {
  const program = await startProgram(command, args, () => answersOnUdp(port))
  if (!program) return { name, absent: `${command} is not installed` }
  cleanup.add(program.stop)
  return { name, port, pid: program.process.pid ?? 0 }
}
