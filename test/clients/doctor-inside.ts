import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Report } from '../../doctor/report.ts'
import { tokenSha256 } from '../../snapshot/policy/token.case.ts'
import { newToken } from '../../snapshot/policy/token.ts'
import { run, start } from '../blackbox/command.ts'
import { startNodeEdge } from '../blackbox/node-edge.ts'
import { newKey } from '../blackbox/publish.ts'
import { publishAged } from '../blackbox/publish-aged.ts'
import { waitFor } from '../wait-for.ts'
import { type Background, background } from './background.ts'
import { libraryPath } from './debian-packages.ts'
import { digServer } from './dig.ts'
import { servePage } from './page.ts'
import { output } from './program.ts'
import { clusterObjects } from './services.ts'
import { startConnect } from './stub.ts'
import { startUsualResolver } from './usual-resolver.ts'

/*
 * node doctor-inside.ts PACKAGES   Runs in a new network and mount namespace (doctor.test.ts). PACKAGES is the directory of
 * extracted Debian packages. Makes each situation for real, runs `kubedoh doctor` in it, and prints what it says as a line of JSON.
 */

// The library of certificates needs it to be loaded first.
await import('reflect-metadata')
const { issueAuthority, issueServer } = await import('../../host/tls/issue-certificate.ts')
const [, , packages = ''] = process.argv
const name = 'web.default.svc.cluster.local'
const stub = { address: '127.0.0.1', port: 53 }
const edgeDns = '10.0.0.53'
const usualServer = '10.0.0.99'
const loopServer = '10.0.0.77'
const clusterRoute = '-4 route add local 10.96.0.0/16 dev lo'

const ip = (command: string): Promise<string> => output('ip', command.split(' '))
const dir = await mkdtemp(join(tmpdir(), 'kubedoh-doctor-'))
const file = async (base: string, text: string): Promise<string> => {
  await writeFile(join(dir, base), text, { mode: 0o600 })
  return join(dir, base)
}

await ip('link set lo up')
await ip('-4 route add local 10.0.0.0/24 dev lo')
await ip(clusterRoute)
const resolvConf = await file('resolv.conf', '')
await output('mount', ['--bind', resolvConf, '/etc/resolv.conf'])
await output('mount', ['--bind', await file('nsswitch.conf', 'hosts: files dns\n'), '/etc/nsswitch.conf'])
const useNameserver = (address: string): Promise<void> =>
  writeFile(resolvConf, `nameserver ${address}\noptions timeout:1 attempts:1\n`)

const token = newToken('dev', (bytes) => crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>))
const policy = {
  version: 1,
  tokens: [{ name: 'test', sha256: tokenSha256(token), all: true }],
  networks: [{ cidr: `${edgeDns}/32`, all: true }],
}
const up = await start([
  ...['up', '--from', await file('objects.json', clusterObjects()), '--cluster', 'dev'],
  ...['--policy', await file('policy.yaml', JSON.stringify(policy)), '--data', join(dir, 'data')],
  ...['--listen', '127.0.0.1:0', '--dns-listen', `${edgeDns}:53`],
])
const caFile = join(dir, 'data', 'tls', 'ca.pem')
const edge = { url: `${up.url}/${token}`, caFile }
const usual = await startUsualResolver(usualServer)
const page = await servePage()

async function say(situation: string, url: string, options: readonly string[] = []): Promise<void> {
  const { code, stdout, stderr } = await run([
    ...['doctor', '--url-file', await file('url', `${url}\n`), name, '--json', '--timeout-ms', '5000'],
    ...(options.includes('--ca') ? [] : ['--ca', caFile]),
    ...options,
  ])
  const shown = `${stdout}${stderr}`
  const hasToken = shown.includes(token) || shown.includes('wrongwrong')
  console.log(JSON.stringify({ situation, code, hasToken, stderr, report: JSON.parse(stdout) as Report }))
}

/** Runs an action while a program answers DNS on an address. */
async function behind(program: Background, address: string, action: () => Promise<void>): Promise<void> {
  try {
    await waitFor('the first answer', async () => {
      const { status } = await digServer(
        { address, port: 53 },
        '+time=1',
        '+tries=1',
        `_snapshot.cluster.local`,
        'TXT',
      )
      return status === 'NOERROR'
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${program.tail()}`)
    })
    await useNameserver(address)
    await action()
  } finally {
    await program.stop()
  }
}

async function dnsmasq(address: string, lines: readonly string[]): Promise<Background> {
  const own = [
    `listen-address=${address}`,
    'bind-interfaces',
    'no-resolv',
    'no-hosts',
    'user=root',
    'group=root',
    'cache-size=0',
  ]
  const config = await file(`dnsmasq-${address}.conf`, [...own, ...lines, ''].join('\n'))
  const args = ['--keep-in-foreground', `--conf-file=${config}`, '--pid-file=']
  return background(join(packages, 'usr/sbin/dnsmasq'), args, await libraryPath(packages))
}

const forwarding = (resolver: string): Background =>
  startConnect(edge, stub, ['--mode', 'forward', '--resolver', resolver])

await behind(forwarding(usualServer), stub.address, async () => {
  await say('healthy', edge.url)
  await say('closed port', edge.url, ['--port', '81'])
  await ip(clusterRoute.replace('add', 'delete'))
  await say('no route', edge.url)
  await ip(clusterRoute)
  await say('wrong token', `${up.url}/dev-wrongwrongwrongwrongwrong23`)

  const authority = await issueAuthority(Date.now())
  const expired = await issueServer(authority, ['127.0.0.1'], Date.now() - 900 * 86_400_000)
  const key = await newKey()
  const config = { public: true, clusters: [{ id: 'dev', keys: [key.publicKey], zones: ['cluster.local'] }] }
  const old = await start([
    ...['serve', '--config', await file('serve.json', JSON.stringify(config)), '--data', join(dir, 'old')],
    ...['--listen', '127.0.0.1:0', '--tls-cert', await file('expired.pem', expired.certPem)],
    ...['--tls-key', await file('expired.key', expired.keyPem)],
  ])
  await say('expired certificate', old.url, ['--ca', await file('ca.pem', authority.certPem)])
  await old.stop()

  const stale = await startNodeEdge(config)
  await publishAged(stale, 'dev', key, 20 * 60_000)
  await say('stale snapshot', `${stale.url}/dns-query`, ['--ca', stale.caFile])
  await stale.stop()
})
await say('stopped stub', edge.url)
await useNameserver(usualServer)
await say('NXDOMAIN', edge.url)
const forward = [`server=/cluster.local/${edgeDns}`, `server=${usualServer}`]
await behind(await dnsmasq(stub.address, [...forward, 'stop-dns-rebind']), stub.address, () =>
  say('rebinding filter', edge.url),
)
const back = await dnsmasq(loopServer, [`server=${stub.address}`])
await behind(forwarding(loopServer), stub.address, () => say('loop', edge.url))
await back.stop()

await up.stop()
usual.stop()
page.stop()
