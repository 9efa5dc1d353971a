import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { toBase64Url } from '../dns/base64url.ts'
import { query } from '../test/blackbox/ask.ts'
import { buildPrograms } from '../test/cluster/build.ts'
import { hasCode } from '../test/cluster/errors.ts'
import { freePorts } from '../test/free-ports.ts'
import { standInContext, startApiServer } from './api-server.ts'
import type { Cleanup } from './cleanup.ts'
import type { Absent, MeasuredServer } from './measured-server.ts'
import { answersOverHttps, startProgram } from './program.ts'
import { type Shape, zone } from './shape.ts'

/** Input for starting a peer: its directory, a certificate in PEM files, and the data. */
export type PeerSetup = {
  readonly dir: string
  readonly certFile: string
  readonly keyFile: string
  readonly shape: Shape
  readonly cleanup: Cleanup
  readonly tell: (line: string) => void
}

const probe = `?dns=${toBase64Url(query(`of3.bench.svc.${zone}`, 1))}`
const urlAt = (port: number): string => `https://127.0.0.1:${port}/dns-query`

/** Starts CoreDNS with its kubernetes plugin, built from its Go module, watching the shape. */
export function startCoredns(setup: PeerSetup): Promise<MeasuredServer | Absent> {
  const { certFile, keyFile, cleanup } = setup
  const server = { scheme: 'https://', plugins: [`tls ${certFile} ${keyFile}`] }
  return withCoredns(setup, server, (name, program, args, port) => admit(name, program, args, port, cleanup))
}

/** The start of a program on a port, as a server to be measured. */
type Admit<T> = (name: string, program: string, args: readonly string[], port: number) => Promise<T>

/**
 * Prepares CoreDNS with the kubernetes plugin on a free port: `scheme` is in front of its zone in the Corefile ('' for plain
 * DNS), `plugins` are further lines. Then starts it by `start`.
 */
export async function withCoredns<T>(
  { dir, shape, cleanup, tell }: Omit<PeerSetup, 'certFile' | 'keyFile'>,
  { scheme, plugins }: { readonly scheme: string; readonly plugins: readonly string[] },
  start: Admit<T>,
): Promise<T | Absent> {
  const name = 'CoreDNS'
  const programs = await buildPrograms(tell).catch((error: unknown) => {
    if (hasCode(error, 'GO_MISSING')) return undefined
    throw error
  })
  if (!programs) return { name, absent: 'not built: Go is not installed' }
  const api = await startApiServer(shape)
  cleanup.add(api.close)
  const [port = 0] = await freePorts(1)
  const config = join(dir, 'kubeconfig.json')
  await writeFile(config, api.kubeconfig)
  const corefile = join(dir, 'Corefile')
  await writeFile(
    corefile,
    `${scheme}.:${port} {
  bind 127.0.0.1
  errors
  ${plugins.join('\n  ')}
  kubernetes ${zone} in-addr.arpa {
    kubeconfig ${config} ${standInContext}
  }
}
`,
  )
  return start(name, programs.coredns, ['-conf', corefile], port)
}

/** Starts BIND with the shape's addresses in a static zone, over HTTPS, and over plain DNS for dnsdist. */
export async function startBind(setup: PeerSetup): Promise<readonly (MeasuredServer | Absent)[]> {
  const { dir, certFile, keyFile, shape, cleanup } = setup
  const [port = 0, plainPort = 0, frontPort = 0] = await freePorts(3)
  const lines = shape.records.flatMap(({ name, addresses }) => addresses.map((ip) => `${name}. 5 IN A ${ip}`))
  const soa = `${zone}. 5 IN SOA ns.${zone}. host.${zone}. 1 7200 1800 86400 5`
  const head = [soa, `${zone}. 5 IN NS ns.${zone}.`, `ns.${zone}. 5 IN A 127.0.0.1`]
  await writeFile(join(dir, 'zone.db'), `${[...head, ...lines].join('\n')}\n`)
  const conf = join(dir, 'named.conf')
  await writeFile(
    conf,
    `tls own { cert-file "${certFile}"; key-file "${keyFile}"; };
http own { endpoints { "/dns-query"; }; };
controls { };
options {
  directory "${dir}"; pid-file none; session-keyfile none; recursion no; notify no;
  minimal-responses yes; listen-on-v6 { none; };
  listen-on port ${port} tls own http own { 127.0.0.1; };
  listen-on port ${plainPort} { 127.0.0.1; };
};
zone "${zone}" { type primary; file "zone.db"; };
`,
  )
  const bind = await admit('BIND', 'named', ['-g', '-c', conf], port, cleanup)
  const front = 'dnsdist, packet cache'
  if ('absent' in bind) return [bind, { name: front, absent: 'it needs BIND behind it' }]
  const lua = join(dir, 'dnsdist.conf')
  await writeFile(
    lua,
    `setLocal("127.0.0.1:0")
addDOHLocal("127.0.0.1:${frontPort}", "${certFile}", "${keyFile}", "/dns-query")
newServer({address="127.0.0.1:${plainPort}", healthCheckMode="up"})
getPool(""):setCache(newPacketCache(100000))
`,
  )
  return [bind, await admit(front, 'dnsdist', ['--supervised', '-C', lua], frontPort, cleanup)]
}

async function admit(
  name: string,
  command: string,
  args: readonly string[],
  port: number,
  cleanup: Cleanup,
): Promise<MeasuredServer | Absent> {
  const program = await startProgram(command, args, () => answersOverHttps(urlAt(port) + probe))
  if (!program) return { name, absent: `${command} is not installed` }
  cleanup.add(program.stop)
  const { process: child, stop } = program
  return { name, url: urlAt(port), pid: child.pid ?? 0, http1: false, stop }
}
