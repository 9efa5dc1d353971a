import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { exampleRoot } from '../../snapshot/arbitrary.case.ts'
import { packRoot } from '../../snapshot/bucket.ts'
import { importTrustedKeys } from '../../snapshot/key.ts'
import { signRoot } from '../../snapshot/root.ts'
import { createClock } from '../../sync/clock.ts'
import { parseObjects } from '../../sync/files/parse-objects.ts'
import { staticStore } from '../../sync/files/static-store.ts'
import { type AgentOptions, resolveOptions } from '../../sync/options.ts'
import { closedPolicy } from '../../sync/policy/policy.ts'
import { createEdgeClient } from '../../sync/publish/edge-client.ts'
import { publishOnce } from '../../sync/publish-once.ts'
import { extractRelease, type FormerRelease } from '../upgrade/former-releases.ts'
import { waitFor } from '../wait-for.ts'
import { run as runCommand, start, startScript } from './command.ts'
import type { EdgeUnderTest } from './edge-under-test.ts'
import { startNodeEdge } from './node-edge.ts'
import { newKey, type publishFile, silent } from './publish.ts'
import { startWorkerdEdge } from './workerd-edge.ts'

/*
 * This release and release 0.1.0, whose edge ignores access policies and whose agent has none. The former release is extracted
 * from the history and runs with the packages of this one.
 */

const root = join(import.meta.dirname, '../..')
const run = promisify(execFile)

let place: FormerRelease
before(async () => {
  place = await extractRelease('0.1.0')
})
after(() => place?.remove())

/** A file of the former release; undefined if the test is skipped. */
async function load<T>(t: TestContext, file: string): Promise<T | undefined> {
  if (place.dir !== undefined) return (await import(join(place.dir, file))) as T
  t.skip(place.reason)
  return undefined
}

const objects = parseObjects([
  { name: 'objects.yaml', text: '{apiVersion: v1, kind: Namespace, metadata: {name: prod}}' },
])
const key = await newKey()
const config = { public: true, clusters: [{ id: 'dev', keys: [key.publicKey], zones: ['cluster.local'] }] }

/** Publishes with this release's agent: a policy that admits nobody, none, or one dropped. */
function publish(edge: EdgeUnderTest, policy: AgentOptions['policy']): ReturnType<typeof publishOnce> {
  const options = resolveOptions({ cluster: 'dev', policy })
  const source = {
    ...{ ready: Promise.resolve(), done: Promise.resolve(), onChange: () => {}, report: () => {} },
    current: () => closedPolicy,
  }
  return publishOnce(staticStore(objects, options), options, {
    ...{ key, edge, log: silent, clock: createClock(Date.now), random: Math.random },
    signal: new AbortController().signal,
    ...(policy === 'given' && { policy: source }),
  })
}

test('the former edge takes a root without policy, and none of an agent with a policy', async (t) => {
  const edgeModule = await load<{ startNodeEdge: typeof startNodeEdge }>(t, 'test/blackbox/node-edge.ts')
  if (!edgeModule) return
  const edge = await edgeModule.startNodeEdge(config)
  t.after(() => edge.stop())
  await assert.rejects(publish(edge, 'given'), {
    code: 'POLICY_UNSUPPORTED',
    message: /update the edge first/,
  })
  const round = await publish(edge, 'none')
  assert.equal(round.kind, 'first')
  assert.equal(round.edgeState.declaration.policy, undefined)
  // The second agent finds the first one's root.
  assert.equal((await publish(edge, 'none')).kind, 'nothing')
  await assert.rejects(publish(edge, 'given'), { code: 'POLICY_UNSUPPORTED' })
})

test('the former edge and the former reader refuse a root with a policy', async (t) => {
  const edgeModule = await load<{ startNodeEdge: typeof startNodeEdge }>(t, 'test/blackbox/node-edge.ts')
  const reader = await load<{ verifyRoot: (jws: string, expected: object) => Promise<unknown> }>(
    t,
    'snapshot/root.ts',
  )
  if (!edgeModule || !reader) return
  const nowMs = Date.now()
  const jws = await signRoot(exampleRoot({ cluster: 'dev', generation: nowMs, asOfMs: nowMs }), key)
  const keys = await importTrustedKeys([key.publicKey])
  await assert.rejects(reader.verifyRoot(jws, { cluster: 'dev', keys, nowMs }), {
    ...{ code: 'SCHEMA', message: /policy/ },
  })
  const edge = await edgeModule.startNodeEdge(config)
  t.after(() => edge.stop())
  const client = createEdgeClient({
    ...{ url: edge.url, cluster: 'dev', key, fetch: edge.fetch, nowMs: Date.now, requestTimeoutMs: 60_000 },
  })
  await assert.rejects(client.putRoot(jws, []), { code: 'SCHEMA', message: /policy is not a blob hash/ })
  const { root: packed } = await packRoot(
    exampleRoot({ cluster: 'dev', generation: nowMs, asOfMs: nowMs }),
    0,
  )
  await assert.rejects(client.putRoot(await signRoot(packed, key), []), {
    ...{ code: 'SCHEMA', message: /\(1\): 2/ },
  })
})

for (const startEdge of [startNodeEdge, startWorkerdEdge]) {
  test(`the former agent drops no policy: ${startEdge.name}`, async (t) => {
    const agent = await load<{ publishFile: typeof publishFile }>(t, 'test/blackbox/publish.ts')
    if (!agent) return
    const edge = await startEdge(config)
    t.after(() => edge.stop())
    await agent.publishFile(edge, 'dev', key)
    const ask = async (): Promise<number> =>
      (await edge.fetch(`${edge.url}/dns-query?name=redis.default.svc.cluster.local`)).status
    assert.equal(await ask(), 200)
    await publish(edge, 'given')
    await waitFor('the policy is in force', async () => (await ask()) === 401)
    await assert.rejects(agent.publishFile(edge, 'dev', key), {
      ...{ code: 'ROOT_POLICY', retryable: false },
      message: /the current root has one: .*--drop-policy/,
    })
    assert.equal(await ask(), 401)
    await publish(edge, 'dropped')
    await agent.publishFile(edge, 'dev', key)
  })
}

test('the database of the former release answers under this one, without any agent', async (t) => {
  if (place.dir === undefined) return t.skip(place.reason)
  const formerMain = place.main
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-former-data-'))
  t.after(() => rm(dir, { recursive: true }))
  const inDir = (name: string): string => join(dir, name)
  const made = await run(process.execPath, [formerMain, 'key', 'new', '--out', inDir('key.json')])
  const keys = [made.stdout.trim()]
  const clusters = [{ id: 'local', keys, zones: ['cluster.local'] }]
  await writeFile(inDir('edge.json'), JSON.stringify({ public: true, clusters }))
  const serve = ['serve', '--config', inDir('edge.json'), '--data', dir, '--listen', '127.0.0.1:0']
  const ca = ['--ca', join(dir, 'tls', 'ca.pem')]
  const formerEdge = await startScript([formerMain, ...serve])
  const from = ['--key', inDir('key.json'), '--from', join(root, 'examples', 'objects.yaml')]
  try {
    await run(process.execPath, [
      formerMain,
      'sync',
      '--edge',
      new URL(formerEdge.url).origin,
      ...ca,
      ...from,
    ])
  } finally {
    await formerEdge.stop()
  }
  const edge = await start(serve)
  t.after(() => edge.stop())
  const asked = await runCommand(['query', '--url', edge.url, ...ca, 'kubernetes.default.svc.cluster.local'])
  assert.match(asked.stdout, /IN A\t10\.96\.0\.1\n/)
})
