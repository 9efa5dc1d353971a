import packet from 'dns-packet'
import { readSnapshotHeader, snapshotHeader } from '../../../worker/http/snapshot-header.ts'
import type { Answer } from '../../conformance/answer.ts'
import { textOf } from './inquiries.ts'

/** One answer of the edge, as far as the proof looks at it. Times are Unix ms. */
export type SeenAnswer = {
  readonly sentMs: number
  readonly receivedMs: number
  /** Records without order, owners left out but for additional ones; NODATA, or the rcode where that is not NOERROR. */
  readonly text: string
  /** The extended error, RFC 8914. */
  readonly ede: number | undefined
  /** What the answer says of its snapshot; undefined where it says nothing. */
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

/** An HTTP response → what it says. Throws when it is no DNS message. */
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

/** The header's name, for whoever reads responses. */
export { snapshotHeader }

function factsOf(header: string): SeenAnswer['snapshot'] {
  const { generation, asOf, state } = readSnapshotHeader(header)
  return { generation, asOfMs: Date.parse(asOf), state }
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

/** Option 15 of OPT: two bytes of code, then text. The package does not know it, and leaves its bytes as they are. */
function errorOf(additional: readonly packet.Answer[]): number | undefined {
  const opt = additional.find((record) => record.type === 'OPT')
  const options: readonly { readonly code: number; readonly data?: Buffer | undefined }[] = opt?.options ?? []
  return options.find(({ code }) => code === 15)?.data?.readUInt16BE(0)
}

/** The same text of an answer that was read otherwise. */
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
