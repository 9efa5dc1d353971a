import assert from 'node:assert/strict'
import { dnsMessage } from '../../worker/http/media-types.ts'
import type { DohRequest } from '../../worker/http/request.ts'
import type { Random } from '../seeded-random.ts'
import type { Input } from './input.ts'
import { mutateBytes, randomBytes } from './mutate.ts'
import { assertAnswer, assertRefusal } from './outcome.ts'
import { drawQuery, sampleEdge, validQuery } from './query-target.ts'
import type { Target } from './target.ts'

const methods = ['GET', 'GET', 'POST', 'POST', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'get', '', 'CONNECT']
const paths = [
  '/dns-query',
  '/dns-query',
  '/dns-query/',
  '/dns-query/token',
  '/healthz',
  '/status',
  '/setup',
  '/setup/-/names',
  '/setup/-/kubedoh-resolved.conf',
  '/zones',
  '/ingest/test',
  '/ingest/test/blobs',
  '/ingest/test/root',
  '/',
  '',
]
const headerValues: Readonly<Record<string, readonly string[]>> = {
  accept: [
    'application/dns-message',
    'application/dns-json',
    '*/*',
    'text/html',
    'application/dns-message;q=0',
    ',,;',
    '',
  ],
  'content-type': ['application/dns-message', 'Application/DNS-Message; x=y', 'text/plain', ''],
  'content-length': ['0', '29', '4097', '-1', 'x', '1e9', '99999999999999999999'],
  'content-encoding': ['gzip', 'identity', ''],
  authorization: ['Bearer x', 'Basic eA==', ''],
  'kubedoh-proof': ['x', 'a.b.c', ''],
}

function drawRequest(random: Random): Input {
  const query = random.chance(0.7) ? validQuery(random) : drawQuery(random)
  const bytes = Buffer.from(query, 'latin1')
  const parameter = `dns=${bytes.toString(random.chance(0.9) ? 'base64url' : 'base64')}`
  const queries = [
    parameter,
    parameter,
    '',
    'dns',
    'dns=',
    `${parameter}&${parameter}`,
    `a=b&${parameter}&`,
    'name=web.prod.svc.cluster.local&type=A',
  ]
  const broken = (text: string): string => (random.chance(0.15) ? mutateBytes(text, random) : text)
  const input: Record<string, string> = {
    method: random.pick(methods),
    path: broken(random.pick(paths)),
    query: broken(random.pick(queries)),
    body: random.chance(0.8) ? query : randomBytes(random, random.between(0, 200)),
  }
  for (const [name, values] of Object.entries(headerValues)) {
    if (random.chance(0.25)) input[`header ${name}`] = broken(random.pick(values))
  }
  return input
}

/** The parts of an input → the request, as a runtime would pass it. */
export function requestOf({ method = 'GET', path = '', query = '', body = '', ...rest }: Input): DohRequest {
  const bytes = Buffer.from(body, 'latin1')
  return {
    method,
    path,
    query,
    // Runtimes refuse header values with line breaks.
    header: (name) => rest[`header ${name}`]?.replace(/[\0\r\n]/g, ''),
    body: async (maxBytes) => (bytes.length > maxBytes ? 'too-large' : new Uint8Array(bytes)),
  }
}

/** HTTP requests, through every route of the edge. */
export const requestTarget: Target = {
  name: 'requests',
  what: 'HTTP requests: methods, paths, parameters, headers, bodies',
  async open() {
    const at = await sampleEdge()
    return {
      draw: drawRequest,
      async check(input) {
        at.warnings.length = 0
        const response = await at.send(requestOf(input))
        if (response.status === 204) assert.equal(input.method, 'OPTIONS')
        else if (response.status !== 200) assertRefusal(response)
        else if (response.headers['content-type'] === dnsMessage) assertAnswer(response)
        else if (input.path === '/' || response.headers['content-type']?.startsWith('text/html'))
          assert.match(String(response.body), /^<!doctype html>/)
        else if (!response.headers['content-type']?.startsWith('text/plain'))
          JSON.parse(String(response.body))
      },
    }
  },
}
