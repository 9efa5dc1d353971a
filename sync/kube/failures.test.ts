import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, type TestContext, test } from 'node:test'
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises'
import { developmentCertificate } from '../../host/tls/development-certificate.ts'
import type { Clock } from '../clock.ts'
import { fieldOf } from '../objects/fields.ts'
import { type Answer, startTestApi, type TestApi, type TestTls } from './api.case.ts'
import { loadKube } from './http/client.ts'
import type { KubeCode } from './http/errors.ts'
import { decodeList, kubeProtobuf } from './http/protobuf-objects.ts'
import { type Reflector, type Sink, startReflector } from './reflector.ts'
import { type Resource, resources } from './resources.ts'

/*
 * Faults between a reflector and an API, one per row: the fault, and the expected state afterwards. The test controls
 * time: waits after failures are recorded and end at once, and time passes only when a row says so.
 */

const services: Resource = resources[1] ?? assert.fail()

const dir = await mkdtemp(join(tmpdir(), 'kubedoh-failures-'))
after(() => rm(dir, { recursive: true }))
const made = await developmentCertificate(dir, [])
const tls: TestTls = { ...made, caPem: await readFile(made.caFile, 'utf8') }

/** HTTP/1.1 without TLS, and HTTP/2 over TLS, as API servers use it. */
const protocols = { 'HTTP/1.1': undefined, 'HTTP/2': tls }

type Scene = {
  readonly api: TestApi
  readonly reflector: Reflector
  /** Names of the objects that the reflector has stored and not removed. */
  readonly known: Set<string>
  readonly sink: Sink<string>
  /** The waits after failures (ms), and the codes of the failures. */
  readonly waits: number[]
  readonly codes: KubeCode[]
  /** Lets time pass, for everything but the waits after failures. */
  pass(ms: number): void
  stop(): Promise<void>
  /** Requests so far, such as 'list', 'list more' for a page that continues, and 'watch 10'. */
  asked(): string[]
}

function nameOf(arrived: unknown): string {
  const name = fieldOf(arrived, 'metadata', 'name')
  return typeof name === 'string' ? name : assert.fail('an object without a name')
}

function object(name: string, resourceVersion: string): object {
  return { metadata: { name, resourceVersion } }
}

function page(resourceVersion: string, names: readonly string[], next?: string): object {
  return {
    metadata: { resourceVersion, ...(next !== undefined && { continue: next }) },
    items: names.map((name) => object(name, resourceVersion)),
  }
}

type TestClock = { readonly clock: Clock; readonly waits: number[]; pass(ms: number): void }

function testClock(): TestClock {
  let nowMs = Date.parse('2026-03-01T12:00:00Z')
  const wakers = new Set<() => void>()
  const waits: number[] = []
  const sleep = async (ms: number, signal: AbortSignal): Promise<void> => {
    // Only the watchdogs wait this long; a wait after a failure is always shorter.
    if (ms <= 30_000 && !signal.aborted) return void waits.push(ms)
    await new Promise<void>((resolve) => {
      wakers.add(resolve)
      signal.addEventListener('abort', () => resolve(), { once: true })
      if (signal.aborted) resolve()
    })
  }
  const pass = (ms: number): void => {
    nowMs += ms
    for (const wake of wakers) wake()
    wakers.clear()
  }
  return { clock: { nowMs: () => nowMs, sleep }, waits, pass }
}

async function open(
  t: TestContext,
  secure: TestTls | undefined,
  prepare?: (api: TestApi) => void,
): Promise<Scene> {
  const api = await startTestApi(secure)
  api.pages[0] = page('7', ['a'])
  prepare?.(api)
  const file = join(await mkdtemp(join(dir, 'kube-')), 'kubeconfig')
  await writeFile(file, api.kubeconfig)
  const kube = loadKube({ kubeconfig: file })
  const known = new Set<string>()
  const sink: Sink<string> = {
    reduce: nameOf,
    replace: (names) => {
      known.clear()
      for (const name of names) known.add(name)
      return true
    },
    upsert: (name) => Boolean(known.add(name)),
    remove: (gone) => known.delete(nameOf(gone)),
  }
  const { clock, waits, pass } = testClock()
  const codes: KubeCode[] = []
  const ending = new AbortController()
  const reflector = startReflector(services, sink, {
    kube,
    clock,
    random: () => 1,
    log: { info: () => {}, warn: () => {} },
    signal: ending.signal,
    changed: () => {},
    notify: (notice) => {
      if (notice.kind === 'interrupted') codes.push(notice.code)
    },
  })
  const stop = async (): Promise<void> => {
    ending.abort()
    await reflector.done
  }
  t.after(async () => {
    ending.abort()
    await reflector.done.catch(() => {})
    await kube.close()
    await api.close()
  })
  const asked = (): string[] =>
    api.requests.map(({ searchParams: query }) =>
      query.has('watch')
        ? `watch ${query.get('resourceVersion')}`
        : ['list', query.get('continue')].filter(Boolean).join(' '),
    )
  return { api, reflector, known, sink, waits, codes, pass, stop, asked }
}

/** Waits until a condition holds. */
async function until(isSo: () => boolean): Promise<void> {
  const endMs = Date.now() + 60_000
  while (!isSo()) {
    assert.ok(Date.now() < endMs, `never: ${String(isSo)}`)
    await pause(2)
  }
}

/**
 * Until the client has read everything that was sent to it. Client and server share this process, so a busy machine
 * may delay both, but the client has its turns of the event loop.
 */
async function settle(): Promise<void> {
  await pause(20)
  for (let turns = 0; turns < 50; turns++) await turn()
}

type Row = {
  readonly name: string
  /** The fault. Before it, the reflector has listed 'a' at version 7 and received 'b' at version 10 from `watch`. */
  readonly fault: (scene: Scene, watch: Answer) => void | Promise<void>
  /** The requests of the reflector after the fault. */
  readonly asks: readonly string[]
  readonly waits?: readonly number[]
  readonly codes?: readonly KubeCode[]
  /** The stored names at the end, without 'c', which comes from the last watch. */
  readonly knows?: readonly string[]
}

/** A watch that lasted for more than a second may end without being a failure (ms). */
const longEnoughMs = 5_000

/** Replaces the response to lists from now on. */
function changeList(api: TestApi): void {
  api.pages[0] = page('50', ['a', 'd'])
}

const again = ['watch 10']
const relisted = ['list', 'watch 50']
const listed = ['a', 'd']

/** A page with one Service and a token for the next page, as a real API server sent it in Protobuf. */
function recordedPage(): Uint8Array {
  const file = new URL('../../test/vectors/kube-lists.json', import.meta.url)
  return Buffer.from((JSON.parse(readFileSync(file, 'utf8')) as { page: string }).page, 'base64')
}

const recordedNext = fieldOf(decodeList('Service', recordedPage()), 'metadata', 'continue')

function answerProtobuf(api: TestApi, bytes: Uint8Array): void {
  api.faults.push({
    verb: 'list',
    answer: (answer) => {
      answer.head(200, { 'content-type': kubeProtobuf })
      answer.end(bytes)
    },
  })
}

function error(code: number, more: object = {}): string {
  const status = { kind: 'Status', code, message: `status ${code}, says the API`, ...more }
  return `${JSON.stringify({ type: 'ERROR', object: status })}\n`
}

const statusRows = (
  [
    [400, 'KUBE_ANSWER'],
    [401, 'KUBE_UNAUTHORIZED'],
    [403, 'KUBE_FORBIDDEN'],
    [404, 'KUBE_NOT_FOUND'],
    [409, 'KUBE_CONFLICT'],
    [429, 'KUBE_THROTTLED'],
    [500, 'KUBE_ANSWER'],
    [503, 'KUBE_ANSWER'],
  ] as const
).flatMap(([status, code]): Row[] => [
  {
    name: `the watch is refused: HTTP ${status}`,
    fault: ({ api }, watch) => {
      api.refusals.push({ verb: 'watch', status })
      watch.destroy()
    },
    asks: ['watch 10', 'watch 10'],
    codes: ['KUBE_UNREACHABLE', code],
    waits: [800, status === 401 || status === 403 ? 10_000 : 1_600],
  },
  {
    name: `after a 410 the list is refused: HTTP ${status}`,
    fault: ({ api }, watch) => {
      changeList(api)
      api.refusals.push({ verb: 'list', status })
      watch.write(error(410))
    },
    asks: ['list', 'list', 'watch 50'],
    codes: ['KUBE_EXPIRED', code],
    waits: [800, 800],
    knows: listed,
  },
])

const rows: readonly Row[] = [
  ...statusRows,
  {
    name: 'the watch ends cleanly',
    fault: ({ pass }, watch) => {
      pass(longEnoughMs)
      watch.end()
    },
    asks: again,
  },
  {
    name: 'the connection is closed',
    fault: (_, watch) => watch.destroy(),
    asks: again,
    waits: [800],
    codes: ['KUBE_UNREACHABLE'],
  },
  {
    name: 'the connection is reset',
    fault: (_, watch) => watch.destroy('reset'),
    asks: again,
    waits: [800],
    codes: ['KUBE_UNREACHABLE'],
  },
  {
    name: 'the connection is half closed',
    fault: (_, watch) => watch.halfClose(),
    asks: again,
    waits: [800],
    codes: ['KUBE_UNREACHABLE'],
  },
  {
    name: 'the watch ends cleanly inside a line',
    fault: ({ pass }, watch) => {
      pass(longEnoughMs)
      watch.write('{"type":"ADDED","object":{"metadata":{"name":"half"')
      watch.end()
    },
    asks: again,
  },
  {
    name: 'the connection is reset inside a line',
    fault: async (_, watch) => {
      watch.write('{"type":"ADDED","object":{"metadata":{"name":"half"')
      await settle()
      watch.destroy('reset')
    },
    asks: again,
    waits: [800],
    codes: ['KUBE_UNREACHABLE'],
  },
  {
    name: 'the version has expired: HTTP 410',
    fault: ({ api, pass }, watch) => {
      changeList(api)
      api.refusals.push({ verb: 'watch', status: 410 })
      pass(longEnoughMs)
      watch.end()
    },
    asks: ['watch 10', ...relisted],
    waits: [800],
    codes: ['KUBE_EXPIRED'],
    knows: listed,
  },
  {
    name: 'the version has expired: an ERROR event',
    fault: ({ api }, watch) => {
      changeList(api)
      watch.write(error(410))
    },
    asks: relisted,
    waits: [800],
    codes: ['KUBE_EXPIRED'],
    knows: listed,
  },
  {
    name: 'the version has expired, and the response breaks off',
    fault: ({ api, pass }, watch) => {
      changeList(api)
      api.faults.push({
        verb: 'watch',
        answer: async (answer) => {
          answer.head(410)
          answer.write('{"kind":"Sta')
          await settle()
          answer.destroy('reset')
        },
      })
      pass(longEnoughMs)
      watch.end()
    },
    asks: ['watch 10', ...relisted],
    waits: [800],
    codes: ['KUBE_EXPIRED'],
    knows: listed,
  },
  {
    name: 'versions expire repeatedly: the waits grow',
    fault: ({ api }, watch) => {
      changeList(api)
      for (let n = 0; n < 6; n++) api.refusals.push({ verb: 'watch', status: 410 })
      watch.write(error(410))
    },
    asks: Array.from({ length: 7 }, () => relisted).flat(),
    waits: [800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000],
    codes: Array.from({ length: 7 }, () => 'KUBE_EXPIRED' as const),
    knows: listed,
  },
  {
    name: 'versions expire between other failures: the waits of both grow',
    fault: ({ api }, watch) => {
      changeList(api)
      for (const status of [500, 410, 500, 410]) {
        api.refusals.push({ verb: status === 410 ? 'watch' : 'list', status })
      }
      watch.write(error(410))
    },
    asks: ['list', ...relisted, 'list', ...relisted, ...relisted],
    waits: [800, 800, 1_600, 1_600, 3_200],
    knows: listed,
  },
  {
    name: 'the version has expired when the API returns after a long outage: a list follows soon',
    fault: ({ api }, watch) => {
      changeList(api)
      const drop = (answer: Answer): void => answer.destroy()
      for (let n = 0; n < 5; n++) api.faults.push({ verb: 'watch', answer: drop })
      api.faults.push({ verb: 'watch', answer: (answer) => answer.end(error(410)) })
      watch.destroy()
    },
    asks: [...Array.from({ length: 6 }, () => again).flat(), ...relisted],
    waits: [800, 1_600, 3_200, 6_400, 8_000, 8_000, 800],
    knows: listed,
  },
  {
    name: 'an ERROR event of HTTP 500',
    fault: (_, watch) => watch.write(error(500)),
    asks: again,
    waits: [800],
    codes: ['KUBE_ANSWER'],
  },
  {
    name: 'an ERROR event says how long to wait',
    fault: (_, watch) => watch.write(error(429, { details: { retryAfterSeconds: 4 } })),
    asks: again,
    waits: [4_000],
    codes: ['KUBE_THROTTLED'],
  },
  {
    name: 'an ERROR event without a status',
    fault: (_, watch) => watch.write('{"type":"ERROR","object":null}\n'),
    asks: again,
    waits: [800],
    codes: ['KUBE_ANSWER'],
  },
  {
    name: 'a refusal says how long to wait, in seconds or by a date',
    fault: ({ api, pass }, watch) => {
      api.refusals.push({ verb: 'watch', status: 429, retryAfter: '7' })
      // A date counts from the response's own date, so neither depends on the clock of the test.
      const date = 'Sun, 01 Mar 2026 12:00:00 GMT'
      const retryAfter = 'Sun, 01 Mar 2026 12:00:20 GMT'
      api.faults.push({
        verb: 'watch',
        answer: (answer) => {
          answer.head(503, { date, 'retry-after': retryAfter })
          answer.end('busy')
        },
      })
      pass(longEnoughMs)
      watch.end()
    },
    asks: ['watch 10', 'watch 10', 'watch 10'],
    waits: [7_000, 20_000],
  },
  {
    name: 'the watch falls silent: no event and no bookmark for two minutes',
    fault: ({ pass }) => pass(121_000),
    asks: again,
    waits: [800],
    codes: ['KUBE_SILENT'],
  },
  {
    name: 'a watch with bookmarks and no events stays open',
    fault: async ({ api, pass, reflector }, watch) => {
      for (let minute = 0; minute < 4; minute++) {
        const beforeMs = reflector.aliveMs()
        pass(60_000)
        api.send(watch, 'BOOKMARK', object('', '90'))
        await until(() => reflector.aliveMs() >= beforeMs + 60_000)
      }
      watch.end()
    },
    asks: ['watch 90'],
  },
  {
    name: 'the API never ends the watch',
    fault: async ({ api, pass, reflector }, watch) => {
      for (let minute = 0; minute < 9; minute++) {
        const beforeMs = reflector.aliveMs()
        pass(60_000)
        api.send(watch, 'BOOKMARK', object('', '90'))
        await until(() => reflector.aliveMs() >= beforeMs + 60_000)
      }
      // Never silent for long, but open for half a minute longer than requested.
      pass(91_000)
    },
    asks: ['watch 90'],
    waits: [800],
    codes: ['KUBE_SILENT'],
  },
  {
    name: 'only a watch that lasts at least as long as the last wait resets the failure count',
    fault: async ({ api, pass, reflector }, watch) => {
      watch.destroy()
      const live = async (nth: number, ms: number): Promise<void> => {
        const next = await api.watch(nth)
        const beforeMs = reflector.aliveMs()
        pass(ms)
        api.send(next, 'BOOKMARK', object('', '90'))
        await until(() => reflector.aliveMs() >= beforeMs + ms)
        next.destroy()
      }
      await live(1, 300)
      await live(2, 1_100)
      await live(3, 3_300)
      await live(4, 1_100)
    },
    asks: ['watch 10', 'watch 90', 'watch 90', 'watch 90', 'watch 90'],
    waits: [800, 1_600, 3_200, 800, 800],
  },
  {
    name: 'a watch that ends cleanly at once is a failure, even after events',
    fault: async ({ api }, watch) => {
      watch.end()
      ;(await api.watch(1)).end()
      const third = await api.watch(2)
      api.send(third, 'BOOKMARK', object('', '11'))
      third.end()
      const fourth = await api.watch(3)
      api.send(fourth, 'ADDED', object('b', '12'))
      fourth.end()
    },
    // The version may be the cause, so the reflector lists in the end.
    asks: ['watch 10', 'watch 10', 'list', 'watch 7', 'list', 'watch 7'],
    waits: [800, 1_600, 3_200, 6_400],
    knows: ['a'],
  },
  {
    name: 'an event of an unknown type',
    fault: (_, watch) => watch.write('{"type":"SURPRISE","object":{"metadata":{"resourceVersion":"99"}}}\n'),
    asks: again,
    waits: [800],
    codes: ['KUBE_ANSWER'],
  },
  {
    name: 'an event without a version',
    fault: (_, watch) => watch.write('{"type":"ADDED","object":{"metadata":{"name":"x"}}}\n'),
    asks: again,
    waits: [800],
    codes: ['KUBE_ANSWER'],
  },
  {
    name: 'a line that is not JSON',
    fault: (_, watch) => watch.write('<html>\n'),
    asks: again,
    waits: [800],
    codes: ['KUBE_ANSWER'],
  },
  {
    name: 'an unusable version, such as one that a restored cluster has not reached, is dropped for a new list',
    fault: ({ api }, watch) => {
      changeList(api)
      for (let n = 0; n < 2; n++) api.refusals.push({ verb: 'watch', status: 504 })
      watch.write(error(504))
    },
    asks: ['watch 10', 'watch 10', ...relisted],
    waits: [800, 1_600, 3_200],
    knows: listed,
  },
  {
    name: 'a line without end',
    fault: ({ api }, watch) => {
      changeList(api)
      watch.write(`{"type":"ADDED","object":"${'x'.repeat(17 * 1024 * 1024)}`)
    },
    asks: relisted,
    waits: [800],
    codes: ['KUBE_TOO_LARGE'],
    knows: listed,
  },
  {
    name: 'neither U+2028 in a name nor a carriage return ends a line',
    fault: async ({ known }, watch) => {
      watch.write(`${JSON.stringify({ type: 'ADDED', object: object('x\u2028y', '11') })}\r\n\n`)
      await until(() => known.has('x\u2028y'))
    },
    asks: [],
    knows: ['a', 'b', 'x\u2028y'],
  },
  {
    name: 'an event in two pieces',
    fault: async ({ known }, watch) => {
      const text = `${JSON.stringify({ type: 'ADDED', object: object('é', '11') })}\n`
      watch.write(text.slice(0, 30))
      await settle()
      watch.write(text.slice(30))
      await until(() => known.has('é'))
    },
    asks: [],
    knows: ['a', 'b', 'é'],
  },
  {
    name: 'repeated events, and an object that is deleted twice',
    fault: async ({ api, known }, watch) => {
      for (const type of ['ADDED', 'MODIFIED', 'ADDED']) api.send(watch, type, object('b', '10'))
      api.send(watch, 'DELETED', object('a', '11'))
      api.send(watch, 'DELETED', object('a', '11'))
      await until(() => !known.has('a'))
    },
    asks: [],
    knows: ['b'],
  },
  {
    name: 'a page expires while the list is read: the list begins again',
    fault: ({ api }, watch) => {
      api.pages[0] = page('40', ['a', 'x'], 'more')
      api.faults.push(
        { verb: 'list', answer: (answer) => answer.end(JSON.stringify(api.pages[0])) },
        {
          verb: 'list',
          answer: (answer) => {
            changeList(api)
            answer.head(410)
            answer.end('{"kind":"Status","code":410}')
          },
        },
      )
      watch.write(error(410))
    },
    asks: ['list', 'list more', 'list', 'watch 50'],
    waits: [800, 1_600],
    knows: listed,
  },
  {
    name: 'an object in a Protobuf page is broken, and the pending request for the next page fails too',
    fault: ({ api }, watch) => {
      changeList(api)
      const broken = recordedPage()
      // The end of its only object, before two empty fields of the envelope.
      broken.subarray(-40, -4).fill(0xff)
      answerProtobuf(api, broken)
      api.faults.push({
        verb: 'list',
        answer: (answer) => {
          answer.head(503)
          answer.end()
        },
      })
      watch.write(error(410))
    },
    asks: ['list', `list ${String(recordedNext)}`, ...relisted],
    waits: [800, 800],
    codes: ['KUBE_EXPIRED', 'KUBE_ANSWER'],
    knows: listed,
  },
  {
    name: 'a Protobuf page is truncated',
    fault: ({ api }, watch) => {
      changeList(api)
      answerProtobuf(api, recordedPage().subarray(0, 200))
      watch.write(error(410))
    },
    asks: ['list', ...relisted],
    waits: [800, 800],
    codes: ['KUBE_EXPIRED', 'KUBE_ANSWER'],
    knows: listed,
  },
  {
    name: 'a list that breaks off is a failure, and none of its objects are stored',
    fault: ({ api }, watch) => {
      changeList(api)
      api.faults.push(
        { verb: 'list', answer: (answer) => answer.end('{"metadata":{"resourceVersion":"9"},"items":[') },
        {
          verb: 'list',
          answer: async (answer) => {
            answer.head(200)
            answer.write('{"metadata":{"resourceVersion":"9"},"items":[')
            await settle()
            answer.destroy()
          },
        },
      )
      watch.write(error(410))
    },
    asks: ['list', 'list', ...relisted],
    waits: [800, 800, 1_600],
    codes: ['KUBE_EXPIRED', 'KUBE_ANSWER', 'KUBE_UNREACHABLE'],
    knows: listed,
  },
  {
    name: 'anything but a list is an error, not an empty list',
    fault: ({ api }, watch) => {
      api.pages.splice(0, 1, { metadata: { resourceVersion: '8' } }, { items: [] }, page('50', ['a', 'd']))
      watch.write(error(410))
    },
    asks: ['list', 'list', ...relisted],
    codes: ['KUBE_EXPIRED', 'KUBE_ANSWER', 'KUBE_ANSWER'],
    waits: [800, 800, 1_600],
    knows: listed,
  },
  {
    name: 'a list that is never answered is given up after a minute',
    fault: async ({ api, pass }, watch) => {
      changeList(api)
      const asked = Promise.withResolvers<void>()
      api.faults.push({ verb: 'list', answer: () => asked.resolve() })
      watch.write(error(410))
      await asked.promise
      pass(61_000)
    },
    asks: ['list', ...relisted],
    codes: ['KUBE_EXPIRED', 'KUBE_UNREACHABLE'],
    waits: [800, 800],
    knows: listed,
  },
  {
    name: 'a list whose page names itself as the next one',
    fault: ({ api }, watch) => {
      api.pages.splice(0, 1, page('40', ['x'], 'more'), page('40', ['y'], 'more'), page('50', ['a', 'd']))
      watch.write(error(410))
    },
    asks: ['list', 'list more', ...relisted],
    codes: ['KUBE_EXPIRED', 'KUBE_ANSWER'],
    waits: [800, 800],
    knows: listed,
  },
  {
    name: 'an empty page in the middle of a list',
    fault: ({ api }, watch) => {
      api.pages.splice(0, 1, page('50', ['a'], 'more'), page('50', [], 'yet-more'), page('50', ['d']))
      watch.write(error(410))
    },
    asks: ['list', 'list more', 'list yet-more', 'watch 50'],
    codes: ['KUBE_EXPIRED'],
    waits: [800],
    knows: listed,
  },
  {
    name: 'a page that is too large is requested again with fewer objects',
    fault: ({ api }, watch) => {
      changeList(api)
      const large = 'x'.repeat(65 * 1024 * 1024)
      api.faults.push({ verb: 'list', answer: (answer) => answer.end(`{"metadata":"${large}"}`) })
      watch.write(error(410))
    },
    asks: ['list', ...relisted],
    codes: ['KUBE_EXPIRED'],
    waits: [800],
    knows: listed,
  },
]

for (const [protocol, secure] of Object.entries(protocols)) {
  for (const row of rows) {
    test(`${protocol}: ${row.name}`, async (t) => {
      const scene = await open(t, secure)
      const { api, known } = scene
      const first = await api.watch(0)
      api.send(first, 'ADDED', object('b', '10'))
      await until(() => known.has('b'))
      const before = api.requests.length
      await row.fault(scene, first)
      await until(() => api.requests.length >= before + row.asks.length)
      const last = await api.watch(api.watches.length - 1)
      if (row.asks.length > 0) await until(() => last !== first)
      const end = api.watches.at(-1) ?? last
      api.send(end, 'ADDED', object('c', '100'))
      await until(() => known.has('c'))
      // A further request would have been sent by now, since no wait takes any time here.
      await settle()
      assert.deepEqual(scene.asked().slice(before), row.asks)
      assert.deepEqual([...known].toSorted(), [...(row.knows ?? ['a', 'b']), 'c'].toSorted())
      assert.deepEqual(scene.waits, row.waits ?? [])
      if (row.codes) assert.deepEqual(scene.codes, row.codes)
    })
  }
}

for (const status of [400, 401, 403, 404, 409, 410, 429, 500, 503]) {
  test(`the first list is refused, HTTP ${status}, and tried again`, async (t) => {
    const { api, reflector, known, asked, waits } = await open(t, undefined, ({ refusals }) => {
      refusals.push({ verb: 'list', status })
    })
    await reflector.synced
    await api.watch(0)
    assert.deepEqual([...known], ['a'])
    assert.deepEqual(asked(), ['list', 'list', 'watch 7'])
    assert.deepEqual(waits, [800])
  })
}

test('a reflector that is stopped while it reads a list stores none of its objects', async (t) => {
  const arrived = Promise.withResolvers<Answer>()
  const scene = await open(t, undefined, ({ faults }) => {
    faults.push({ verb: 'list', answer: arrived.resolve })
  })
  const answer = await arrived.promise
  const text = JSON.stringify(page('7', ['a']))
  answer.head(200)
  answer.write(text.slice(0, 10))
  await settle()
  await scene.stop()
  answer.end(text.slice(10))
  await answer.closed
  await settle()
  assert.deepEqual([...scene.known], [])
  assert.equal(scene.reflector.listedMs(), 0)
  assert.deepEqual(scene.asked(), ['list'])
  assert.deepEqual(scene.codes, [])
})

test('a reflector that is stopped during a wait or a watch ends at once', async (t) => {
  const { api, stop, codes, asked } = await open(t, tls)
  const watch = await api.watch(0)
  await stop()
  await watch.closed
  await settle()
  assert.deepEqual(codes, [])
  assert.deepEqual(asked(), ['list', 'watch 7'])
})

test('data that arrived before the stop and is not stored yet is dropped', async (t) => {
  const { api, known, sink, stop } = await open(t, undefined, ({ refusals }) => {
    refusals.push({ verb: 'list', status: 500 })
  })
  const { upsert } = sink
  sink.upsert = (name) => {
    void stop()
    return upsert(name)
  }
  const watch = await api.watch(0)
  const events = ['b', 'c'].map((name) => JSON.stringify({ type: 'ADDED', object: object(name, '10') }))
  watch.write(`${events.join('\n')}\n`)
  await watch.closed
  assert.deepEqual([...known], ['a', 'b'])

  const second = await open(t, undefined, ({ refusals }) => {
    refusals.push({ verb: 'list', status: 500 })
  })
  second.sink.reduce = (arrived) => {
    void second.stop()
    return nameOf(arrived)
  }
  await second.reflector.done
  assert.deepEqual([...second.known], [])
  assert.equal(second.reflector.listedMs(), 0)
})

for (const part of ['reduce', 'replace', 'upsert', 'remove'] as const) {
  test(`an error thrown by the ${part} of a sink is not a failure of the API, and ends the reflector`, async (t) => {
    const fault = new TypeError(`${part} has a fault`)
    const { api, reflector, sink, asked } = await open(t, undefined, ({ refusals }) => {
      // Time to break the sink before the first list.
      refusals.push({ verb: 'list', status: 500 })
    })
    sink[part] = () => {
      throw fault
    }
    if (part === 'upsert' || part === 'remove') {
      const watch = await api.watch(0)
      api.send(watch, 'ADDED', object('b', '10'))
      api.send(watch, 'DELETED', object('b', '11'))
      await assert.rejects(reflector.done, fault)
      await watch.closed
    } else await assert.rejects(reflector.done, fault)
    const before = asked().length
    await settle()
    assert.equal(asked().length, before)
  })
}
