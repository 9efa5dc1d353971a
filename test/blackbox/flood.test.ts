import assert from 'node:assert/strict'
import { once } from 'node:events'
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import http2, { type ClientHttp2Session } from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { run } from './command.ts'
import { startNodeEdge } from './node-edge.ts'

/*
 * A flood of wrong tokens at `kubedoh serve --workers 2`, while other callers ask. The test is a trusted proxy, so that
 * its clients have addresses of their choice.
 */

const floodMs = 3_000
const perSecond = 1_000
/** The default of `limits.failure`, and ten seconds of it at once. */
const failure = { perSecond: 20, burst: 200 }
/** Two workers count each other's requests 100 ms late; a busy machine adds to it. */
const lateRequests = 200
/** Far more than an answer takes, also on a busy machine. */
const slowestMs = 2_000

const objects = fileURLToPath(new URL('../../examples/objects.yaml', import.meta.url))
let dir: string
let edge: Awaited<ReturnType<typeof startNodeEdge>>
let token: string
let sessions: ClientHttp2Session[]

before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kubedoh-flood-'))
  const [policy, key] = [join(dir, 'policy.yaml'), join(dir, 'key.json')]
  token = await printed('token', 'create', 'laptop', '--policy', policy, '--cluster', 'dev', '--all')
  await appendFile(policy, 'anonymous:\n  namespaces: [default]\n')
  const keys = [await printed('key', 'new', '--out', key)]
  const clusters = [{ id: 'dev', keys, zones: ['cluster.local'] }]
  edge = await startNodeEdge({ public: false, clusters, trustedProxies: ['127.0.0.0/8'] }, ['--workers', '2'])
  await printed(
    ...['sync', '--edge', edge.url, '--ca', edge.caFile, '--cluster', 'dev', '--key', key],
    ...['--from', objects, '--policy', policy],
  )
  const ca = await readFile(edge.caFile, 'utf8')
  // Connections go to the workers in turn: the flood and the others reach both.
  sessions = Array.from({ length: 4 }, () => http2.connect(edge.url, { ca }))
  await Promise.all(sessions.map((session) => once(session, 'connect')))
})
after(async () => {
  for (const session of sessions) session.destroy()
  await edge.stop()
  await rm(dir, { recursive: true })
})

async function printed(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(args)
  assert.equal(code, 0, stderr)
  return stdout.trim()
}

type Seen = { readonly status: number; readonly retryAfter: unknown; readonly ms: number }

/** Asks on one connection, as a client of the address. */
async function ask(session: ClientHttp2Session | undefined, segment: string, address: string): Promise<Seen> {
  assert.ok(session)
  const beganMs = performance.now()
  const path = `/dns-query${segment}?name=redis.default.svc.cluster.local`
  const stream = session.request({ ':path': path, 'x-forwarded-for': address })
  const [headers] = (await once(stream, 'response')) as [Record<string, unknown>]
  stream.resume()
  await once(stream, 'end')
  return {
    status: Number(headers[':status']),
    retryAfter: headers['retry-after'],
    ms: performance.now() - beganMs,
  }
}

/** Sends requests with wrong tokens from one address at an even rate, over two connections. */
async function flood(address: string): Promise<Seen[]> {
  const running: Promise<Seen>[] = []
  const beganMs = performance.now()
  while (performance.now() - beganMs < floodMs) {
    const due = ((performance.now() - beganMs) * perSecond) / 1000
    while (running.length < due) {
      const wrong = `/dev-${String(running.length)
        .padStart(26, 'a')
        .replaceAll(/[0189]/g, 'b')}`
      running.push(ask(sessions[running.length % 2], wrong, address))
    }
    await sleep(20)
  }
  return Promise.all(running)
}

/** Asks every 50 ms until the signal aborts. */
async function askMeanwhile(segment: string, address: string, ended: AbortSignal): Promise<Seen[]> {
  const seen: Seen[] = []
  while (!ended.aborted) {
    seen.push(await ask(sessions[2 + (seen.length % 2)], segment, address))
    await sleep(50)
  }
  return seen
}

test('1,000 wrong tokens a second from one address limit nobody else, and no valid token of that address', async (t) => {
  const ended = new AbortController()
  const flooding = flood('192.0.2.1').finally(() => ended.abort())
  const others = Promise.all([
    askMeanwhile(`/${token}`, '198.51.100.7', ended.signal),
    askMeanwhile('', '198.51.100.8', ended.signal),
    askMeanwhile(`/${token}`, '192.0.2.1', ended.signal),
    askMeanwhile('', '192.0.2.1', ended.signal),
  ])
  const [sent, answered] = await Promise.all([flooding, others])

  for (const seen of answered) {
    assert.ok(seen.length > 5, `${seen.length} answers`)
    for (const { status, ms } of seen) {
      assert.equal(status, 200)
      assert.ok(ms < slowestMs, `an answer took ${ms.toFixed(0)} ms`)
    }
  }
  const refused = sent.filter(({ status }) => status === 429)
  const checked = sent.length - refused.length
  assert.ok(sent.every(({ status }) => status === 404 || status === 429))
  assert.ok(refused.every(({ retryAfter }) => Number(retryAfter) >= 1))
  const most = failure.burst + (failure.perSecond * floodMs) / 1000 + lateRequests
  const slowest = Math.max(...answered.flat().map(({ ms }) => ms))
  t.diagnostic(`${sent.length} sent, ${checked} checked, slowest other answer ${slowest.toFixed(0)} ms`)
  assert.ok(checked >= failure.burst && checked <= most, `${checked} of ${sent.length} tokens were checked`)
})
