import type { Query } from '../../dns/message/read-query.ts'
import type { Name } from '../../dns/name.ts'
import { shareOf } from '../access/caller.ts'
import { freshnessOf } from '../answer/freshness.ts'
import type { Need, Slot } from '../answer/needs.ts'
import type { Visible } from '../answer/visible.ts'
import { type ClusterPlace, locate } from '../answer/zone.ts'
import type { Edge } from '../edge.ts'
import type { View } from '../reader/view.ts'
import type { UpstreamOutcome } from '../upstream/forward.ts'
import { mayForward } from './out-of-zone.ts'
import { type Resolution, resolve } from './resolve.ts'
import type { Visit } from './visit.ts'

/** The surroundings of one look-up, which ends at `endMs` (Unix ms), and what its caller may see. */
export type ResolveWorld = Visit & { readonly endMs: number; readonly visible: Visible }

/**
 * Resolves a query in one view, with the edge's blobs and its upstream as sources. Undefined when a blob of the view
 * cannot be read now, or when `endMs` (Unix ms) has passed. Appends the blobs that were read to `needs`.
 */
export async function resolveInView(
  query: Query,
  place: ClusterPlace,
  view: View,
  needs: Need[],
  { caller, edge, tasks, endMs, visible }: ResolveWorld,
): Promise<Resolution | undefined> {
  const open = (wanted: readonly Need[]): ReturnType<Edge['reader']['open']> =>
    edge.clock.now() > endMs ? 'missing' : edge.reader.open(view, wanted, tasks)
  const find = (slots: readonly Slot[]): Need[] | Promise<Need[]> => edge.reader.locate(view, slots, tasks)
  const { forwarder } = edge
  const isExpired = (): boolean => freshnessOf(view.root, edge.clock.now()) === 'expired'
  const ask = async (name: Name, type: number): Promise<UpstreamOutcome | undefined> =>
    // An expired snapshot yields SERVFAIL in any case, so an upstream query would be wasted.
    forwarder && !isExpired() && mayForward(name, edge)
      ? forwarder.ask({ name, type, dnssecOk: false, checkingDisabled: false }, shareOf(caller), endMs, tasks)
      : undefined
  const isOurs = (name: Name): boolean => locate(name, name, edge.zones).kind !== 'outside'
  const sources = { visible, zones: caller.zones, locate: find, open, ask, isOurs, random: edge.random }
  const resolution = await resolve(query.question, place, view, sources, edge.clock.now(), needs)
  return resolution === 'missing' ? undefined : resolution
}
