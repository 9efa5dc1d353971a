import { setTimeout as pause } from 'node:timers/promises'
import type { KeyPair } from '../certificates.ts'
import { type Lift, type Relay, startRelay } from './tcp-relay.ts'
import {
  type Asked,
  type Client,
  passedOn,
  startTlsProxy,
  type TlsProxy,
  type Upstream,
} from './tls-proxy.ts'

/** A fault of a request of the agent: before it reaches the edge, or after the edge has answered. */
export type Trick =
  | { readonly kind: 'cut before' }
  | { readonly kind: 'cut after' }
  | { readonly kind: 'late request'; readonly ms: number }
  | { readonly kind: 'late answer'; readonly ms: number }
  | { readonly kind: 'status before'; readonly status: number }
  | { readonly kind: 'status after'; readonly status: number }
  | { readonly kind: 'half an answer'; readonly end: 'in order' | 'cut' }
  /** The proxy sends the request twice, and returns the second response. */
  | { readonly kind: 'repeat' }

/** The path from agent to edge: a TCP relay to which the agent connects, and a TLS proxy behind it. */
export type EdgeProxy = {
  readonly relay: Relay
  readonly url: string
  /** Applies this fault to every request until the returned function is called. */
  run(trick: Trick): Lift
  speak: TlsProxy['speak']
  /** The number of requests with a fault. */
  readonly trickCount: () => number
  close(): Promise<void>
}

/** Starts both on `port`, in front of the edge at `edgeUrl`. */
export async function startEdgeProxy(
  port: number,
  edge: { readonly edgeUrl: string; readonly caFile: string; readonly identity: KeyPair },
): Promise<EdgeProxy> {
  let trick: Trick | undefined
  let tricked = 0
  const box = await startTlsProxy({
    identity: edge.identity,
    caFile: edge.caFile,
    server: edge.edgeUrl,
    handle: async (asked, client, forward) => {
      if (trick) tricked++
      await (trick ? meddle(trick, asked, client, forward) : pass(client, await forward()))
    },
  })
  const relay = await startRelay(port, box.port)
  return {
    relay,
    url: `https://127.0.0.1:${port}`,
    run(next) {
      trick = next
      return () => (trick = undefined)
    },
    speak: box.speak,
    trickCount: () => tricked,
    async close() {
      await relay.close()
      await box.close()
    },
  }
}

async function pass(client: Client, upstream: Upstream): Promise<void> {
  client.answer(upstream.statusCode, passedOn(upstream.headers), await bodyOf(upstream))
}

async function bodyOf(upstream: Upstream): Promise<Buffer> {
  return Buffer.from(await upstream.body.arrayBuffer())
}

async function meddle(
  trick: Trick,
  _asked: Asked,
  client: Client,
  forward: () => Promise<Upstream>,
): Promise<void> {
  const page = { 'content-type': 'text/html' }
  switch (trick.kind) {
    case 'cut before':
      return client.sever()
    case 'cut after':
      await bodyOf(await forward())
      return client.sever()
    case 'late request':
      await pause(trick.ms)
      return pass(client, await forward())
    case 'late answer': {
      const upstream = await forward()
      await pause(trick.ms)
      return pass(client, upstream)
    }
    case 'status before':
      return client.answer(trick.status, page, '<html>proxy error</html>')
    case 'status after':
      await bodyOf(await forward())
      return client.answer(trick.status, page, '<html>proxy error</html>')
    case 'repeat':
      await bodyOf(await forward())
      return pass(client, await forward())
    case 'half an answer':
      return halve(client, await forward(), trick.end)
  }
}

async function halve(client: Client, upstream: Upstream, end: 'in order' | 'cut'): Promise<void> {
  const body = await bodyOf(upstream)
  client.begin(upstream.statusCode, passedOn(upstream.headers))
  client.write(body.subarray(0, Math.floor(body.length / 2)))
  if (end === 'in order') return client.end()
  await pause(20)
  client.sever()
}
