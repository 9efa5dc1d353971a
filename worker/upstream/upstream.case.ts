import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { queryBytes } from '../../dns/arbitrary.case.ts'
import { readQuery } from '../../dns/message/read-query.ts'
import { nameFromText, nameToText } from '../../dns/name.ts'

/** The answer of a scripted server: a DNS message, or any HTTP response. */
export type Said =
  | Uint8Array
  | {
      status?: number
      type?: string
      body?: Uint8Array
      hang?: boolean
      /** The response waits for this. */
      after?: Promise<void>
    }

/** A DoH server whose answers a test scripts byte by byte. */
export type Upstream = {
  readonly url: string
  /** The questions received, such as 'www.example.com. 1'. */
  readonly asked: string[]
  /** The queries received. */
  readonly queries: Uint8Array[]
  /** The number of connections accepted. */
  connections(): number
  say: (query: Uint8Array) => Said
  stop(): Promise<void>
}

/** Starts a scripted DoH server on 127.0.0.1. */
export async function startUpstream(): Promise<Upstream> {
  const asked: string[] = []
  const queries: Uint8Array[] = []
  const reply = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const query = new Uint8Array(Buffer.concat(await request.toArray()))
    const read = readQuery(query)
    asked.push('name' in read ? `${nameToText(read.name)} ${read.question.type}` : 'no query')
    queries.push(query)
    const said = upstream.say(query)
    const {
      status = 200,
      type = 'application/dns-message',
      body,
      hang,
      after,
    } = said instanceof Uint8Array ? { body: said } : said
    await after
    if (!hang) response.writeHead(status, { 'content-type': type }).end(body)
  }
  const server = createServer((request, response) => void reply(request, response)).listen(0, '127.0.0.1')
  let connections = 0
  server.on('connection', () => connections++)
  await once(server, 'listening')
  const upstream: Upstream = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/dns-query`,
    asked,
    queries,
    connections: () => connections,
    say: (query) => answerTo(query, []),
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return upstream
}

/** A record: owner (undefined points to the question), type, TTL, rdata. */
export type Line = readonly [owner: string | undefined, type: number, ttl: number, rdata: readonly number[]]

/** The reply to a query, with records in its answer and authority sections. */
export function answerTo(
  query: Uint8Array,
  answers: readonly Line[],
  { authority = [], rcode = 0 }: { authority?: readonly Line[]; rcode?: number } = {},
): Uint8Array {
  const read = readQuery(query)
  if (!('question' in read) || !read.question) throw new Error('no query')
  const { asked, type } = read.question
  const tail = [...answers, ...authority].flatMap(([owner, code, ttl, rdata]) => [
    ...(owner === undefined ? [0xc0, 12] : wire(owner)),
    code >> 8,
    code & 0xff,
    0,
    1,
    ...[24, 16, 8, 0].map((shift) => (ttl >>> shift) & 0xff),
    rdata.length >> 8,
    rdata.length & 0xff,
    ...rdata,
  ])
  const counts = [1, answers.length, authority.length, 0] as const
  return queryBytes(asked, { id: 0, flags: 0x8180 | rcode, type, counts, tail: String.fromCharCode(...tail) })
}

/** A name's bytes. */
export function wire(name: string): number[] {
  return Array.from(nameFromText(name), (byte) => byte.charCodeAt(0))
}

/** An SOA record for a negative answer. */
export function soa(owner: string, ttl: number, minimum: number): Line {
  return [
    owner,
    6,
    ttl,
    [...wire('ns.example'), ...wire('host.example'), ...Array(16).fill(1), 0, 0, 0, minimum],
  ]
}
