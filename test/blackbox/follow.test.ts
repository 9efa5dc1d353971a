import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Agent, fetch as undiciFetch } from 'undici'
import { waitFor } from '../wait-for.ts'
import { ask } from './ask.ts'
import { type Running, run, start } from './command.ts'
import type { EdgeUnderTest } from './edge-under-test.ts'
import { newKey, publishThrough } from './publish.ts'

/* Edges that follow each other: agent → A ← B ← C, each a process of `kubedoh serve` with its own data. */

type Place = { readonly dir: string; readonly port: number }

type Chain = {
  readonly start: (place: Place, options?: readonly string[]) => Promise<Running>
  readonly a: Place
  readonly b: Place
  readonly c: Place
  /** The options of an edge that follows another one. */
  readonly following: (follower: Place, source: Place) => readonly string[]
  readonly publish: (address: string) => Promise<unknown>
  readonly addressAt: (place: Place) => Promise<string>
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : assert.fail()
}

const urlOf = ({ port }: Place): string => `http://127.0.0.1:${port}`

/** Directories, ports and keys of three edges. B's key is listed at A, C's key at B. */
async function makeChain(t: TestContext): Promise<Chain> {
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-follow-'))
  const agentKey = await newKey()
  const dispatcher = new Agent()
  const place = async (name: string): Promise<Place> => ({ dir: join(dir, name), port: await freePort() })
  const [a, b, c] = [await place('a'), await place('b'), await place('c')]
  const keyFile = (follower: Place): string => `${follower.dir}.key.json`
  const keys = new Map<Place, string>()
  for (const follower of [b, c])
    keys.set(follower, (await run(['key', 'new', '--out', keyFile(follower)])).stdout.trim())
  const running = new Set<Running>()
  t.after(async () => {
    await Promise.all([...running].map((each) => each.stop()))
    await dispatcher.close()
    await rm(dir, { recursive: true })
  })
  const edgeAt = (at: Place): EdgeUnderTest => ({
    runtime: 'node',
    url: urlOf(at),
    fetch: ((url: string, init?: object) =>
      undiciFetch(url, { ...init, dispatcher })) as unknown as typeof fetch,
    stop: () => Promise.resolve(),
  })
  const followers = new Map([
    [a, [keys.get(b)]],
    [b, [keys.get(c)]],
  ])
  for (const at of [a, b, c]) {
    const cluster = {
      id: 'dev',
      keys: [agentKey.publicKey],
      followers: followers.get(at),
      zones: ['cluster.local'],
    }
    const config = { public: true, ingestOrigins: [urlOf(at)], clusters: [cluster] }
    await writeFile(`${at.dir}.config.json`, JSON.stringify(config))
  }
  return {
    a,
    b,
    c,
    async start(at, options = []) {
      const places = ['--config', `${at.dir}.config.json`, '--data', at.dir]
      const listen = ['--plain', '--listen', `127.0.0.1:${at.port}`, '--log-format', 'json']
      const started = await start(['serve', ...places, ...listen, ...options])
      running.add(started)
      return started
    },
    following: (follower, source) => ['--follow', urlOf(source), '--follow-key', keyFile(follower)],
    publish: (address) => {
      const service = {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'web', namespace: 'default' },
        spec: { clusterIP: address, clusterIPs: [address], ports: [{ port: 80 }] },
      }
      const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } }
      const list = { apiVersion: 'v1', kind: 'List', items: [namespace, service] }
      return publishThrough(edgeAt(a).fetch, urlOf(a), 'dev', agentKey, JSON.stringify(list))
    },
    async addressAt(at) {
      const { message } = await ask(edgeAt(at), 'web.default.svc.cluster.local A')
      const [answer] = message?.answers ?? []
      return answer?.type === 'A' ? answer.data : 'nothing'
    },
  }
}

/** The fields of a log line with this message. */
const logged = ({ stderr }: Running, message: string): Record<string, unknown>[] =>
  stderr
    .map((line) => (line.startsWith('{') ? (JSON.parse(line) as Record<string, unknown>) : {}))
    .filter((line) => line.message === message)

test('edges follow each other, answer while their source is dead, and take its newer snapshot when it is back', async (t) => {
  const { a, b, c, following, publish, addressAt, ...chain } = await makeChain(t)
  const sourceA = await chain.start(a)
  const edgeB = await chain.start(b, following(b, a))
  const edgeC = await chain.start(c, [...following(c, b), '--workers', '2'])
  await publish('10.0.0.1')
  for (const at of [b, c]) await waitFor('the address', async () => (await addressAt(at)) === '10.0.0.1')
  const published = performance.now()
  await publish('10.0.0.2')
  for (const at of [b, c]) await waitFor('the change', async () => (await addressAt(at)) === '10.0.0.2')
  t.diagnostic(
    `a change was answered by the follower's follower after ${Math.round(performance.now() - published)} ms`,
  )

  sourceA.process.kill('SIGKILL')
  await waitFor('B reports that its source is away', async () =>
    logged(edgeB, 'not following').some(({ code }) => code === 'SOURCE_UNREACHABLE'),
  )
  assert.equal(await addressAt(b), '10.0.0.2')
  edgeB.process.kill('SIGKILL')
  assert.equal(await addressAt(c), '10.0.0.2')
  await chain.start(b, following(b, a))
  await waitFor('B answers from what it has stored', async () => (await addressAt(b)) === '10.0.0.2')

  await chain.start(a)
  await publish('10.0.0.3')
  for (const at of [b, c])
    await waitFor('the newer snapshot', async () => (await addressAt(at)) === '10.0.0.3', {
      timeoutMs: 60_000,
    })
  assert.ok(logged(edgeC, 'following').length > 1)
})
