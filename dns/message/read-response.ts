import { CLASS, TYPE } from '../code.ts'
import { headerBytes, maxMessageBytes } from '../limits.ts'
import { fold, type Name } from '../name.ts'
import type { Rrset } from '../record.ts'
import { BrokenMessage, expandRdata, readName } from './expand.ts'
import type { Question } from './read-query.ts'

/** The answer of another server. Its additional records are not kept. */
export type Response = {
  /** Including the upper bits in its OPT record (RFC 6891 §6.1.3). */
  readonly rcode: number
  readonly answers: readonly Rrset[]
  readonly authority: readonly Rrset[]
}

/**
 * A server's message → its answer to a question with ID 0; or a text with the reason why it is not one: not a reply, a
 * different ID, opcode or question, truncated, or broken. Names and rdata are the same bytes, with pointers expanded;
 * records of classes other than IN are left out. Takes linear time, apart from pointers, of which each name follows a
 * bounded number. Never throws.
 */
export function readResponse(bytes: Uint8Array, question: Question): Response | string {
  try {
    return read(bytes, question)
  } catch (error) {
    if (error instanceof BrokenMessage) return error.message
    throw error
  }
}

function read(bytes: Uint8Array, asked: Question): Response {
  if (bytes.length < headerBytes || bytes.length > maxMessageBytes)
    throw new BrokenMessage(`a message of ${bytes.length} bytes`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const flags = view.getUint16(2)
  if (view.getUint16(0) !== 0) throw new BrokenMessage('another id')
  if ((flags & 0xf800) !== 0x8000) throw new BrokenMessage('not a reply to a query')
  if ((flags & 0x0200) !== 0) throw new BrokenMessage('truncated')
  if (view.getUint16(4) !== 1) throw new BrokenMessage('not one question')
  const { name, end } = readName(bytes, headerBytes)
  if (end + 4 > bytes.length) throw new BrokenMessage('the question runs over the end')
  const isAsked = view.getUint16(end) === asked.type && view.getUint16(end + 2) === asked.class
  if (!isAsked || fold(name) !== fold(asked.asked)) throw new BrokenMessage('another question')
  const budget = { bytes: maxMessageBytes }
  const answers = readSection(view, bytes, end + 4, view.getUint16(6), budget)
  const authority = readSection(view, bytes, answers.end, view.getUint16(8), budget)
  const additional = readSection(view, bytes, authority.end, view.getUint16(10), budget)
  if (additional.end !== bytes.length) throw new BrokenMessage('bytes follow the message')
  return {
    rcode: (flags & 0xf) | (additional.upperRcode << 4),
    answers: answers.rrsets,
    authority: authority.rrsets,
  }
}

type Section = { readonly rrsets: Rrset[]; readonly end: number; readonly upperRcode: number }

function readSection(
  view: DataView,
  bytes: Uint8Array,
  start: number,
  count: number,
  budget: { bytes: number },
): Section {
  const rrsets: Rrset[] = []
  let at = start
  let upperRcode = 0
  for (let record = 0; record < count; record++) {
    const { name: owner, end: fixed } = readName(bytes, at)
    if (fixed + 10 > bytes.length) throw new BrokenMessage('a record runs over the end')
    const type = view.getUint16(fixed)
    const rdataAt = fixed + 10
    at = rdataAt + view.getUint16(fixed + 8)
    if (at > bytes.length) throw new BrokenMessage('a record runs over the end')
    if (type === TYPE.OPT) upperRcode = view.getUint8(fixed + 4)
    if (type === TYPE.OPT || view.getUint16(fixed + 2) !== CLASS.IN) continue
    const rdata = expandRdata(bytes, type, rdataAt, at)
    // Expanding pointers can make rdata larger than a message; such rdata is rejected.
    budget.bytes -= rdata.length
    if (budget.bytes < 0) throw new BrokenMessage(`rdata of more than ${maxMessageBytes} bytes`)
    const ttl = view.getInt32(fixed + 4)
    // RFC 2181 §8: a TTL with its highest bit set is 0.
    add(rrsets, typed(owner, type, Math.max(0, ttl), rdata))
  }
  return { rrsets, end: at, upperRcode }
}

/** Consecutive records with the same owner and type become one RRset with the smallest TTL (RFC 2181 §5.2). */
function add(rrsets: Rrset[], next: Rrset): void {
  const last = rrsets.at(-1)
  const isSame =
    last?.type === next.type &&
    last.owner === next.owner &&
    !(last.type === 'OPAQUE' && next.type === 'OPAQUE' && last.code !== next.code)
  if (!last || !isSame) return void rrsets.push(next)
  const rdata = last.rdata as unknown[]
  for (const item of next.rdata) rdata.push(item)
  rrsets[rrsets.length - 1] = { ...last, ttl: Math.min(last.ttl, next.ttl) }
}

/** Decodes the types that the code uses or whose names are worth compressing; the rdata of all others is opaque. */
function typed(owner: Name, type: number, ttl: number, rdata: Uint8Array): Rrset {
  const nameAt = (at: number): { name: Name; end: number } => readName(rdata, at)
  const whole = (): Name => {
    const { name, end } = nameAt(0)
    if (end !== rdata.length) throw new BrokenMessage('bytes follow the name in an rdata')
    return name
  }
  switch (type) {
    case TYPE.A:
    case TYPE.AAAA: {
      if (rdata.length !== (type === TYPE.A ? 4 : 16)) throw new BrokenMessage('an address of another length')
      return { type: type === TYPE.A ? 'A' : 'AAAA', owner, ttl, rdata: [rdata] }
    }
    case TYPE.CNAME:
      return { type: 'CNAME', owner, ttl, rdata: [whole()] }
    case TYPE.SOA: {
      const { name: mname, end } = nameAt(0)
      const { name: rname, end: at } = nameAt(end)
      if (rdata.length !== at + 20) throw new BrokenMessage('an SOA record of another length')
      const numbers = new DataView(rdata.buffer, rdata.byteOffset + at, 20)
      const [serial, refresh, retry, expire, minimum] = [0, 4, 8, 12, 16].map((to) =>
        numbers.getUint32(to),
      ) as [number, number, number, number, number]
      return { type: 'SOA', owner, ttl, rdata: [{ mname, rname, serial, refresh, retry, expire, minimum }] }
    }
    default:
      return { type: 'OPAQUE', code: type, owner, ttl, rdata: [rdata] }
  }
}
