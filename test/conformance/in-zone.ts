import type { Answer, Line } from './answer.ts'
import type { Group } from './vectors.ts'

/** A group as it would be had its first zone another name: questions, owners, targets and SOAs. `zone` has a final dot. */
export function inZone(group: Group, zone: string): Group {
  const [old = ''] = group.config.zones
  const name = (text: string): string => {
    const folded = text.toLowerCase()
    const isInside = folded === old || folded.endsWith(`.${old}`)
    return isInside ? text.slice(0, -old.length) + zone : text
  }
  const line = (given: Line): Line => ({
    ...given,
    owner: name(given.owner),
    rdata: given.type === 'TXT' ? given.rdata : given.rdata.split(' ').map(name).join(' '),
  })
  const answer = ({ rcode, authoritative, ...sections }: Answer): Answer => ({
    rcode,
    authoritative,
    answer: sections.answer.map(line),
    authority: sections.authority.map(line),
    additional: sections.additional.map(line),
  })
  return {
    ...group,
    config: { ...group.config, zones: [zone, ...group.config.zones.slice(1)] },
    recorded: group.recorded.map(({ name: asked, type, theirs }) => ({
      name: name(asked),
      type,
      theirs: answer(theirs),
    })),
  }
}
