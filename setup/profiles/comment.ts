import { placesOf } from '../places.ts'
import type { About, SetupFacts } from './profile.ts'

/** The lines of comment that say in a file itself what it does, how to take it back, and its limits. */
export function commentLines({ does, install, undo, limits }: About, facts: SetupFacts): string[] {
  const { origin } = placesOf(facts.dohUrl)
  const zones = facts.edge.zones.map(({ name }) => name).join(', ')
  return [
    `kubedoh: names in ${zones}, answered by ${origin}`,
    does,
    `Install: ${install}`,
    `Undo: ${undo}`,
    ...limits(facts),
    ...expiryLines(facts),
  ].map((line) => `# ${line}`)
}

/** The sentence about the end of the caller's token, if it has one. */
export function expiryLines({ edge: { expires } }: SetupFacts): string[] {
  return expires === null ? [] : [`The token stops working at ${expires}.`]
}
