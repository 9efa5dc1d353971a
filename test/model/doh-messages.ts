import packet from 'dns-packet'
import type { DohRequest, DohResponse } from '../../worker/http/request.ts'
import { type AnswerText, type Asked, answerText } from './expected-answer.ts'

/** The POST request of a DoH client for a question (RFC 8484 §4.1), with EDNS. */
export function dohRequest({ name, type }: Asked): DohRequest {
  const body = packet.encode({
    type: 'query',
    id: 0,
    flags: packet.RECURSION_DESIRED,
    questions: [{ name, type, class: 'IN' }],
    additionals: [{ type: 'OPT', name: '.', udpPayloadSize: 1232, flags: 0, options: [] } as never],
  })
  const headers: Readonly<Record<string, string>> = {
    'content-type': 'application/dns-message',
    'content-length': String(body.length),
  }
  return {
    method: 'POST',
    path: '/dns-query',
    query: '',
    header: (header) => headers[header],
    body: async () => new Uint8Array(body),
  }
}

/** A decoded response. */
export type Heard = {
  readonly told: AnswerText
  readonly rcode: string
  /** The code of the extended error (RFC 8914), if there is one. */
  readonly ede: number | undefined
  /** The generation in the snapshot header. */
  readonly generation: number | undefined
}

/** Decodes a response. Throws if it is not a DNS answer. */
export function hear(response: DohResponse): Heard {
  if (response.status !== 200 || typeof response.body === 'string') {
    throw new Error(`status ${response.status}: ${String(response.body)}`)
  }
  const message = packet.decode(Buffer.from(response.body)) as packet.DecodedPacket & { rcode: string }
  const generation = /generation=(\d+)/.exec(response.headers['kubedoh-snapshot'] ?? '')?.[1]
  return {
    told: answerText(message.rcode, (message.answers ?? []).map(show)),
    rcode: message.rcode,
    ede: extendedError(message),
    generation: generation === undefined ? undefined : Number(generation),
  }
}

function show(record: packet.Answer): string {
  if (record.type === 'SRV') {
    const { priority, weight, port, target } = record.data
    return `${record.name} SRV ${priority} ${weight} ${port} ${target}`
  }
  const data: unknown = 'data' in record ? record.data : ''
  return `${record.name} ${record.type} ${typeof data === 'string' ? data : JSON.stringify(data)}`
}

function extendedError(message: packet.DecodedPacket): number | undefined {
  const opt = message.additionals?.find((record) => record.type === 'OPT') as
    | { readonly options: readonly { readonly code: number; readonly data?: Buffer }[] }
    | undefined
  return opt?.options.find(({ code }) => code === 15)?.data?.readUInt16BE(0)
}
