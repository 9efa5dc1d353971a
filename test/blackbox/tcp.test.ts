import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createFrameReader, frame } from '../../host/dns/stream/framing.ts'
import { output, skipWithout } from '../clients/program.ts'
import type { DnsPlace } from '../dns-client.ts'
import { query } from './ask.ts'
import { type Running, start } from './command.ts'
import { dnsPlaces } from './dns-places.ts'

/* DNS over TCP as clients see it: `kubedoh up` over a file with a small and a large headless Service. */

const podCount = 300
const small = 'small.default.svc.cluster.local'
const large = 'large.default.svc.cluster.local'

/** A headless Service with this many endpoints, and its EndpointSlices. */
function headless(name: string, count: number): object[] {
  const metadata = { namespace: 'default', name }
  const addresses = Array.from({ length: count }, (_, index) => `10.244.${index >> 8}.${index & 255}`)
  const slices = Array.from({ length: Math.ceil(count / 100) }, (_, index) => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...metadata, name: `${name}-${index}`, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    endpoints: addresses
      .slice(100 * index, 100 * (index + 1))
      .map((address) => ({ addresses: [address], conditions: { ready: true } })),
    ports: [],
  }))
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: { clusterIP: 'None', clusterIPs: ['None'] },
  }
  return [service, ...slices]
}

let dir: string
let up: Running
let place: DnsPlace

before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubedoh-tcp-'))
  const items = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } },
    ...headless('small', 2),
    ...headless('large', podCount),
  ]
  const file = join(dir, 'objects.json')
  await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
  const listen = ['--listen', '127.0.0.1:0', '--dns-listen', '127.0.0.1:0']
  up = await start(['up', '--data', 'none', '--plain', '--from', file, ...listen])
  const tcp = dnsPlaces(up.stdout, '')?.places.tcp
  assert.ok(tcp)
  place = tcp
})
after(async () => {
  assert.equal(await up.stop(), 0)
  await rm(dir, { recursive: true })
})

/** Runs dig or kdig with a question. */
function ask(program: 'dig' | 'kdig', ...args: readonly string[]): Promise<string> {
  return output(program, ['@127.0.0.1', '-p', String(place.port), '+time=5', ...args])
}

const addressesIn = (text: string): number => text.match(/\sIN\s+A\s+10\.244\./g)?.length ?? 0

for (const program of ['dig', 'kdig'] as const) {
  test(`${program} asks over TCP, and gets all addresses after a truncated answer`, {
    skip: await skipWithout(program),
  }, async () => {
    assert.equal(addressesIn(await ask(program, '+tcp', small)), 2)
    const cut = addressesIn(await ask(program, '+ignore', large))
    assert.ok(cut > 0 && cut < podCount, `${cut} records in the truncated answer`)
    assert.equal(addressesIn(await ask(program, large)), podCount)
  })
}

test('drill asks over TCP', { skip: await skipWithout('drill') }, async () => {
  const said = await output('drill', ['-t', '-p', String(place.port), '@127.0.0.1', small])
  assert.match(said, /rcode: NOERROR/)
  assert.equal(addressesIn(said), 2)
})

test('dig gets a server cookie and the idle timeout over TCP', {
  skip: await skipWithout('dig'),
}, async () => {
  const said = await ask('dig', '+tcp', '+cookie=0123456789abcdef', '+keepalive', small)
  assert.match(said, /COOKIE: 0123456789abcdef[0-9a-f]{32} \(good\)/)
  assert.match(said, /TCP KEEPALIVE: 30\.0 secs/i)
})

test('queries in one segment, the last of them half, are answered, and after a half-close all of them', async () => {
  const socket = net.connect({ ...place, allowHalfOpen: true })
  await once(socket, 'connect')
  const frames = createFrameReader(65_535)
  const ids: number[] = []
  const received = Promise.withResolvers<void>()
  socket.on('data', (chunk) => {
    frames.push(chunk as Buffer)
    for (let next = frames.next(); next; next = frames.next())
      ids.push(((next[0] ?? 0) << 8) | (next[1] ?? 0))
    if (ids.length === 299) received.resolve()
  })
  const names = [small, large, 'missing.default.svc.cluster.local']
  const queries = Array.from({ length: 300 }, (_, id) =>
    frame(query(names[id % 3] ?? '', 1, { id, edns: true })),
  )
  const stream = Buffer.concat(queries)
  socket.write(stream.subarray(0, -10))
  await received.promise
  socket.end(stream.subarray(-10))
  await once(socket, 'end')
  assert.deepEqual(
    ids.toSorted((a, b) => a - b),
    Array.from({ length: 300 }, (_, id) => id),
  )
})

test('a message shorter than a header, and one that is no query, get no answer', async () => {
  for (const [message, isClosed] of [
    [new Uint8Array(0), true],
    [new Uint8Array(11), true],
    [Uint8Array.of(0, 1, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0), false],
  ] as const) {
    const socket = net.connect(place)
    socket.on('error', () => {})
    let bytes = 0
    socket.on('data', (chunk: Buffer) => (bytes += chunk.length))
    socket.write(frame(message))
    if (!isClosed) socket.write(frame(query(small, 1, { id: 2 })))
    await once(socket, isClosed ? 'close' : 'data')
    socket.destroy()
    // An answer with two addresses.
    assert.equal(bytes, isClosed ? 0 : 2 + query(small, 1).length + 2 * 16)
  }
})
