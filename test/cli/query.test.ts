import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Running, run, start } from '../blackbox/command.ts'
import { dnsPlaces, everyTransport } from '../blackbox/dns-places.ts'
import { output, skipWithout } from '../clients/program.ts'
import { waitFor } from '../wait-for.ts'

/* `kubedoh query` over every transport, as the user of a terminal sees it, and compared with dig. */

const redis = 'redis.default.svc.cluster.local'
/** A cluster's answers to these are the same at every time. */
const questions = [
  [redis, 'A'],
  [redis, 'AAAA'],
  ['kubernetes.default.svc.cluster.local', 'A'],
  ['_https._tcp.kubernetes.default.svc.cluster.local', 'SRV'],
  ['none.default.svc.cluster.local', 'A'],
  ['cluster.local', 'SOA'],
  ['65.65.96.10.in-addr.arpa', 'PTR'],
  ['www.example.com', 'A'],
] as const

let dir: string
let up: Running
let caFile: string
let plain: string
let dot: string

before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubedoh-query-'))
  up = await start(['up', '--data', dir, '--listen', '127.0.0.1:0', ...everyTransport])
  caFile = join(dir, 'tls', 'ca.pem')
  const places = dnsPlaces(up.stdout, '')?.places
  plain = `127.0.0.1:${places?.udp?.port}`
  dot = `127.0.0.1:${places?.dot?.port}`
})
after(async () => {
  await up.stop()
  await rm(dir, { recursive: true })
})

/** `kubedoh query ARGS`, which must succeed → stdout. */
async function query(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(['query', ...args])
  assert.equal(code, 0, stderr)
  return stdout
}

/** The text of dig or `kubedoh query` without the ID, times and the lines that only dig prints. Sections are sorted. */
function comparable(text: string): string[] {
  return text
    .replace(/id: [0-9]+/, 'id')
    .split(/\n\n+/)
    .map((part) =>
      part
        .split('\n')
        .filter(
          (line) =>
            !/^; <<>>|^; \(|^;; (WARNING|You are|global|Got|Query time|SERVER|WHEN|MSG)|^$/.test(line),
        )
        .toSorted()
        .join('\n'),
    )
    .filter((part) => part !== '')
}

test('over UDP and TCP the sections are those of dig', { skip: await skipWithout('dig') }, async () => {
  const [, port = ''] = plain.split(':')
  const ask = questions.flatMap(([name, type]) => [name, type])
  for (const [ours, digs] of [
    [[], '+notcp'],
    [['--tcp'], '+tcp'],
  ] as const) {
    const own = (await query('--server', plain, ...ours, ...ask)).split(/(?=;; ->>HEADER)/)
    for (const [index, question] of questions.entries()) {
      const said = await output('dig', [
        '@127.0.0.1',
        '-p',
        port,
        '+nocookie',
        '+noadflag',
        '+tries=1',
        digs,
        ...question,
      ])
      assert.deepEqual(comparable(own[index] ?? ''), comparable(said), question.join(' '))
    }
  }
})

test('every transport gives the same data, and the SERVER line names the transport', async () => {
  for (const [options, server] of [
    [['--url', up.url, '--ca', caFile], /SERVER: https:.* \(HTTP\/2\)/],
    [['--server', plain], /SERVER: 127\.0\.0\.1#\d+\(127\.0\.0\.1\) \(UDP\)/],
    [['--server', plain, '--tcp'], /SERVER: 127\.0\.0\.1#\d+\(127\.0\.0\.1\) \(TCP\)/],
    [['--server', dot, '--tls', '--ca', caFile], /SERVER: 127\.0\.0\.1#\d+\(127\.0\.0\.1\) \(TLS\)/],
  ] as const) {
    const said = await query(...options, redis)
    assert.match(said, /^redis\.default\.svc\.cluster\.local\. \d+ IN\tA\s10\.96\.65\.65$/m)
    assert.match(said, server)
  }
  assert.equal(await query('--server', plain, '-x', '10.96.65.65', '--short'), `${redis}.\n`)
  const json = JSON.parse(await query('--server', dot, '--tls', '--ca', caFile, '--json', redis))
  assert.equal(json.Answer[0].data, '10.96.65.65')
})

test('a certificate for another name ends with exit code 2, a silent port with 1', async () => {
  const wrong = await run([
    'query',
    '--server',
    dot,
    '--tls',
    '--tls-host',
    'dns.example.net',
    '--ca',
    caFile,
    redis,
  ])
  assert.equal(wrong.code, 2)
  assert.match(wrong.stderr, /^kubedoh query: the certificate of 127\.0\.0\.1:\d+ cannot be used: .*\n$/)
  const plainOverTls = await run(['query', '--server', plain, '--tls', '--timeout-ms', '3000', redis])
  assert.equal(plainOverTls.code, 1)
  assert.match(plainOverTls.stderr, /^kubedoh query: .*\n$/)
})

const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))

/** Objects with one headless Service, whose endpoints have these addresses. */
function headless(...addresses: readonly string[]): string {
  const metadata = { namespace: 'default', name: 'web' }
  const items = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } },
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { clusterIP: 'None', clusterIPs: ['None'] } },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'web' } },
      addressType: 'IPv4',
      endpoints: addresses.map((address) => ({ addresses: [address] })),
      ports: [],
    },
  ]
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
}

/** Starts `up` with a headless Service → the arguments of query that ask it over UDP. */
async function startWeb(t: TestContext, name: string, ...addresses: readonly string[]): Promise<string[]> {
  const objects = join(dir, `${name}.json`)
  await writeFile(objects, headless(...addresses))
  const places = ['--data', join(dir, name), '--listen', '127.0.0.1:0', '--dns-listen', '127.0.0.1:0']
  const running = await start(['up', '--plain', '--from', objects, ...places])
  t.after(() => running.stop())
  return ['--server', `127.0.0.1:${dnsPlaces(running.stdout, '')?.places.udp?.port}`]
}

const web = 'web.default.svc.cluster.local'

test('an answer that UDP has no room for is asked for over TCP', async (t) => {
  const addresses = Array.from({ length: 100 }, (_, index) => `10.0.0.${index + 1}`)
  const server = await startWeb(t, 'large', ...addresses)
  const said = await query(...server, web)
  assert.match(said, /flags: qr aa rd ra; QUERY: 1, ANSWER: 100,/)
  assert.match(said, /SERVER: .* \(TCP\)$/m)
})

test('several servers: the same answer once, other answers as differences and exit code 1', async (t) => {
  const same = await query('--url', up.url, '--ca', caFile, '--server', plain, redis)
  assert.equal(same.match(/10\.96\.65\.65/g)?.length, 1)
  assert.match(same, /^;; SAME ANSWER: 127\.0\.0\.1#\d+\(127\.0\.0\.1\) \(UDP\)$/m)
  const one = await startWeb(t, 'one', '10.0.0.1', '10.0.0.2', '10.0.0.3')
  const two = await startWeb(t, 'two', '10.0.0.2', '10.0.0.3', '10.0.0.4')
  const different = await run(['query', ...one, ...two, '--short', web])
  assert.equal(different.code, 1, different.stderr)
  assert.deepEqual(different.stdout.trimEnd().split('\n').slice(3), ['-10.0.0.1', '+10.0.0.4'])
  const json = JSON.parse((await run(['query', ...one, ...one, ...two, '--json', web])).stdout)
  assert.equal(json.same, false)
  assert.deepEqual(
    json.answers.map(({ servers }: { servers: string[] }) => servers.length),
    [2, 1],
  )
  const away = await run(['query', ...one, '--server', '127.0.0.9:1', '--short', web])
  assert.equal(away.code, 1)
  assert.match(away.stderr, new RegExp(`^kubedoh query: ${web} A: nothing listens on 127.0.0.9:1`))
  assert.equal(away.stdout.trimEnd().split('\n').length, 3)
})

test('--watch prints an answer when it changes, with the time, and exits with 0 on SIGINT', async () => {
  const data = join(dir, 'watched')
  const objects = join(dir, 'watched.json')
  await writeFile(objects, headless('10.0.0.1', '10.0.0.2'))
  const up1 = await start(['up', '--plain', '--from', objects, '--data', data, '--listen', '127.0.0.1:0'])
  const watched = spawn(process.execPath, [main, 'query', '--url', up1.url, '--watch', '1', '--short', web])
  let said = ''
  let errors = ''
  watched.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  watched.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  try {
    await waitFor('the first answer', () => said.includes('10.0.0.2'))
    const { host } = new URL(up1.url)
    await up1.stop()
    await waitFor('the failure', () => errors !== '')
    assert.equal(said.match(/WHEN/g)?.length, 1)
    await writeFile(objects, headless('10.0.0.7'))
    const up2 = await start(['up', '--plain', '--from', objects, '--data', data, '--listen', host])
    await waitFor('the changed answer', () => said.includes('10.0.0.7'))
    await up2.stop()
  } finally {
    watched.kill('SIGINT')
  }
  assert.deepEqual(await once(watched, 'exit'), [0, null])
  assert.match(said, /^;; WHEN: \d{4}-\d\d-\d\dT[0-9:.]+Z\n10\.0\.0\.\d\n10\.0\.0\.\d\n/)
  assert.match(errors, new RegExp(`^kubedoh query: \\S+Z ${web} A: .*\\n`))
})
