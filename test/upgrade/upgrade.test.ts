import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startScript } from '../blackbox/command.ts'
import { freePorts } from '../free-ports.ts'
import { startWranglerDev } from '../workerd/wrangler-dev.ts'
import { extractRelease, type FormerRelease, formerVersion } from './former-releases.ts'
import {
  addressesAt,
  askFor,
  objectsWith,
  ownMain,
  type Place,
  runRelease,
  serveRelease,
  syncRelease,
} from './release-process.ts'

/*
 * The rows of the table in docs/releases.md: this release together with the former one, which is extracted from the history. Agents
 * and edges are the commands of the releases, each in its own process.
 */

const root = fileURLToPath(new URL('../..', import.meta.url))

let former: FormerRelease
let dir: string
before(async () => {
  former = await extractRelease(formerVersion)
  dir = await mkdtemp(join(tmpdir(), 'kubedoh-upgrade-'))
})
after(async () => {
  await former?.remove()
  await rm(dir, { recursive: true })
})

/** The former release; undefined after the test was skipped. */
function formerOf(t: TestContext): { readonly dir: string; readonly main: string } | undefined {
  if (former.dir !== undefined) return former
  t.skip(former.reason)
  return undefined
}

/** Files of objects, in the order of their publishing, and their addresses. */
const addresses = ['10.96.0.1', '10.96.0.2', '10.96.0.3', '10.96.0.4'] as const
async function objectFile(address: string): Promise<string> {
  const file = join(dir, `${address}.yaml`)
  await writeFile(file, objectsWith(address))
  return file
}

/** A key, a configuration and, if asked for, a policy with one token, all made by the command `main`. */
async function makePlace(main: string, access: 'policy' | 'public'): Promise<Place> {
  const own = await mkdtemp(join(dir, 'place-'))
  const key = join(own, 'agent-key.json')
  const publicKey = (await runRelease(main, 'key', 'new', '--out', key)).trim()
  const clusters = [{ id: 'dev', keys: [publicKey], zones: ['cluster.local'] }]
  const config = join(own, 'edge.json')
  await writeFile(config, JSON.stringify({ public: access === 'public', clusters }))
  const place = { dir: own, key, config }
  if (access === 'public') return { ...place, policy: undefined, path: '' }
  const policy = join(own, 'policy.yaml')
  const about = ['--policy', policy, '--cluster', 'dev', '--all']
  const token = (await runRelease(main, 'token', 'create', 'laptop', ...about)).trim()
  return { ...place, policy, path: `/${token}` }
}

/**
 * A Worker answers a new address within this time (ms): an isolate that was not told of the change may answer from a look at the
 * register of up to 5 s ago (docs/architecture.md).
 */
const workerBoundMs = 5_000

/** Publishes an address. The edge must answer it within `boundMs`; a bound of 0 is for an edge that is one process. */
async function publishAndAsk(
  main: string,
  url: string,
  place: Place,
  address: string,
  boundMs = 0,
): Promise<void> {
  await syncRelease(main, url, place, await objectFile(address))
  const endMs = Date.now() + boundMs
  let answered = await addressesAt(url, place.path)
  while (answered[0] !== address && Date.now() < endMs) {
    await setTimeout(100)
    answered = await addressesAt(url, place.path)
  }
  assert.deepEqual(answered, [address])
  if (place.policy) assert.equal((await askFor(url, '')).status, 401)
}

test('edges first: the new edge answers from the data of the former one, then takes former and new agents', async (t) => {
  const release = formerOf(t)
  if (!release) return
  const place = await makePlace(release.main, 'policy')
  const [port = 0] = await freePorts(1)
  const formerEdge = await serveRelease(release.main, place, port)
  await publishAndAsk(release.main, formerEdge.url, place, addresses[0])
  await formerEdge.stop()
  const edge = await serveRelease(ownMain, place, port)
  t.after(() => edge.stop())
  assert.deepEqual(await addressesAt(edge.url, place.path), [addresses[0]], 'before an agent has published')
  await publishAndAsk(release.main, edge.url, place, addresses[1])
  await publishAndAsk(ownMain, edge.url, place, addresses[2])
  // The way back begins with the agents.
  await publishAndAsk(release.main, edge.url, place, addresses[3])
})

test('agents first: the former edge takes the new agent, and the new edge answers from its data', async (t) => {
  const release = formerOf(t)
  if (!release) return
  const place = await makePlace(ownMain, 'policy')
  const [port = 0] = await freePorts(1)
  const formerEdge = await serveRelease(release.main, place, port)
  await publishAndAsk(release.main, formerEdge.url, place, addresses[0])
  await publishAndAsk(ownMain, formerEdge.url, place, addresses[1])
  await formerEdge.stop()
  const edge = await serveRelease(ownMain, place, port)
  t.after(() => edge.stop())
  assert.deepEqual(await addressesAt(edge.url, place.path), [addresses[1]], 'before an agent has published')
  await publishAndAsk(ownMain, edge.url, place, addresses[2])
})

test('without a policy, each agent publishes to the edge of the other release', async (t) => {
  const release = formerOf(t)
  if (!release) return
  const place = await makePlace(ownMain, 'public')
  for (const [edgeMain, agentMain] of [
    [ownMain, release.main],
    [release.main, ownMain],
  ] as const) {
    const edge = await serveRelease(edgeMain, { ...place, dir: await mkdtemp(join(dir, 'data-')) })
    try {
      await publishAndAsk(agentMain, edge.url, place, addresses[0])
    } finally {
      await edge.stop()
    }
  }
})

test('the former edge on the data of the new one answers rightly, or not at all', async (t) => {
  const release = formerOf(t)
  if (!release) return
  const place = await makePlace(ownMain, 'public')
  const edge = await serveRelease(ownMain, place)
  await publishAndAsk(ownMain, edge.url, place, addresses[0])
  await edge.stop()
  const formerEdge = await serveRelease(release.main, place)
  t.after(() => formerEdge.stop())
  const { status, rcode, addresses: answered } = await askFor(formerEdge.url, place.path)
  t.diagnostic(`RCODE ${rcode}, ${answered.length} addresses`)
  assert.equal(status, 200)
  // SERVFAIL where the former edge does not read the schema of the snapshot.
  if (rcode !== 2) assert.deepEqual([rcode, answered], [0, [addresses[0]]])
})

test('`up` of this release on the data directory of the former one: same CA, new objects', async (t) => {
  const release = formerOf(t)
  if (!release) return
  const data = join(dir, 'up-data')
  const ca = join(data, 'tls', 'ca.pem')
  const seen: string[] = []
  for (const [main, address] of [
    [release.main, addresses[0]],
    [ownMain, addresses[1]],
  ] as const) {
    const from = ['--from', await objectFile(address), '--data', data, '--listen', '127.0.0.1:0']
    const running = await startScript([main, 'up', ...from])
    const asked = await runRelease(
      ownMain,
      'query',
      '--url',
      running.url,
      '--ca',
      ca,
      'web.prod.svc.cluster.local',
    )
    await running.stop()
    assert.match(asked, new RegExp(`IN\\tA\\t${address}\\n`))
    seen.push(await readFile(ca, 'utf8'))
  }
  assert.equal(seen[0], seen[1])
})

test('a new Worker takes KV and Durable Object of the former one, and both agents publish to it', async (t) => {
  const release = formerOf(t)
  if (!release) return
  const place = await makePlace(ownMain, 'policy')
  const vars = join(place.dir, 'worker.env')
  const config = await readFile(place.config, 'utf8')
  await writeFile(vars, `KUBEDOH_CONFIG='${config}'\nKUBEDOH_PUBLISH_INTERVAL_MS=100\n`)
  const stored = join(place.dir, 'state')
  const startIn = (cwd: string) =>
    startWranglerDev(cwd, '--env-file', vars, '--persist-to', stored, '--env', '')
  const formerWorker = await startIn(release.dir)
  try {
    await publishAndAsk(release.main, formerWorker.url, place, addresses[0], workerBoundMs)
    await publishAndAsk(ownMain, formerWorker.url, place, addresses[1], workerBoundMs)
  } finally {
    await formerWorker.stop()
  }
  const edge = await startIn(root)
  t.after(() => edge.stop())
  assert.deepEqual(await addressesAt(edge.url, place.path), [addresses[1]], 'before an agent has published')
  await publishAndAsk(release.main, edge.url, place, addresses[2], workerBoundMs)
  await publishAndAsk(ownMain, edge.url, place, addresses[3], workerBoundMs)
})
