import packet from 'dns-packet'
import { toBase64Url } from '../../dns/base64url.ts'
import { TYPE } from '../../dns/code.ts'
import { nameFromText } from '../../dns/name.ts'
import type { DnsTransport } from '../dns-client.ts'
import type { EdgeUnderTest } from './edge-under-test.ts'

/** A response of an edge, raw and decoded. */
export type Said = {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Uint8Array
  /** Decoded by dns-packet; undefined unless the body is a DNS message. */
  readonly message: packet.DecodedPacket | undefined
}

/** An answer over another transport than HTTP. */
export type Answered = { readonly bytes: Uint8Array; readonly message: packet.DecodedPacket }

export type AskOptions = {
  readonly method?: 'GET' | 'POST' | 'HEAD'
  readonly edns?: boolean
  readonly id?: number
  readonly path?: string
}

/** A query in wire format; the case of the name is kept. */
export function query(name: string, type: number, { edns = false, id = 0 }: AskOptions = {}): Uint8Array {
  const header = [id >> 8, id & 0xff, 1, 0, 0, 1, 0, 0, 0, 0, 0, edns ? 1 : 0]
  const qname = Array.from(nameFromText(name), (byte) => byte.charCodeAt(0))
  const opt = edns ? [0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0] : []
  return new Uint8Array([...header, ...qname, type >> 8, type & 0xff, 0, 1, ...opt])
}

/** Asks an edge one question, such as 'redis.default.svc.cluster.local A'. */
export async function ask(edge: EdgeUnderTest, question: string, options: AskOptions = {}): Promise<Said> {
  const [name = '', type = 'A'] = question.split(' ')
  return send(edge, query(name, typeCode(type), options), options)
}

function typeCode(type: string): number {
  return TYPE[type as keyof typeof TYPE] ?? Number(type.replace('TYPE', ''))
}

/** The transports other than HTTP over which an edge answers. */
export function transportsOf({ dns }: EdgeUnderTest): readonly DnsTransport[] {
  return dns ? (Object.keys(dns.places) as DnsTransport[]) : []
}

/** Asks one question, with OPT unless `edns` is false, over another transport than HTTP. */
export async function askOver(
  transport: DnsTransport,
  { dns }: EdgeUnderTest,
  question: string,
  { edns = true }: Pick<AskOptions, 'edns'> = {},
): Promise<Answered> {
  if (!dns) throw new Error('the edge answers over HTTP only')
  const [name = '', type = 'A'] = question.split(' ')
  const client = await dns.open(transport)
  try {
    const bytes = await client.ask(query(name, typeCode(type), { edns }))
    return { bytes, message: packet.decode(Buffer.from(bytes)) }
  } finally {
    client.close()
  }
}

/** Sends bytes as a question. */
export async function send(edge: EdgeUnderTest, body: Uint8Array, options: AskOptions = {}): Promise<Said> {
  const { method = 'POST', path = '/dns-query' } = options
  const url = edge.url + path
  const response =
    method === 'POST'
      ? await edge.fetch(url, {
          method,
          headers: { 'content-type': 'application/dns-message' },
          body: body as Uint8Array<ArrayBuffer>,
        })
      : await edge.fetch(`${url}?dns=${toBase64Url(body)}`, { method })
  const bytes = new Uint8Array(await response.arrayBuffer())
  const isMessage = response.headers.get('content-type') === 'application/dns-message' && bytes.length > 0
  return {
    status: response.status,
    headers: response.headers,
    bytes,
    message: isMessage ? packet.decode(Buffer.from(bytes)) : undefined,
  }
}

/** A response as text: rcode and flags, then the records of answer, authority and additional, sorted in each section. */
export function show(said: Said | Answered): string {
  const { message } = said
  if (!message) return `HTTP ${'status' in said ? said.status : ''}`
  const flags = [
    message.flag_aa && 'aa',
    message.flag_tc && 'tc',
    message.flag_rd && 'rd',
    message.flag_ra && 'ra',
  ]
  const head = [said.message ? rcodeOf(said.bytes) : '', ...flags.filter((flag) => flag !== false)].join(' ')
  const section = (name: string, records: readonly packet.Answer[] | undefined): string[] =>
    (records ?? [])
      .filter(({ type }) => type !== 'OPT')
      .map((record) => `${name}: ${showRecord(record)}`)
      .toSorted()
  return [
    head,
    ...section('an', message.answers),
    ...section('ns', message.authorities),
    ...section('ar', message.additionals),
  ].join('\n')
}

function rcodeOf(bytes: Uint8Array): string {
  const names = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED']
  return names[(bytes[3] ?? 0) & 0xf] ?? String((bytes[3] ?? 0) & 0xf)
}

function showRecord(record: packet.Answer): string {
  if (!('data' in record)) return record.type
  const ttl = 'ttl' in record ? record.ttl : ''
  return `${record.name} ${ttl} ${record.type} ${showData(record.type, record.data)}`
}

function showData(type: string, data: unknown): string {
  if (type === 'SRV') {
    const { priority, weight, port, target } = data as {
      priority: number
      weight: number
      port: number
      target: string
    }
    return `${priority} ${weight} ${port} ${target}`
  }
  // The serial is left out: it is a time.
  if (type === 'SOA') return `${(data as { mname: string }).mname} ${(data as { rname: string }).rname}`
  if (type === 'TXT') return (data as Buffer[]).map(String).join(' ')
  return String(data)
}
