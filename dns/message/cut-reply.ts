import { FLAG, TYPE } from '../code.ts'
import { headerBytes } from '../limits.ts'
import { putU16, u16 } from '../uint.ts'
import { skipName } from './skip-name.ts'

/** A record of a reply by its offsets. */
type Place = { readonly section: number; readonly start: number; readonly end: number; readonly type: number }

/**
 * A well-formed reply → the same if it has at most `maxBytes`, else a copy with the header, the question, the first records of
 * answer and authority that fit, and OPT (RFC 6891 §6.1.1). Names stay valid, since pointers lead backwards only. TC is set if records
 * of the answer are left out, or the authority of a negative answer (RFC 2181 §9), and stays set. Header, question and OPT
 * are kept whatever the size is.
 */
export function cutReply(reply: Uint8Array, maxBytes: number): Uint8Array {
  if (reply.length <= maxBytes) return reply
  const { questionEnd, places } = recordPlaces(reply)
  const opt = places.find(({ section, type }) => section === additional && type === TYPE.OPT)
  const room = maxBytes - (opt ? opt.end - opt.start : 0)
  const kept = places.filter(({ section, end }) => section !== additional && end <= room)
  const bodyEnd = kept.at(-1)?.end ?? questionEnd
  const cut = new Uint8Array(bodyEnd + (opt ? opt.end - opt.start : 0))
  cut.set(reply.subarray(0, bodyEnd))
  if (opt) cut.set(reply.subarray(opt.start, opt.end), bodyEnd)
  const answers = kept.filter(({ section }) => section === 0).length
  const counts = [answers, kept.length - answers, opt ? 1 : 0]
  for (const [section, count] of counts.entries()) putU16(cut, 6 + 2 * section, count)
  const isCut = answers !== u16(reply, 6) || (answers === 0 && counts[1] !== u16(reply, 8))
  if (isCut) putU16(cut, 2, u16(reply, 2) | FLAG.truncated)
  return cut
}

const additional = 2

function recordPlaces(reply: Uint8Array): { questionEnd: number; places: Place[] } {
  let at = headerBytes
  for (let question = u16(reply, 4); question > 0; question--) at = skipName(reply, at) + 4
  const questionEnd = at
  const places: Place[] = []
  for (const section of [0, 1, additional]) {
    for (let record = u16(reply, 6 + 2 * section); record > 0; record--) {
      const start = at
      const fixed = skipName(reply, at)
      at = fixed + 10 + u16(reply, fixed + 8)
      places.push({ section, start, end: at, type: u16(reply, fixed) })
    }
  }
  return { questionEnd, places }
}
