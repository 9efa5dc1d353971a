import { EDE, FLAG, RCODE } from '../../dns/code.ts'
import { rcodeOf } from '../../dns/message/read-message.ts'
import { rcodeText } from '../../dns/text/mnemonic.ts'
import { durationText } from './duration-text.ts'
import type { Answered, LookedUp } from './looked-up.ts'
import { extendedErrorOf, isStale, type Sections, sectionsOf } from './sections.ts'

/** A result in one sentence, and whether it is what people hope for. */
export type Verdict = { readonly tone: 'good' | 'warning' | 'bad'; readonly text: string }

/**
 * The result of a look-up in one plain sentence, one for every kind of failure. `hasToken` is about the caller: names that
 * its token may not see do not exist for it.
 */
export function explain(result: LookedUp, hasToken: boolean): Verdict {
  const { name } = result.asked
  if (result.kind === 'unreadable') return bad(`This cannot be looked up: ${result.reason}.`)
  if (result.kind === 'token-missing')
    return bad(
      `The cluster of ${name} answers only callers with a token: open this page by the address of yours.`,
    )
  const sections = sectionsOf(result.message)
  switch (rcodeOf(result.message)) {
    case RCODE.NOERROR:
      return sections.records.length > 0 ? found(result, sections) : nothing(result, sections)
    case RCODE.NXDOMAIN:
      return missing(result, sections, hasToken)
    case RCODE.SERVFAIL:
      return failed(result)
    case RCODE.REFUSED:
      return refused(result)
    default:
      return bad(`The edge refused the question with ${rcodeText(rcodeOf(result.message))}.`)
  }
}

const bad = (text: string): Verdict => ({ tone: 'bad', text })

function found({ asked, message, place }: Answered, { aliases, records }: Sections): Verdict {
  const what = countText(asked.type, records.length)
  const last = aliases.at(-1)
  const text = last
    ? `${asked.name} is an alias of ${bare(last.target)}, which has ${what}`
    : `${asked.name} has ${what}`
  if (!isStale(message)) return { tone: 'good', text: `${text}.` }
  const age = place?.cluster.ageSeconds
  const since = age === undefined ? '' : ` for ${durationText(age)}`
  return {
    tone: 'warning',
    text: `${text}, but this may have changed: the cluster’s agent has not reported${since}.`,
  }
}

function nothing({ asked }: Answered, { aliases, isNegative }: Sections): Verdict {
  const last = aliases.at(-1)
  if (!last) return bad(`${asked.name} exists, but it has no ${asked.type} record.`)
  const target = bare(last.target)
  return isNegative
    ? bad(`${asked.name} is an alias of ${target}, which exists but has no ${asked.type} record.`)
    : bad(
        `${asked.name} is an alias of ${target}, which is outside of the cluster, and this edge does not look it up.`,
      )
}

function missing({ asked, place }: Answered, { aliases }: Sections, hasToken: boolean): Verdict {
  const last = aliases.at(-1)
  if (last) return bad(`${asked.name} is an alias of ${bare(last.target)}, which does not exist.`)
  if (!place) return bad(`${asked.name} does not exist.`)
  const or = hasToken ? ', or it is in a namespace that your token may not see' : ''
  return bad(`${asked.name} does not exist in cluster ${place.cluster.id}${or}.`)
}

/** SERVFAIL: by the extended error, and for the same code by the state of the cluster. */
function failed({ asked, message, place }: Answered): Verdict {
  const error = extendedErrorOf(message)
  const cluster = place?.cluster
  // The alias itself is authoritative when its target cannot be found (query/reply.ts).
  const isChainBroken = (message.flags & FLAG.authoritative) !== 0
  switch (error?.code) {
    case EDE.NOT_READY:
      return cluster?.state === 'expired'
        ? bad(`The data of cluster ${cluster.id} has expired: its agent has not reported for too long.`)
        : bad(`The edge has no data of cluster ${cluster?.id ?? ''} yet: its agent has not published here.`)
    case EDE.NO_REACHABLE_AUTHORITY:
      if (cluster?.state === 'stale' && !isChainBroken)
        return bad(
          `${asked.name} is not in the data of cluster ${cluster.id}, which is ${durationText(cluster.ageSeconds ?? 0)} old: it may exist by now.`,
        )
      return cluster && !isChainBroken
        ? bad(`A part of the data of cluster ${cluster.id} cannot be read now: try again in a moment.`)
        : bad(`The resolver behind this edge cannot answer for ${asked.name} now.`)
    case EDE.NETWORK_ERROR:
      return bad(
        `The resolver behind this edge, which answers names outside of the clusters, does not answer now.`,
      )
    case EDE.OTHER:
      return bad(`${sentence(error.text)}.`)
    default:
      return bad(`The edge could not answer (SERVFAIL) and gave no reason.`)
  }
}

function refused({ asked, message }: Answered): Verdict {
  const error = extendedErrorOf(message)
  if (error?.code === EDE.NOT_AUTHORITATIVE)
    return bad(`${asked.name} is in none of the zones of this edge: your usual resolver answers such names.`)
  return bad(`The edge refuses this question: ${error?.text ?? 'it gave no reason'}.`)
}

function countText(type: string, count: number): string {
  const nouns: Readonly<Record<string, readonly [one: string, many: string]>> = {
    A: ['IPv4 address', 'IPv4 addresses'],
    AAAA: ['IPv6 address', 'IPv6 addresses'],
    PTR: ['name', 'names'],
  }
  const [one, many] = nouns[type] ?? [`${type} record`, `${type} records`]
  return count === 1 ? `one ${one}` : `${count} ${many}`
}

/** A name without its final dot. */
function bare(name: string): string {
  return name.length > 1 && name.endsWith('.') ? name.slice(0, -1) : name
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
