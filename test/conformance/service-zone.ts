import type { Answer, Line } from './answer.ts'
import type { Question } from './context.ts'
import type { Group } from './vectors.ts'

/*
 * The zone svc has the names of Services, and each of them has the answer that it has in the primary zone. So questions
 * about Services are asked in svc, and the answers are compared after they were moved back.
 */

/** The zone, with final dot. */
export const serviceZone = 'svc.'

/** A group whose edge has the zone svc as well. */
export function withServiceZone(group: Group): Group {
  const [primary = '', ...others] = group.config.zones
  return { ...group, config: { ...group.config, zones: [primary, serviceZone, ...others] } }
}

/** The same question in the zone svc; undefined if the name is not below svc.<primary zone>. */
export function questionInServiceZone({ name, type }: Question, primary: string): Question | undefined {
  if (!name.toLowerCase().endsWith(`.svc.${primary}`)) return undefined
  return { name: name.slice(0, -primary.length), type }
}

/** An answer to that question → the answer in the primary zone, which is spelt as in the question. */
export function answerInPrimaryZone(answer: Answer, { name: asked }: Question, primary: string): Answer {
  const zone = asked.slice(-primary.length)
  const own = asked.slice(0, -primary.length)
  const moved = (name: string): string => {
    const folded = name.toLowerCase()
    if (folded.endsWith(`.${primary}`) || folded === primary) return name.slice(0, -primary.length) + zone
    return folded.endsWith('.svc.') ? `${name.slice(0, -serviceZone.length)}svc.${zone}` : name
  }
  const line = (given: Line): Line => {
    const { owner, type, rdata } = given
    const isApexSoa = type === 'SOA' && owner.toLowerCase() === serviceZone
    return {
      ...given,
      owner: isApexSoa ? zone : moved(owner),
      rdata: type === 'TXT' ? rdata : rdata.split(' ').map(moved).join(' '),
    }
  }
  // The owner of the question's records is spelt as in the question, in contrast to targets.
  const owned = (given: Line): Line => (given.owner === own ? { ...line(given), owner: asked } : line(given))
  return {
    ...answer,
    answer: answer.answer.map(owned),
    authority: answer.authority.map(line),
    additional: answer.additional.map(line),
  }
}
