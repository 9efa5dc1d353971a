import packet from 'dns-packet'
import { snapshotHeader } from '../../../worker/http/snapshot-header.ts'
import type { Answer } from '../../conformance/answer.ts'
import { textOf } from './inquiries.ts'

/** The checked parts of an answer of the edge. Times are Unix ms. */
export type SeenAnswer = {
  readonly sentMs: number
  readonly receivedMs: number
  /** Sorted records, with owners only for additional ones; NODATA; or the rcode if it is not NOERROR. */
  readonly text: string
  /** The code of the extended error (RFC 8914). */
  readonly ede: number | undefined
  /** The snapshot header; undefined if there is none. */
  readonly snapshot:
    | {
        readonly generation: number
        /** A whole second, rounded down. */
        readonly asOfMs: number
        readonly state: string
      }
    | undefined
}

const rcodes = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED']

/** Reads an HTTP response. Throws if it is not a DNS message. */
export function readAnswer(
  response: { readonly status: number; readonly header: string | undefined; readonly body: Buffer },
  times: Pick<SeenAnswer, 'sentMs' | 'receivedMs'>,
): SeenAnswer {
  if (response.status !== 200) throw new Error(`HTTP ${response.status} ${response.body.toString()}`)
  const message = packet.decode(response.body)
  const rcode = rcodes[(response.body[3] ?? 0) & 0xf] ?? 'another rcode'
  const records = [
    ...(message.answers ?? []).map((record) => recordText(record)),
    ...(message.additionals ?? []).flatMap((record) =>
      record.type === 'OPT' ? [] : [`+${record.type} ${dotted(record.name)} ${dataText(record)}`],
    ),
  ]
  return {
    ...times,
    text: rcode === 'NOERROR' ? textOf(records) : rcode,
    ede: errorOf(message.additionals ?? []),
    snapshot: response.header === undefined ? undefined : factsOf(response.header),
  }
}

/** The name of the header, for clients that read responses. */
export { snapshotHeader }

function factsOf(header: string): SeenAnswer['snapshot'] {
  const fact = (key: string): string =>
    new RegExp(`(?:^|, )${key}="?([^,"]*)`).exec(header)?.[1] ?? `no ${key}`
  return {
    generation: Number(fact('generation')),
    asOfMs: Number(fact('as-of')) * 1000,
    state: fact('state'),
  }
}

function recordText(record: packet.Answer): string {
  return `${record.type} ${dataText(record)}`
}

function dataText(record: packet.Answer): string {
  if (record.type === 'SRV') return `${record.data.port} ${dotted(record.data.target)}`
  if (record.type === 'CNAME' || record.type === 'PTR') return dotted(record.data)
  if (record.type === 'A' || record.type === 'AAAA') return record.data
  return 'another record'
}

function dotted(name: string): string {
  return name.endsWith('.') ? name : `${name}.`
}

/** EDNS option 15: two bytes of code, then text. dns-packet does not decode it. */
function errorOf(additional: readonly packet.Answer[]): number | undefined {
  const opt = additional.find((record) => record.type === 'OPT')
  const options: readonly { readonly code: number; readonly data?: Buffer | undefined }[] = opt?.options ?? []
  return options.find(({ code }) => code === 15)?.data?.readUInt16BE(0)
}

/** The same text for an answer that was decoded by test/conformance. */
export function textOfAnswer(answer: Answer | undefined): string {
  if (!answer || answer.rcode !== 'NOERROR') return answer?.rcode ?? 'nothing'
  return textOf([
    ...answer.answer.map(({ type, rdata }) => `${type} ${shortened(type, rdata)}`),
    ...answer.additional.map(({ owner, type, rdata }) => `+${type} ${owner} ${shortened(type, rdata)}`),
  ])
}

/** Without priority and weight. */
function shortened(type: string, rdata: string): string {
  return type === 'SRV' ? rdata.split(' ').slice(2).join(' ') : rdata
}
