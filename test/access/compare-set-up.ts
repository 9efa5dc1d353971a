import { get } from '../../worker/edge.case.ts'
import type { DohResponse } from '../../worker/http/request.ts'
import type { Dig } from '../dig.ts'
import type { Leak } from './leak-matrix.ts'
import type { CallerPlan } from './leak-world.ts'
import type { Question } from './questions.ts'

/** What a person may have typed when names are completed. */
const prefixes = ['', 'a', 'w', 'db', 'web.', 'web.a', 'nothing']

/** Files with zones and ranges. */
const files = ['kubedoh-resolved.conf', 'kubedoh.mobileconfig']

/** The most names that are looked up on the page, of each caller. */
const maxQuestions = 8

/**
 * Compares the set-up page of each caller over HTTP with that of its oracle: by itself, with look-ups on it, the lists that
 * complete names, and files.
 */
export async function compareSetUp(
  product: Dig,
  oracles: ReadonlyMap<CallerPlan, Dig>,
  questions: readonly Question[],
): Promise<Leak[]> {
  const asked = questions.slice(0, maxQuestions).map(({ name, type }) => `?name=${name}&type=${type}`)
  const rests = ['', ...asked, ...prefixes.map((prefix) => `/names?prefix=${prefix}`)]
  const leaks: Leak[] = []
  for (const [{ name, segment, oracleSegment = segment, authorization, dns }, oracle] of oracles) {
    if (dns) continue
    // The oracle's token has another end and length if a minted one is compared. Files depend on both.
    const hasSameToken = segment === oracleSegment
    const headers = { host: 'edge.example', ...(authorization === undefined ? {} : { authorization }) }
    const ask = async (edge: Dig, tokens: string, rest: string): Promise<string> => {
      const place = tokens === '' ? (rest.startsWith('/') ? '/-' : '') : `/${tokens}`
      return comparable(await edge.send(get(`/setup${place}${rest}`, headers)), tokens, hasSameToken)
    }
    const ofFiles = hasSameToken ? files.map((file) => `/${file}`) : []
    for (const rest of [...rests, ...ofFiles]) {
      const ours = await ask(product, segment, rest)
      const theirs = await ask(oracle, oracleSegment, rest)
      if (ours !== theirs) leaks.push({ where: `/setup, ${name}: ${rest}`, product: ours, oracle: theirs })
    }
  }
  return leaks
}

/** A response as text: without the tokens and their end, which differ at an oracle, and without the order of addresses. */
function comparable({ status, headers, body }: DohResponse, tokens: string, withFiles: boolean): string {
  const whole = String(body).replace(/<li>Your token ends on [^<]*<\/li>/, '')
  const text = withFiles ? whole : whole.replace(/<div class="others.*?<\/div>/s, '')
  const same = tokens === '' ? text : text.replaceAll(tokens, 'TOKENS')
  const parts = headers['content-type']?.startsWith('text/html') ? same.split(/[<>\n]/).toSorted() : [same]
  return `${status} ${JSON.stringify(headers)} ${parts.join('\n')}`
}
