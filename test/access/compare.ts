import { optRecord, queryBytes } from '../../dns/arbitrary.case.ts'
import { addressRdata } from '../../dns/message/address-rdata.ts'
import { nameFromText } from '../../dns/name.ts'
import { exchangeDns } from '../../worker/dns-exchange.ts'
import { get, post } from '../../worker/edge.case.ts'
import { dnsMessage } from '../../worker/http/media-types.ts'
import type { DohRequest, DohResponse } from '../../worker/http/request.ts'
import { type Dig, typeCode } from '../dig.ts'
import type { CallerPlan } from './leak-world.ts'
import type { Question } from './questions.ts'

/** The forms in which a question is asked. */
export const forms = ['GET', 'POST', 'JSON'] as const
export type Form = (typeof forms)[number]

/** The transports of callers over DNS without HTTP, in place of the forms. */
const transports = { GET: 'udp', POST: 'tcp', JSON: 'dot' } as const

/**
 * Asks a question once for a caller, and gives the answer as a text (textOf, dnsTextOf). `hasOpt` adds OPT to a DNS message,
 * and with it extended errors to its answer; `maxBytes` is the size of answers outside of HTTP.
 */
export async function askOnce(
  edge: Dig,
  question: Question,
  form: Form,
  caller: CallerPlan,
  { hasOpt, maxBytes }: { readonly hasOpt: boolean; readonly maxBytes: number },
): Promise<string> {
  const { dns, peer } = caller
  if (!dns) return textOf(await edge.send({ ...requestOf(question, form, caller, hasOpt), peer }))
  const running: Promise<unknown>[] = []
  const transport = dns.serverName === undefined ? transports[form] : 'dot'
  const bytes = messageOf(question, hasOpt)
  const request = { bytes, transport, serverName: undefined, maxBytes, ...dns }
  const answer = await exchangeDns(request, edge.edge, {
    waitUntil: (promise) => void running.push(promise.catch(() => {})),
  })
  while (running.length > 0) await Promise.all(running.splice(0))
  return dnsTextOf(answer)
}

function messageOf({ name, type }: Question, hasOpt: boolean): Uint8Array {
  const extra = hasOpt ? ({ counts: [1, 0, 0, 1], tail: optRecord() } as const) : {}
  return queryBytes(nameFromText(name), { id: 0x4b44, flags: 0x0100, type: typeCode(type), ...extra })
}

function requestOf(
  question: Question,
  form: Form,
  { segment, authorization }: CallerPlan,
  hasOpt: boolean,
): DohRequest {
  const path = `/dns-query${segment === '' ? '' : `/${segment}`}`
  const headers = authorization === undefined ? {} : { authorization }
  if (form === 'JSON') return get(`${path}?name=${question.name}&type=${question.type}`, headers)
  const query = messageOf(question, hasOpt)
  return form === 'GET'
    ? get(`${path}?dns=${Buffer.from(query).toString('base64url')}`, headers)
    : post(path, query, { 'content-type': dnsMessage, ...headers })
}

/** A response as one text, in which addresses of one RRset have a fixed order. Equal texts: equal responses. */
export function textOf({ status, headers, body }: DohResponse): string {
  const head = `${status} ${JSON.stringify(Object.entries(headers).toSorted(([a], [b]) => (a < b ? -1 : 1)))}`
  if (typeof body !== 'string') return `${head} ${Buffer.from(sortAddresses(body)).toString('hex')}`
  return `${head} ${headers['content-type']?.includes('json') ? sortJson(body) : body}`
}

/** A DNS answer as one text, which begins with R and the rcode in two digits. */
function dnsTextOf(answer: Uint8Array | undefined): string {
  if (!answer) return 'nothing is sent'
  const rcode = String((answer[3] ?? 0) & 0xf).padStart(2, '0')
  return `R${rcode} ${Buffer.from(sortAddresses(answer)).toString('hex')}`
}

/** A DNS message whose address records of one RRset have a fixed order. */
export function sortAddresses(body: Uint8Array): Uint8Array {
  const message = new Uint8Array(body)
  const { offsets, bytes } = addressRdata(message)
  const sorted = offsets.map((at) => message.slice(at, at + bytes)).toSorted(Buffer.compare)
  for (const [index, at] of offsets.entries()) message.set(sorted[index] ?? [], at)
  return message
}

type JsonRecord = { readonly type?: number; readonly data?: string }

function sortJson(body: string): string {
  const parsed = JSON.parse(body) as { Answer?: JsonRecord[] }
  const isAddress = ({ type }: JsonRecord): boolean => type === 1 || type === 28
  const addresses = (parsed.Answer ?? []).filter(isAddress).map(({ data }) => data)
  const sorted = addresses.toSorted((a = '', b = '') => (a < b ? -1 : 1))
  const Answer = parsed.Answer?.map((record) =>
    isAddress(record) ? { ...record, data: sorted.shift() } : record,
  )
  return JSON.stringify({ ...parsed, Answer })
}
