import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Agent, fetch as undiciFetch } from 'undici'
import { followRows } from '../../host/follow/follow-rows.ts'
import { hashBlob } from '../../snapshot/blob.ts'
import { signRoot } from '../../snapshot/root.ts'
import type { PolicySource } from '../../sync/policy/source/policy-source.ts'
import { rootOf } from '../../worker/edge.case.ts'
import { freePorts } from '../free-ports.ts'
import { waitFor } from '../wait-for.ts'
import { ask } from './ask.ts'
import { type Running, run, start } from './command.ts'
import type { EdgeUnderTest } from './edge-under-test.ts'
import { newKey, oneService, publishThrough } from './publish.ts'
import { startTamperingProxy } from './tampering-proxy.ts'
import { policyWithToken } from './token-policy.ts'

/* Edges that follow each other: agent → A ← B ← C, each a process of `kubedoh serve` with its own data. */

const objects = fileURLToPath(new URL('../../examples/objects.yaml', import.meta.url))

type Place = { readonly dir: string; readonly port: number }

type Chain = {
  readonly start: (place: Place, options?: readonly string[]) => Promise<Running>
  readonly a: Place
  readonly b: Place
  readonly c: Place
  /** The options of an edge that follows another one. */
  readonly following: (follower: Place, sourceUrl: string) => readonly string[]
  readonly publish: (address: string, policy?: PolicySource) => Promise<unknown>
  readonly addressAt: (place: Place) => Promise<string>
}

const urlOf = ({ port }: Place): string => `http://127.0.0.1:${port}`

/** Directories, ports and keys of three edges. B's key is listed at A, C's key at B. */
async function makeChain(t: TestContext, { hasOrigins = true } = {}): Promise<Chain> {
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-follow-'))
  const agentKey = await newKey()
  const dispatcher = new Agent()
  const [portA = 0, portB = 0, portC = 0] = await freePorts(3)
  const place = (name: string, port: number): Place => ({ dir: join(dir, name), port })
  const [a, b, c] = [place('a', portA), place('b', portB), place('c', portC)]
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
    const config = { public: true, ...(hasOrigins && { ingestOrigins: [urlOf(at)] }), clusters: [cluster] }
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
    following: (follower, sourceUrl) => ['--follow', sourceUrl, '--follow-key', keyFile(follower)],
    publish: (address, policy) => {
      const text = oneService(address, 'default')
      return publishThrough(edgeAt(a).fetch, urlOf(a), 'dev', agentKey, text, Date.now, policy)
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
  const edgeB = await chain.start(b, [...following(b, urlOf(a)), '--health-listen', '127.0.0.1:0'])
  const edgeC = await chain.start(c, [...following(c, urlOf(b)), '--workers', '2'])
  await publish('10.0.0.1')
  for (const at of [b, c]) await waitFor('the address', async () => (await addressAt(at)) === '10.0.0.1')
  const published = performance.now()
  await publish('10.0.0.2')
  for (const at of [b, c]) await waitFor('the change', async () => (await addressAt(at)) === '10.0.0.2')
  t.diagnostic(
    `a change was answered by the follower's follower after ${Math.round(performance.now() - published)} ms`,
  )

  sourceA.process.kill('SIGKILL')
  const isAway = (edge: Running) => () =>
    logged(edge, 'not following').some(({ code }) => code === 'SOURCE_UNREACHABLE')
  await waitFor('B reports that its source is away', isAway(edgeB))
  const health = String(logged(edgeB, 'observed')[0]?.url)
  const metrics = await (await fetch(`${health}/metrics`)).text()
  for (const { name, type } of Object.values(followRows))
    assert.ok(metrics.includes(`# TYPE ${name} ${type}\n`), name)
  assert.match(metrics, /^kubedoh_follow_looks_total\{cluster="dev",result="copied"\} [1-9]/m)
  const ready = await fetch(`${health}/readyz?verbose`)
  assert.equal(ready.status, 200)
  assert.match(await ready.text(), /\[\+\]source-dev ok, but .*SOURCE_UNREACHABLE/)
  assert.equal(await addressAt(b), '10.0.0.2')
  edgeB.process.kill('SIGKILL')
  await waitFor('C reports that its source is away', isAway(edgeC))
  assert.equal(await addressAt(c), '10.0.0.2')
  await chain.start(b, following(b, urlOf(a)))
  await waitFor('B answers from what it has stored', async () => (await addressAt(b)) === '10.0.0.2')

  await chain.start(a)
  await publish('10.0.0.3')
  for (const at of [b, c])
    await waitFor('the newer snapshot', async () => (await addressAt(at)) === '10.0.0.3', {
      timeoutMs: 60_000,
    })
  assert.ok(logged(edgeC, 'following').length > 1)
})

test('a source that forges, lies or breaks off changes nothing, and no proof works twice in any of its processes', async (t) => {
  const { a, b, following, publish, addressAt, ...chain } = await makeChain(t, { hasOrigins: false })
  await chain.start(a, ['--workers', '2'])
  const proxy = await startTamperingProxy(urlOf(a))
  t.after(() => proxy.close())
  await publish('10.0.0.1')
  const edge = await chain.start(b, following(b, proxy.url))
  await waitFor('the address', async () => (await addressAt(b)) === '10.0.0.1')
  const replays = await Promise.all(Array.from({ length: 6 }, () => proxy.replay()))
  assert.deepEqual(new Set(replays), new Set([404]))

  const generation = Date.now()
  const jws = await signRoot(rootOf({ cluster: 'dev', generation, asOfMs: generation }), await newKey())
  const head = JSON.stringify({ generation, term: 0, hash: await hashBlob(jws) })
  for (const [code, answer] of [
    ['ROOT_UNVERIFIED', (path: string) => (path.endsWith('/head') ? head : jws)],
    ['SOURCE_ANSWER', () => 'x'.repeat(100_000)],
    ['SOURCE_UNREACHABLE', () => undefined],
  ] as const) {
    proxy.tamper(({ url = '' }, response) => {
      const text = answer(url)
      if (text === undefined) response.destroy()
      else response.end(text)
    })
    await waitFor(code, async () => logged(edge, 'not following').some((line) => line.code === code))
    assert.equal(await addressAt(b), '10.0.0.1')
    assert.ok(proxy.requests.every((request) => !request.endsWith('/blobs')))
  }
  proxy.tamper('not')
  await publish('10.0.0.2')
  await waitFor('the newer address', async () => (await addressAt(b)) === '10.0.0.2')
})

test('a revoked token is refused by a follower as well', async (t) => {
  const { a, b, following, publish, ...chain } = await makeChain(t)
  const [before, after] = [await policyWithToken('dev'), await policyWithToken('dev')]
  await chain.start(a)
  await publish('10.0.0.1', before.source)
  await chain.start(b, following(b, urlOf(a)))
  const statusAt = async (at: Place, token: string): Promise<number> => {
    const response = await fetch(`${urlOf(at)}/dns-query/${token}?name=web.default.svc.cluster.local`)
    await response.arrayBuffer()
    return response.status
  }
  await waitFor('the token is valid', async () => (await statusAt(b, before.token)) === 200)
  await publish('10.0.0.1', after.source)
  const publishedMs = performance.now()
  await waitFor('the refusal', async () => (await statusAt(b, before.token)) === 404)
  t.diagnostic(`refused by the follower after ${Math.round(performance.now() - publishedMs)} ms`)
  assert.equal(await statusAt(b, after.token), 200)
})

test('`up` is followed by the edges whose keys --follower names, over TLS with its development certificate', async (t) => {
  const { a, b, following, ...chain } = await makeChain(t)
  const followerKey = (await run(['key', 'show', '--file', `${b.dir}.key.json`])).stdout.trim()
  const places = ['--from', objects, '--data', a.dir, '--listen', `127.0.0.1:${a.port}`]
  const up = await start(['up', ...places, '--follower', followerKey])
  t.after(() => up.stop())
  const upKey = (await run(['key', 'show', '--file', join(a.dir, 'agent-key.json')])).stdout.trim()
  const clusters = [{ id: 'local', keys: [upKey], zones: ['cluster.local'] }]
  await writeFile(`${b.dir}.config.json`, JSON.stringify({ public: true, clusters }))
  const ca = ['--follow-ca', join(a.dir, 'tls', 'ca.pem')]
  await chain.start(b, [...following(b, `https://127.0.0.1:${a.port}`), ...ca])
  const name = 'redis.default.svc.cluster.local'
  await waitFor('an answer of the follower', async () => {
    const response = await fetch(`${urlOf(b)}/dns-query?name=${name}`)
    return (await response.text()).includes('"Answer"')
  })
})
