import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import https from 'node:https'
import { after, before, test } from 'node:test'
import packet from 'dns-packet'
import { childrenOf } from '../children-of.ts'
import { waitFor } from '../wait-for.ts'
import { query } from './ask.ts'
import { startNodeEdge } from './node-edge.ts'
import { newKey, oneService, publishThrough } from './publish.ts'

/*
 * `kubedoh serve --workers 2`. New connections go to the workers in turn, so a few of them reach every worker.
 */

const key = await newKey()
const clusters = [{ id: 'dev', keys: [key.publicKey], zones: ['cluster.local'] }]
let edge: Awaited<ReturnType<typeof startNodeEdge>>
let ca: string

before(async () => {
  edge = await startNodeEdge({ public: true, clusters }, ['--workers', '2'])
  ca = await readFile(edge.caFile, 'utf8')
})
after(() => edge.stop())

/** A cluster of one Service with this address. */
async function publish(address: string): Promise<void> {
  await publishThrough(edge.fetch, edge.url, 'dev', key, oneService(address, 'default'))
}

/** Asks for web's address on a new connection. */
async function askOnNewConnection(): Promise<string> {
  const request = https.request(`${edge.url}/dns-query`, {
    ca,
    agent: false,
    method: 'POST',
    headers: { 'content-type': 'application/dns-message' },
  })
  request.end(query('web.default.svc.cluster.local', 1))
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const pieces: Buffer[] = []
  for await (const piece of response) pieces.push(piece as Buffer)
  const [answer] = packet.decode(Buffer.concat(pieces)).answers ?? []
  return answer?.type === 'A' ? answer.data : 'nothing'
}

const workers = (): Promise<number[]> => childrenOf(edge.process)

const few = Array.from({ length: 6 })
const linux = { skip: process.platform === 'linux' ? false : 'it reads /proc' }

test('all workers answer, and read a new snapshot at once instead of at their next refresh', async () => {
  await publish('10.0.0.1')
  assert.deepEqual(
    await Promise.all(few.map(askOnNewConnection)),
    few.map(() => '10.0.0.1'),
  )
  await publish('10.0.0.2')
  // A worker without the message reads its root again only after 30 s, so a shorter wait proves the message.
  await waitFor(
    'the new address everywhere',
    async () => (await Promise.all(few.map(askOnNewConnection))).every((address) => address === '10.0.0.2'),
    { timeoutMs: 25_000 },
  )
})

test('a killed worker is replaced, and every query is answered meanwhile', linux, async () => {
  const running = await workers()
  assert.equal(running.length, 2)
  process.kill(running[0] ?? 0, 'SIGKILL')
  await waitFor('the supervisor reports the end of the worker', async () =>
    edge.stderr.some((line) => line.includes('worker ended') && line.includes('SIGKILL')),
  )
  assert.deepEqual(
    await Promise.all(few.map(askOnNewConnection)),
    few.map(() => '10.0.0.2'),
  )
  await waitFor('two workers again', async () => (await workers()).length === 2)
  await publish('10.0.0.3')
  await waitFor('the newest address everywhere', async () =>
    (await Promise.all(few.map(askOnNewConnection))).every((address) => address === '10.0.0.3'),
  )
})

test('SIGTERM ends all workers', linux, async () => {
  const running = await workers()
  edge.process.kill('SIGTERM')
  const [code] = (await once(edge.process, 'exit')) as [number]
  assert.equal(code, 0)
  for (const pid of running) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
})
