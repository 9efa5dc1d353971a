import assert from 'node:assert/strict'
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { TYPE } from '../../dns/code.ts'
import { connectStream } from '../../host/dns/stream/stream-client.case.ts'
import { exchangeDatagrams } from '../../host/dns/udp/udp-client.case.ts'
import { waitFor } from '../wait-for.ts'
import { query } from './ask.ts'
import { type Running, run, start } from './command.ts'

/* Who may ask over UDP, TCP and TLS: networks of the policy, and tokens in the server name. */

const [shop, redis] = ['web.prod.svc.cluster.local', 'redis.default.svc.cluster.local']
const dotHost = 'dns.example.com'
const [noerror, nxdomain, refused] = [0, 3, 5]

let dir: string
let up: Running
let token: string
let ca: string

before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubedoh-access-'))
  const policy = join(dir, 'policy.yaml')
  const args = ['--policy', policy, '--cluster', 'local', '--dot', '--namespaces', 'prod']
  const created = await run(['token', 'create', 'phone', ...args])
  assert.equal(created.code, 0, created.stderr)
  token = created.stdout.trim()
  const networks = ['{ cidr: 127.0.0.0/24, namespaces: [prod] }', '{ cidr: 127.0.0.3/32, all: true }']
  await appendFile(policy, `networks:\n${networks.map((network) => `  - ${network}\n`).join('')}`)
  const listen = ['--listen', '127.0.0.1:0', '--dns-listen', '127.0.0.1:0', '--dot-listen', '127.0.0.1:0']
  up = await start(['up', ...listen, '--dot-host', dotHost, '--data', dir, '--policy', policy])
  ca = await readFile(join(dir, 'tls', 'ca.pem'), 'utf8')
  await waitFor('the policy', async () => (await overUdp('127.0.0.3', redis)) === noerror)
})
after(async () => {
  assert.equal(await up.stop(), 0)
  await rm(dir, { recursive: true })
})

function portOf(kind: string): number {
  const line = up.stdout.find((each) => each.startsWith(`${kind} at `)) ?? assert.fail(up.stdout.join('\n'))
  return Number(line.slice(line.lastIndexOf(':') + 1))
}

const rcodeOf = (answer: Uint8Array | undefined): number => (answer?.[3] ?? assert.fail('no answer')) & 0xf
const message = (name: string): Uint8Array => query(name, TYPE.A, { edns: true })

async function overUdp(from: string, name: string): Promise<number> {
  const to = { host: '127.0.0.1', port: portOf('DNS (UDP and TCP)') }
  const [answer] = await exchangeDatagrams(to, [message(name)], { from })
  return rcodeOf(answer?.bytes)
}

async function overTcp(localAddress: string, name: string): Promise<number> {
  const to = { host: '127.0.0.1', port: portOf('DNS (UDP and TCP)'), localAddress }
  const client = await connectStream(to)
  client.send(message(name))
  const answer = await client.receive()
  client.socket.destroy()
  return rcodeOf(answer)
}

/** Asks twice on one connection from an address of no network, and gives both answers. */
async function overTls(servername: string): Promise<readonly Uint8Array[]> {
  const to = { host: '127.0.0.1', port: portOf('DNS over TLS'), localAddress: '127.1.0.1' }
  const client = await connectStream(to, { ca, servername, ALPNProtocols: ['dot'] })
  const answers: Uint8Array[] = []
  for (const name of [shop, redis]) {
    client.send(message(name))
    answers.push((await client.receive()) ?? assert.fail('the connection was closed'))
  }
  client.socket.destroy()
  return answers
}

for (const [transport, ask] of [
  ['UDP', overUdp],
  ['TCP', overTcp],
] as const) {
  test(`${transport}: the narrowest network with the source address decides`, async () => {
    assert.equal(await ask('127.0.0.2', shop), noerror)
    assert.equal(await ask('127.0.0.2', redis), nxdomain)
    assert.equal(await ask('127.0.0.3', redis), noerror)
    assert.equal(await ask('127.1.0.1', shop), refused)
  })
}

test('TLS: the token in the server name opens its namespaces, and every other server name is refused alike', async () => {
  assert.deepEqual((await overTls(`${token}.${dotHost}`)).map(rcodeOf), [noerror, nxdomain])
  const stranger = await overTls(dotHost)
  assert.deepEqual(stranger.map(rcodeOf), [refused, refused])
  const other = `${token.slice(0, -1)}${token.endsWith('a') ? 'b' : 'a'}`
  for (const label of [other, 'x', 'local'])
    assert.deepEqual(await overTls(`${label}.${dotHost}`), stranger, label)
})
