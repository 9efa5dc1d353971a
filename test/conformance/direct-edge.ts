import assert from 'node:assert/strict'
import { openEdge } from '../../host/edge.ts'
import { createTasks } from '../../host/tasks.ts'
import { parseConfig } from '../../worker/config.ts'
import { fromWeb, toWeb } from '../../worker/http/web.ts'
import { sortAddresses } from '../access/compare.ts'
import { silent } from '../blackbox/publish.ts'
import type { StartEdge } from './serve.ts'

/** Bytes of a message over TCP (RFC 1035 §4.2.2). */
const maxBytes = 65_535

/**
 * An edge in this process, whose DoH queries are answered as over TCP: every POST goes to `handleDns` as well as to the
 * handler of HTTP, and both messages must be the same.
 */
export const startDirectEdge: StartEdge = async (config) => {
  const edge = openEdge(parseConfig(JSON.stringify(config)), undefined, silent)
  const tasks = createTasks(silent)
  const direct = async (url: string, init?: RequestInit): Promise<Response> => {
    const request = new Request(url, init)
    const copy = request.clone()
    const response = await edge.handler(fromWeb(request, undefined), tasks)
    if (copy.method !== 'POST' || !copy.url.endsWith('/dns-query')) return toWeb(response)
    const bytes = new Uint8Array(await copy.arrayBuffer())
    const query = { bytes, transport: 'tcp', peer: '127.0.0.1', serverName: undefined, maxBytes } as const
    const message = await edge.handleDns(query, tasks)
    assert.ok(message && response.body instanceof Uint8Array)
    // The age in it is that of the second in which it is asked.
    if (!Buffer.from(bytes).includes('_snapshot'))
      assert.deepEqual(sortAddresses(message), sortAddresses(response.body))
    return new Response(new Uint8Array(message))
  }
  return {
    runtime: 'node',
    url: 'http://edge.invalid',
    fetch: direct as typeof fetch,
    async stop() {
      await tasks.settled()
      edge.close()
    },
  }
}
