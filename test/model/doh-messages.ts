import packet from 'dns-packet'
import type { DohRequest, DohResponse } from '../../worker/http/request.ts'
import { type AnswerText, type Asked, tell } from './expected-answer.ts'

/** A question as the request that a DoH client posts (RFC 8484 §4.1), with EDNS. */
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

/** A response, read again. */
export type Heard = {
  readonly told: AnswerText
  readonly rcode: string
  /** The extended error's code (RFC 8914), where there is one. */
  readonly ede: number | undefined
  /** The generation that the response says it is from. */
  readonly generation: number | undefined
}

/** A response → what it says. Throws when it is no DNS answer. */
export function hear(response: DohResponse): Heard {
  if (response.status !== 200 || typeof response.body === 'string') {
    throw new Error(`status ${response.status}: ${String(response.body)}`)
  }
  const message = packet.decode(Buffer.from(response.body)) as packet.DecodedPacket & { rcode: string }
  const generation = /generation=(\d+)/.exec(response.headers['kubedoh-snapshot'] ?? '')?.[1]
  return {
    told: tell(message.rcode, (message.answers ?? []).map(show)),
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
