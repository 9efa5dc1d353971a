import { fold, type Name } from '../../dns/name.ts'
import { type Rrset, recordRow } from '../../dns/record.ts'

/** How many aliases one answer may hold, in-cluster and out. */
export const maxAliasDepth = 8

/**
 * Of upstream's records those that belong to the question: its aliases from `target` on, in order, and what
 * they lead to; `isHome` where that is a name of this edge, folded, whose records upstream cannot know. Records
 * of `target` are written as `target` is.
 */
export function chase(
  target: Name,
  type: number,
  records: readonly Rrset[],
  isOurs: (name: Name) => boolean,
): { readonly records: readonly Rrset[]; readonly isHome: boolean } {
  const byOwner = Map.groupBy(records, ({ owner }) => fold(owner))
  const chased: Rrset[] = []
  let owner = target
  // One alias more than an answer may hold, so that who counts them sees that there are too many.
  while (chased.length <= maxAliasDepth) {
    if (isOurs(fold(owner))) return { records: chased, isHome: true }
    const here = byOwner.get(fold(owner)) ?? []
    const alias = here.find((rrset) => rrset.type === 'CNAME')
    const next = alias?.rdata[0]
    if (!alias || next === undefined) {
      const own = here.filter((rrset) => recordRow(rrset).code === type)
      return { records: [...chased, ...own.map((rrset) => ({ ...rrset, owner }))], isHome: false }
    }
    chased.push({ ...alias, owner, rdata: [next] })
    owner = next
  }
  return { records: chased, isHome: false }
}
