import { canonicalAddress } from '../../dns/address.ts'
import { maxNameBytes } from '../../dns/limits.ts'
import { readMessage } from '../../dns/message/read-message.ts'
import { writeQuery } from '../../dns/message/write-query.ts'
import { fold, type Name, nameFromText, nameToText } from '../../dns/name.ts'
import { reverseNameOf } from '../../dns/reverse.ts'
import { typeFromText, typeText } from '../../dns/text/mnemonic.ts'
import { isRefused, type Refused } from '../access/refused.ts'
import { locate } from '../answer/zone.ts'
import { answerMessage } from '../answer-message.ts'
import type { DnsAnswer } from '../http/dns-response.ts'
import type { Answered, LookedUp, Question } from '../pages/looked-up.ts'
import type { Visit } from '../query/visit.ts'
import type { Arrival } from '../report/report-answer.ts'
import { clusterFacts } from './cluster-facts.ts'

/** A question in wire form, and its name. */
type Query = { readonly asked: Question; readonly name: Name; readonly type: number }

/**
 * Looks up the name in the query of a page's URL (`name=N&type=T`) for an admitted caller, as a DoH query would. An
 * address is looked up by its reverse name. Undefined if no name is asked; a refusal ends the whole request.
 */
export async function lookUp(
  query: string,
  visit: Visit,
  arrival: Arrival,
): Promise<LookedUp | Refused | undefined> {
  const given = new URLSearchParams(query)
  const text = given.get('name')?.trim() ?? ''
  if (text === '') return undefined
  const read = readQuestion(text, given.get('type') || 'A')
  if ('kind' in read) return read
  const bytes = writeQuery(read.name, read.type, { edns: {} })
  const answer = await answerMessage(bytes, visit, arrival)
  if (!isRefused(answer)) return answered(read, answer, visit)
  return answer.refused === 'token-missing' ? { kind: 'token-missing', asked: read.asked } : answer
}

function readQuestion(text: string, typeName: string): Query | LookedUp {
  const unreadable = (name: string, reason: string): LookedUp => {
    return { kind: 'unreadable', asked: { name, type: 'A' }, reason }
  }
  // Every name is shorter in wire form than a text of twice its length, with room for a final dot.
  if (text.length > maxNameBytes) return unreadable('', `a name has at most ${maxNameBytes - 2} characters`)
  const address = canonicalAddress(text)
  const reverse = address === undefined ? undefined : reverseNameOf(address)
  const type = reverse === undefined ? typeFromText(typeName) : typeFromText('PTR')
  if (type === undefined)
    return unreadable(text, 'the type is not one such as AAAA, nor a number up to 65535')
  const asked = { name: text, type: typeText(type) }
  if (reverse !== undefined) return { asked, name: reverse, type }
  if (text.includes('\\')) return unreadable(text, 'the name has a backslash')
  try {
    return { asked, name: nameFromText(text), type }
  } catch (error) {
    if (error instanceof RangeError) return unreadable(text, error.message)
    throw error
  }
}

async function answered(
  { asked, name }: Query,
  { message: bytes, root }: DnsAnswer,
  { caller, edge, tasks }: Visit,
): Promise<Answered> {
  const message = readMessage(bytes)
  if ('broken' in message) throw new TypeError(`our own answer cannot be read: ${message.broken}`)
  const place = locate(fold(name), name, caller.zones)
  if (place.kind !== 'forward' && place.kind !== 'reverse')
    return { kind: 'answered', asked, message, place: undefined }
  const cluster = await clusterFacts(place.cluster, edge, tasks, root)
  const zone = nameToText(place.zone).slice(0, -1)
  return { kind: 'answered', asked, message, place: { cluster, zone } }
}
