import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { byPost } from '../../check/query.ts'
import { createSend } from '../../cli/run/send-check.ts'
import { developmentCertificate } from '../../host/tls/development-certificate.ts'
import { skipWithout } from '../clients/program.ts'
import { freePorts } from '../free-ports.ts'
import { waitFor } from '../wait-for.ts'

/** Another DoH server on loopback, with the zone check.example and a certificate made here. */
export type OtherServer = { readonly url: string; readonly caFile: string; stop(): Promise<void> }

/** A name that exists on every server. */
export const knownName = 'www.check.example'

const zone = `$ORIGIN check.example.
@ 30 IN SOA ns.check.example. hostmaster.check.example. 1 7200 1800 86400 20
@ 30 IN NS ns.check.example.
ns 30 IN A 192.0.2.53
www 30 IN A 192.0.2.1
www 30 IN A 192.0.2.2
rare 30 IN HTTPS 1 . alpn=h2 port=8443
rare 30 IN TYPE65280 \\# 3 c00cff
alias 30 IN CNAME www
${Array.from({ length: 90 }, (_, index) => `many 30 IN TXT ${index}${'x'.repeat(250)}`).join('\n')}
`

/** Some of the same records in the syntax of Unbound. */
const unboundData = [
  'check.example. 30 IN SOA ns.check.example. hostmaster.check.example. 1 7200 1800 86400 20',
  'www.check.example. 30 IN A 192.0.2.1',
  'www.check.example. 30 IN A 192.0.2.2',
]
  .map((record) => `  local-data: "${record}"\n`)
  .join('')

type Files = { readonly dir: string; readonly cert: string; readonly key: string }
type Program = {
  readonly program: () => string | undefined
  /** DoH port, plain DNS port (of this server or the one behind it), spare port → configuration and arguments. */
  readonly configure: (
    files: Files,
    doh: number,
    plain: number,
    spare: number,
  ) => { text: string; args: readonly string[] }
  /** The server that a forwarder forwards to. */
  readonly behind?: ServerName
}

/** The servers on which `kubedoh check` is tested. */
export type ServerName = 'coredns' | 'named' | 'dnsdist' | 'unbound'

const builtCoredns = (): string | undefined =>
  globSync(join(homedir(), '.cache/kubedoh/cluster/coredns-*/coredns')).at(0)

const programs: Readonly<Record<ServerName, Program>> = {
  coredns: {
    program: builtCoredns,
    configure: ({ dir, cert, key }, doh) => ({
      text: `https://.:${doh} {\n bind 127.0.0.1\n tls ${cert} ${key}\n file ${dir}/zone check.example\n}\n`,
      args: ['-conf', join(dir, 'config')],
    }),
  },
  named: {
    program: () => 'named',
    configure: ({ dir, cert, key }, doh, plain) => ({
      text: `tls ours { cert-file "${cert}"; key-file "${key}"; };
http ours { endpoints { "/dns-query"; }; };
controls { };
options {
  directory "${dir}"; pid-file none; session-keyfile none; recursion no; dnssec-validation no;
  listen-on-v6 { none; };
  listen-on port ${plain} { 127.0.0.1; };
  listen-on port ${doh} tls ours http ours { 127.0.0.1; };
};
zone "check.example" { type primary; file "${dir}/zone"; };
`,
      args: ['-g', '-c', join(dir, 'config')],
    }),
  },
  dnsdist: {
    program: () => 'dnsdist',
    behind: 'named',
    configure: ({ dir, cert, key }, doh, plain, spare) => ({
      text: `setLocal('127.0.0.1:${spare}')
addDOHLocal('127.0.0.1:${doh}', '${cert}', '${key}', '/dns-query')
newServer({address='127.0.0.1:${plain}', healthCheckMode='up'})
setSecurityPollSuffix('')
`,
      args: ['--supervised', '--disable-syslog', '-C', join(dir, 'config')],
    }),
  },
  unbound: {
    program: () => 'unbound',
    configure: ({ dir, cert, key }, doh) => ({
      text: `server:
  interface: 127.0.0.1@${doh}
  https-port: ${doh}
  tls-service-key: "${key}"
  tls-service-pem: "${cert}"
  directory: "${dir}"
  chroot: ""
  username: ""
  pidfile: ""
  do-daemonize: no
  use-syslog: no
  module-config: "iterator"
  local-zone: "." static
  local-zone: "check.example." static
${unboundData}`,
      args: ['-d', '-p', '-c', join(dir, 'config')],
    }),
  },
}

/** The reason to skip a server, or false. With CI=true a missing one is an error, except CoreDNS, which has to be built. */
export async function missing(name: ServerName): Promise<string | false> {
  const program = programs[name].program()
  if (program === undefined) return `${name} is not built yet: npm run test:cluster builds it`
  return program === name ? skipWithout(name) : false
}

/** Starts a server, and the one behind it if there is one, and waits until it answers. Throws WaitError. */
export async function startOther(name: ServerName): Promise<OtherServer> {
  const dir = await mkdtemp(join(tmpdir(), `kubedoh-${name}-`))
  const certificate = await developmentCertificate(dir, [])
  const files = { dir, cert: join(dir, 'chain.pem'), key: join(dir, 'chain-key.pem') }
  await writeFile(files.cert, certificate.certPem)
  await writeFile(files.key, certificate.keyPem)
  await writeFile(join(dir, 'zone'), zone)
  const { behind } = programs[name]
  const [doh = 0, plain = 0, other = 0, spare = 0] = await freePorts(4)
  const stops = behind ? [await run(behind, files, [other, plain, spare])] : []
  stops.push(await run(name, files, [doh, plain, spare]))
  const url = `https://127.0.0.1:${doh}/dns-query`
  const stop = async (): Promise<void> => {
    await Promise.all(stops.map((end) => end()))
    await rm(dir, { recursive: true, force: true })
  }
  const send = createSend({ url: new URL(url), ca: undefined, insecure: true, timeoutMs: 10_000 })
  try {
    await waitFor(`${name} answers`, async () => !('failed' in (await send(byPost({ name: knownName })))))
  } catch (error) {
    await stop()
    throw error
  }
  return { url, caFile: certificate.caFile, stop }
}

async function run(
  name: ServerName,
  files: Files,
  ports: readonly [number, number, number],
): Promise<() => Promise<void>> {
  const { program, configure } = programs[name]
  const dir = await mkdtemp(join(files.dir, `${name}-`))
  await writeFile(join(dir, 'zone'), zone)
  const { text, args } = configure({ ...files, dir }, ...ports)
  await writeFile(join(dir, 'config'), text)
  const child = spawn(program() ?? name, args, { cwd: dir, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2_000)))
  const exit = once(child, 'exit')
  const early = new Promise<void>((resolve) => setTimeout(resolve, 300))
  await Promise.race([exit, early])
  if (child.exitCode !== null) throw new Error(`${name} ended: ${said}`)
  return async () => {
    child.kill('SIGTERM')
    await exit
  }
}
