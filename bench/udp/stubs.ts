import { fileURLToPath } from 'node:url'
import { startScript } from '../../test/blackbox/command.ts'
import { builtSource } from '../../test/cluster/build.ts'
import { dnsproxySource } from '../../test/cluster/programs.ts'
import { freePorts } from '../../test/free-ports.ts'
import type { Cleanup } from '../cleanup.ts'
import type { Absent } from '../measured-server.ts'
import { startProgram } from '../program.ts'
import { zone } from '../shape.ts'
import { answersOnUdp } from './ask.ts'
import type { UdpServer } from './peers.ts'

const command = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))

/** The name of `kubedoh connect` on Bun. */
export const connectOnBun = 'connect on Bun'

/** An edge for stubs: over DNS over HTTPS, and over plain DNS for those that know nothing else. */
export type StubEdge = { readonly url: string; readonly caFile: string; readonly dnsPort: number }

/**
 * Starts `kubedoh connect` on Node and on Bun, dnsproxy and dnsmasq in front of an edge, those where their programs are
 * installed. All of them cache.
 */
export async function startStubs(edge: StubEdge, cleanup: Cleanup): Promise<readonly (UdpServer | Absent)[]> {
  return [
    await startConnect(edge, cleanup),
    await startConnectOnBun(edge, cleanup),
    await startDnsproxy(edge, cleanup),
    await startCachingDnsmasq(edge, cleanup),
  ]
}

/** Starts `kubedoh connect` in front of an edge. */
export async function startConnect(
  { url, caFile }: Pick<StubEdge, 'url' | 'caFile'>,
  cleanup: Cleanup,
): Promise<UdpServer> {
  const place = ['--listen', '127.0.0.1:0', '--ca', caFile, '--state', 'none']
  const running = await startScript([command, 'connect', url, ...place])
  cleanup.add(async () => void (await running.stop()))
  const port = Number(running.url.split(':').at(-1))
  return { name: 'kubedoh connect', port, pid: running.process.pid ?? 0 }
}

async function startConnectOnBun({ url, caFile }: StubEdge, cleanup: Cleanup): Promise<UdpServer | Absent> {
  const [port = 0] = await freePorts(1)
  const place = ['--listen', `127.0.0.1:${port}`, '--ca', caFile, '--state', 'none']
  return admit(connectOnBun, 'bun', [command, 'connect', url, ...place], port, cleanup)
}

async function startDnsproxy({ url }: StubEdge, cleanup: Cleanup): Promise<UdpServer | Absent> {
  const program = await builtSource(dnsproxySource)
  if (program === undefined)
    return { name: 'dnsproxy', absent: 'it is not built; `npm run clients` builds it' }
  const [port = 0] = await freePorts(1)
  const place = ['--listen=127.0.0.1', `--port=${port}`, `--upstream=${url}`, '--insecure']
  return admit('dnsproxy', program, [...place, '--cache', '--cache-size=33554432'], port, cleanup)
}

async function startCachingDnsmasq({ dnsPort }: StubEdge, cleanup: Cleanup): Promise<UdpServer | Absent> {
  const [port = 0] = await freePorts(1)
  const place = [`--port=${port}`, '--listen-address=127.0.0.1', '--bind-interfaces', '--conf-file=/dev/null']
  const source = ['--no-resolv', '--no-hosts', `--server=/${zone}/127.0.0.1#${dnsPort}`, '--cache-size=10000']
  return admit(
    'dnsmasq',
    'dnsmasq',
    ['--keep-in-foreground', '--user=root', ...place, ...source],
    port,
    cleanup,
  )
}

async function admit(
  name: string,
  program: string,
  args: readonly string[],
  port: number,
  cleanup: Cleanup,
): Promise<UdpServer | Absent> {
  const running = await startProgram(program, args, () => answersOnUdp(port))
  if (!running) return { name, absent: `${program} is not installed` }
  cleanup.add(running.stop)
  return { name, port, pid: running.process.pid ?? 0 }
}
