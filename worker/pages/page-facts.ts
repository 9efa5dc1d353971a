import type { EdgeZones } from '../../setup/edge-zones.ts'
import type { Profile, System } from '../../setup/profiles/profile.ts'

/** The state of a cluster's snapshot, as one caller may know it. */
export type ClusterFacts = {
  readonly id: string
  readonly state: 'fresh' | 'stale' | 'expired' | 'static' | 'none'
  /** The age of the data (s); undefined without a snapshot. */
  readonly ageSeconds: number | undefined
}

/** A file that the page offers for download, with what people need to know before they install it. */
export type Download = Pick<
  Profile,
  'id' | 'title' | 'fileName' | 'systems' | 'does' | 'install' | 'undo'
> & {
  readonly href: string
  readonly limits: readonly string[]
}

/** All that the set-up page depends on, apart from the answer to a look-up. */
export type PageFacts = {
  /** The DoH URL of the caller, with its tokens. */
  readonly dohUrl: string
  readonly hasToken: boolean
  readonly edge: EdgeZones
  readonly clusters: readonly ClusterFacts[]
  readonly downloads: readonly Download[]
  /** The system that the client says it has. */
  readonly system: System
  /** The relative URL that completes names; undefined if the caller may not list names. */
  readonly namesPath: string | undefined
}

/** The first zone that all systems send to a resolver of one's own: browsers and Apple's systems never send `.local`. */
export function openZone({ edge }: Pick<PageFacts, 'edge'>): string | undefined {
  return edge.zones.find(({ name }) => name !== 'svc' && name !== 'local' && !name.endsWith('.local'))?.name
}

/** The primary zone of the first cluster. */
export function firstZone({ edge }: Pick<PageFacts, 'edge'>): string {
  return edge.zones.find(({ primary }) => primary)?.name ?? edge.zones[0]?.name ?? 'cluster.local'
}
