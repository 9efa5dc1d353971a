import type { KeyPair } from '../certificates.ts'
import { type Lift, type Relay, startRelay } from './tcp-relay.ts'
import {
  type Client,
  type Forward,
  passedOn,
  startTlsProxy,
  type TlsProxy,
  type Upstream,
} from './tls-proxy.ts'

/** How an open watch ends at its next event: in the middle of the line, or with a 410 event. */
export type WatchEnd = 'half a line' | 'half a line, reset' | 'expired'

/** An error response in place of the API server. */
export type Refusal = {
  readonly status: 401 | 410 | 429 | 500 | 503
  readonly retryAfterSeconds?: number
}

/** The path from agent to API: a TCP relay to which the agent connects, and a TLS proxy behind it. */
export type ApiProxy = {
  readonly relay: Relay
  readonly port: number
  /** Ends every open watch in this way. */
  endWatches(how: WatchEnd): void
  /** Breaks every watch, and refuses all requests until the returned function is called. */
  refuse(refusal: Refusal): Lift
  /** Breaks every watch of these kinds, forces a new list, and makes lists empty until the returned function is called. */
  hollow(plurals: readonly string[]): Lift
  speak: TlsProxy['speak']
  /** How often the real API answered 410. */
  readonly goneCount: () => number
  /** The number of list requests. */
  readonly listCount: () => number
  close(): Promise<void>
}

type Watch = { readonly client: Client; doom: WatchEnd | undefined }

type Weather = {
  refusal: Refusal | undefined
  hollow: ReadonlySet<string>
  /** Watches of these kinds are refused as expired, so that a list follows. */
  expired: Set<string>
  gone: number
  lists: number
  readonly watches: Set<Watch>
}

/** Starts both on `port`, in front of the API server at `apiUrl`, to which the proxy authenticates as `as`. */
export async function startApiProxy(
  port: number,
  api: { readonly apiUrl: string; readonly caFile: string; readonly identity: KeyPair; readonly as: KeyPair },
): Promise<ApiProxy> {
  const weather: Weather = {
    refusal: undefined,
    hollow: new Set(),
    expired: new Set(),
    gone: 0,
    lists: 0,
    watches: new Set(),
  }
  const box = await startTlsProxy({
    identity: api.identity,
    caFile: api.caFile,
    server: api.apiUrl,
    as: api.as,
    handle: (asked, client, forward) => handle(weather, asked.path, client, forward),
  })
  const relay = await startRelay(port, box.port)
  const breakWatches = (): void => {
    for (const { client } of weather.watches) client.sever()
  }
  return {
    relay,
    port,
    endWatches(how) {
      for (const watch of weather.watches) watch.doom = how
    },
    refuse(refusal) {
      weather.refusal = refusal
      breakWatches()
      return () => (weather.refusal = undefined)
    },
    hollow(plurals) {
      weather.hollow = new Set(plurals)
      weather.expired = new Set(plurals)
      breakWatches()
      return () => {
        weather.hollow = new Set()
        weather.expired = new Set()
      }
    },
    speak: box.speak,
    goneCount: () => weather.gone,
    listCount: () => weather.lists,
    async close() {
      await relay.close()
      await box.close()
    },
  }
}

async function handle(weather: Weather, path: string, client: Client, forward: Forward): Promise<void> {
  const url = new URL(path, 'https://api')
  const plural = url.pathname.split('/').at(-1) ?? ''
  const isWatch = url.searchParams.get('watch') === 'true'
  if (weather.refusal) return refuse(client, weather.refusal)
  if (isWatch && weather.expired.delete(plural)) return refuse(client, { status: 410 })
  if (!isWatch) weather.lists++
  const isHollow = weather.hollow.has(plural)
  // Empty lists are made from JSON; all else passes unchanged.
  const upstream = await forward(isHollow ? { accept: 'application/json' } : {})
  if (upstream.statusCode === 410) weather.gone++
  if (isWatch && upstream.statusCode === 200) return passWatch(weather, client, upstream)
  const sent = Buffer.from(await upstream.body.arrayBuffer())
  const body = isHollow ? emptied(sent.toString()) : sent
  client.answer(upstream.statusCode, passedOn(upstream.headers), body)
}

async function passWatch(weather: Weather, client: Client, upstream: Upstream): Promise<void> {
  const watch: Watch = { client, doom: undefined }
  weather.watches.add(watch)
  client.begin(upstream.statusCode, passedOn(upstream.headers))
  client.gone.addEventListener('abort', () => upstream.body.destroy())
  try {
    for await (const chunk of upstream.body as AsyncIterable<Buffer>) {
      if (chunk.includes('"type":"ERROR"') && chunk.includes('"code":410')) weather.gone++
      if (!watch.doom) client.write(chunk)
      else return endWatch(client, watch.doom, chunk)
    }
    client.end()
  } finally {
    weather.watches.delete(watch)
    upstream.body.destroy()
  }
}

async function endWatch(client: Client, doom: WatchEnd, chunk: Buffer): Promise<void> {
  if (doom === 'expired')
    client.write(Buffer.from(`${JSON.stringify({ type: 'ERROR', object: status(410) })}\n`))
  else client.write(chunk.subarray(0, Math.floor(chunk.length / 2)))
  if (doom !== 'half a line, reset') return client.end()
  // Lets the written bytes arrive before the reset.
  await new Promise((resolve) => setTimeout(resolve, 20))
  client.sever()
}

function refuse(client: Client, { status: code, retryAfterSeconds }: Refusal): void {
  const retry = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }
  client.answer(code, { 'content-type': 'application/json', ...retry }, JSON.stringify(status(code)))
}

function status(code: number): object {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    message: `the proxy says ${code}`,
    reason: code === 410 ? 'Expired' : 'InternalError',
    code,
  }
}

/** A list without its objects, but with the same version. */
function emptied(text: string): string {
  const list = JSON.parse(text) as { items: unknown[] }
  return JSON.stringify({ ...list, items: [] })
}
