import { optRecord, queryBytes } from '../../dns/arbitrary.case.ts'
import { addressRdata } from '../../dns/message/address-rdata.ts'
import { nameFromText } from '../../dns/name.ts'
import { get, post } from '../../worker/edge.case.ts'
import { dnsMessage } from '../../worker/http/media-types.ts'
import type { DohRequest, DohResponse } from '../../worker/http/request.ts'
import { typeCode } from '../dig.ts'
import type { Question } from './questions.ts'

/** The forms in which a question is asked. */
export const forms = ['GET', 'POST', 'JSON'] as const
export type Form = (typeof forms)[number]

/** A question as a request. `hasOpt` adds OPT to a DNS message, and with it extended errors to its answer. */
export function requestOf(
  { name, type }: Question,
  form: Form,
  { segment, authorization, hasOpt }: { segment: string; authorization: string | undefined; hasOpt: boolean },
): DohRequest {
  const path = `/dns-query${segment === '' ? '' : `/${segment}`}`
  const headers = authorization === undefined ? {} : { authorization }
  if (form === 'JSON') return get(`${path}?name=${name}&type=${type}`, headers)
  const extra = hasOpt ? ({ counts: [1, 0, 0, 1], tail: optRecord() } as const) : {}
  const query = queryBytes(nameFromText(name), { id: 0x4b44, flags: 0x0100, type: typeCode(type), ...extra })
  return form === 'GET'
    ? get(`${path}?dns=${Buffer.from(query).toString('base64url')}`, headers)
    : post(path, query, { 'content-type': dnsMessage, ...headers })
}

/** A response as one text, in which addresses of one RRset have a fixed order. Equal texts: equal responses. */
export function textOf({ status, headers, body }: DohResponse): string {
  const head = `${status} ${JSON.stringify(Object.entries(headers).toSorted(([a], [b]) => (a < b ? -1 : 1)))}`
  if (typeof body !== 'string') return `${head} ${Buffer.from(sortWire(body)).toString('hex')}`
  return `${head} ${headers['content-type']?.includes('json') ? sortJson(body) : body}`
}

function sortWire(body: Uint8Array): Uint8Array {
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
