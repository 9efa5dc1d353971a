import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import tls from 'node:tls'
import { unstoredCertificate } from '../../host/tls/development-certificate.ts'
import { output, skipWithout } from '../clients/program.ts'
import type { DnsPlace } from '../dns-client.ts'
import { waitFor } from '../wait-for.ts'
import { type Running, run, start } from './command.ts'
import { dnsPlaces } from './dns-places.ts'

/*
 * DNS over TLS as clients see it: `kubedoh up` with a policy, and programs that bring their token as first label of the
 * server name.
 */

const dotHost = 'dns.example.com'
const inScope = 'redis.default.svc.cluster.local'
const outOfScope = 'legacy.prod.svc.cluster.local'

let dir: string
let up: Running
let port: string
let caFile: string
let token: string

before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubedoh-dot-'))
  const policy = join(dir, 'policy.yaml')
  const create = ['token', 'create', 'phone', '--policy', policy, '--cluster', 'local']
  const made = await run([...create, '--namespaces', 'default', '--dot'])
  assert.equal(made.code, 0, made.stderr)
  token = made.stdout.trim()
  const listen = ['--listen', '127.0.0.1:0', '--dot-listen', '127.0.0.1:0', '--dot-host', dotHost]
  up = await start(['up', '--data', dir, '--policy', policy, ...listen])
  caFile = join(dir, 'tls', 'ca.pem')
  port = String(dnsPlaces(up.stdout, '')?.places.dot?.port)
})
after(async () => {
  await up.stop()
  await rm(dir, { recursive: true })
})

/** Asks with kdig, which verifies the certificate for the server name. */
function kdig(serverName: string, ...question: readonly string[]): Promise<string> {
  const secure = ['+tls', `+tls-ca=${caFile}`, `+tls-hostname=${serverName}`, `+tls-sni=${serverName}`]
  return output('kdig', ['@127.0.0.1', '-p', port, ...secure, '+retry=0', '+timeout=5', ...question])
}

const withoutKdig = { skip: await skipWithout('kdig') }

test('the start lines name the address, and the URL is the last', () => {
  assert.ok(up.stdout.includes(`DNS over TLS at 127.0.0.1:${port}`), up.stdout.join('\n'))
  assert.match(up.stdout.at(-1) ?? '', /^ready /)
})

test(
  'the token in the server name opens its namespaces, and what it does not open does not exist',
  withoutKdig,
  async () => {
    assert.match(await kdig(`${token}.${dotHost}`, inScope), /status: NOERROR[^]*\sA\s+10\.96\.65\.65/)
    assert.match(await kdig(`${token}.${dotHost}`, outOfScope), /status: NXDOMAIN/)
  },
)

test('kubedoh query sends the token by --tls-host', async () => {
  const ask = ['query', '--server', `127.0.0.1:${port}`, '--tls', '--ca', caFile, '--short']
  for (const [name, expected] of [
    [inScope, '10.96.65.65\n'],
    [outOfScope, ''],
  ] as const) {
    const said = await run([...ask, '--tls-host', `${token}.${dotHost}`, name])
    assert.deepEqual([said.code, said.stdout, said.stderr], [0, expected, ''])
  }
})

test(
  'a token that is not valid, and no token, complete TLS and are REFUSED with EDE 18',
  withoutKdig,
  async () => {
    const wrong = token.slice(0, -1) + (token.endsWith('a') ? 'b' : 'a')
    for (const serverName of [`${wrong}.${dotHost}`, dotHost]) {
      const said = await kdig(serverName, inScope, '+edns')
      assert.match(said, /status: REFUSED/, serverName)
      assert.match(said, /EDE: 18 \(Prohibited\)/, serverName)
    }
  },
)

test('an answer to a padded query has 468 bytes, another one is not padded', withoutKdig, async () => {
  const serverName = `${token}.${dotHost}`
  assert.match(await kdig(serverName, inScope, '+padding'), /Received 468 B/)
  assert.doesNotMatch(await kdig(serverName, inScope, '+nopadding', '+edns'), /Received 468 B/)
})

test('several questions on one connection are answered', withoutKdig, async () => {
  const said = await kdig(`${token}.${dotHost}`, '+keepopen', inScope, inScope, 'AAAA', outOfScope)
  assert.equal(said.match(/status: /g)?.length, 3)
})

test('dig asks over TLS', { skip: await skipWithout('dig') }, async () => {
  const secure = ['+tls', `+tls-ca=${caFile}`, '+tls-hostname=localhost']
  const said = await output('dig', ['@127.0.0.1', '-p', port, ...secure, '+tries=1', inScope])
  assert.match(said, /status: REFUSED/)
  assert.match(said, /EDE: 18/)
})

test('openssl agrees on dot by ALPN, and gets an alert for other protocols', {
  skip: await skipWithout('openssl'),
}, async () => {
  const connect = (protocol: string): Promise<string> =>
    output('sh', [
      '-c',
      `openssl s_client -connect 127.0.0.1:${port} -CAfile '${caFile}' -servername ${dotHost} -verify_return_error -alpn ${protocol} </dev/null 2>&1 || true`,
    ])
  const said = await connect('dot')
  assert.match(said, /ALPN protocol: dot/)
  assert.match(said, /Verification: OK/)
  assert.match(await connect('h2'), /alert no application protocol/)
})

/** The serial number of the certificate that a server shows. */
async function shownSerial(place: DnsPlace): Promise<string> {
  const socket = tls.connect({ ...place, rejectUnauthorized: false, ALPNProtocols: ['dot'] })
  try {
    await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
    return socket.getPeerCertificate().serialNumber
  } finally {
    socket.destroy()
  }
}

test('with --plain and a certificate, HTTP is plain and DNS is over TLS; SIGHUP renews it in every worker', async (t) => {
  const config = join(dir, 'config.json')
  await writeFile(config, JSON.stringify({ public: true, clusters: [] }))
  const [certFile, keyFile] = [join(dir, 'cert.pem'), join(dir, 'key.pem')]
  const renew = async (): Promise<void> => {
    const { certPem, keyPem } = await unstoredCertificate([])
    await writeFile(keyFile, keyPem, { mode: 0o600 })
    await writeFile(certFile, certPem)
  }
  await renew()
  const files = [
    '--config',
    config,
    '--data',
    join(dir, 'plain'),
    '--tls-cert',
    certFile,
    '--tls-key',
    keyFile,
  ]
  const options = ['--plain', '--listen', '127.0.0.1:0', '--dot-listen', '127.0.0.1:0', '--workers', '2']
  const serve = await start(['serve', ...files, ...options])
  t.after(() => serve.stop())
  assert.match(serve.url, /^http:/)
  assert.equal((await fetch(new URL('/healthz', serve.url))).status, 200)
  const place = dnsPlaces(serve.stdout, '')?.places.dot
  assert.ok(place)
  const serials = async (): Promise<Set<string>> =>
    new Set(await Promise.all(Array.from({ length: 6 }, () => shownSerial(place))))
  const old = await serials()
  assert.equal(old.size, 1)
  await renew()
  serve.process.kill('SIGHUP')
  await waitFor('the new certificate everywhere', async () => {
    const now = await serials()
    return now.size === 1 && !now.has([...old][0] ?? '')
  })
  assert.equal((await fetch(new URL('/healthz', serve.url))).status, 200)
})

test('--dot-listen without a certificate, and a wrong address, end with exit code 2', async () => {
  const plain = await run(['up', '--plain', '--data', join(dir, 'none'), '--dot-listen', ':0'])
  assert.equal(plain.code, 2)
  assert.match(
    plain.stderr,
    /^kubedoh up: --dot-listen needs a certificate, and --plain uses none: .*--tls-cert.*\n$/,
  )
  const wrong = await run(['up', '--data', join(dir, 'none'), '--dot-listen', '853'])
  assert.equal(wrong.code, 2)
  assert.match(wrong.stderr, /--dot-listen is "853"/)
})
