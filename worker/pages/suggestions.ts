import { fold, isNameText, nameFromText, nameToText } from '../../dns/name.ts'
import type { PageFacts } from './page-facts.ts'

/** At most this many names are suggested. */
const maxSuggested = 3

/**
 * Whole names that a short one such as `web.prod` or `web.prod.svc` may stand for: one in the first zone of each cluster.
 * Empty for a name that is in a zone already. Whether the names exist does not matter here.
 */
export function suggestedNames(text: string, { edge }: Pick<PageFacts, 'edge'>): string[] {
  if (!isNameText(text)) return []
  const name = nameToText(fold(nameFromText(text))).slice(0, -1)
  const zones = edge.zones.filter((zone, at) => {
    const isFirst = edge.zones.findIndex(({ cluster }) => cluster === zone.cluster) === at
    return isFirst && zone.name !== 'svc'
  })
  if (name === '' || edge.zones.some((zone) => name === zone.name || name.endsWith(`.${zone.name}`)))
    return []
  const labels = name.split('.')
  const isOfService = labels.length > 2 && labels.at(-1) === 'svc'
  if (!isOfService && labels.length > 2) return []
  const rest = isOfService ? name : labels.length === 2 ? `${name}.svc` : `${name}.default.svc`
  return zones
    .slice(0, maxSuggested)
    .map((zone) => `${rest}.${zone.name}`)
    .filter(isNameText)
}
