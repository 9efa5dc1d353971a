import { fold, type Name } from '../../dns/name.ts'
import { type Rrset, recordRow } from '../../dns/record.ts'

/** The maximum number of aliases in one answer, in-cluster and external together. */
export const maxAliasDepth = 8

/**
 * Selects the records of an upstream answer that belong to the question: the aliases from `target` on, in order, and
 * the records of the given type at their end. `leadsHere` is true if the chain reaches a name of this edge, whose
 * records upstream cannot know; the chain ends there. `isOurs` gets folded names. Owners keep the case of `target` and of the
 * aliases' targets.
 */
export function chase(
  target: Name,
  type: number,
  records: readonly Rrset[],
  isOurs: (name: Name) => boolean,
): { readonly records: readonly Rrset[]; readonly leadsHere: boolean } {
  const byOwner = Map.groupBy(records, ({ owner }) => fold(owner))
  const chased: Rrset[] = []
  let owner = target
  // One alias more than the maximum, so that callers who count them see that there are too many.
  while (chased.length <= maxAliasDepth) {
    if (isOurs(fold(owner))) return { records: chased, leadsHere: true }
    const here = byOwner.get(fold(owner)) ?? []
    const alias = here.find((rrset) => rrset.type === 'CNAME')
    const next = alias?.rdata[0]
    if (!alias || next === undefined) {
      const own = here.filter((rrset) => recordRow(rrset).code === type)
      return { records: [...chased, ...own.map((rrset) => ({ ...rrset, owner }))], leadsHere: false }
    }
    chased.push({ ...alias, owner, rdata: [next] })
    owner = next
  }
  return { records: chased, leadsHere: false }
}
