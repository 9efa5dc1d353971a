import type { Profile } from '../../setup/profiles/profile.ts'
import type { Caller } from '../access/caller.ts'
import { isRefused, type Refused, tokenMissing } from '../access/refused.ts'
import { within } from '../clock.ts'
import type { ClusterConfig } from '../config.ts'
import type { Edge } from '../edge.ts'
import { dohUrlOf } from '../http/doh-url.ts'
import { plain } from '../http/plain-response.ts'
import type { DohRequest, DohResponse } from '../http/request.ts'
import { readTokenPath } from '../http/token-path.ts'
import { documentResponse } from '../pages/document.ts'
import type { ClusterFacts, PageFacts } from '../pages/page-facts.ts'
import { setUpPage } from '../pages/set-up-page.ts'
import { systemOf } from '../pages/systems.ts'
import type { Tasks } from '../ports.ts'
import { admittedRead } from './admitted-read.ts'
import { clusterFacts } from './cluster-facts.ts'
import { downloadsOf, fileFacts, fileResponse, profileOf, unfitFor } from './downloads.ts'
import { edgeZonesFor } from './edge-zones.ts'
import { lookUp } from './look-up.ts'
import { namesResponse } from './names-route.ts'
import { fileUrl, readSetUpPath, setUpPath } from './set-up-path.ts'

/** The file that completes names. */
const namesFile = 'names'

/**
 * Answers GET and HEAD of the set-up page and its files. The caller is admitted and refused as on the DoH path, and a look-up
 * on the page is answered as a DoH query of the same caller. A file that does not exist has the response of an unknown path.
 */
export function setUpRoute(request: DohRequest, edge: Edge, tasks: Tasks): Promise<DohResponse> {
  const beganMs = edge.meter.nowMs()
  const { page, file } = readSetUpPath(request.path)
  const profile = profileOf(file)
  const isKnown = file === undefined || file === namesFile || profile !== undefined
  // The path of an unknown file is that of tokens that nobody has.
  const place = isKnown ? { ...request, path: page } : request
  return admittedRead(setUpPath, place, edge, tasks, (caller) => {
    if (file === namesFile) return namesResponse(request, caller, edge, tasks)
    return profile
      ? profileResponse(profile, place, caller, edge, tasks)
      : pageResponse(place, caller, edge, tasks, beganMs)
  })
}

async function profileResponse(
  profile: Profile,
  request: DohRequest,
  caller: Caller,
  edge: Edge,
  tasks: Tasks,
): Promise<DohResponse | Refused> {
  const zones = await edgeZonesFor(caller, edge, tasks)
  if (isRefused(zones)) return zones
  const facts = fileFacts(callerUrl(request, edge), zones)
  const unfit = unfitFor(profile, facts)
  return unfit === undefined
    ? fileResponse(profile, facts, edge.signProfile)
    : plain(404, `there is no such file: ${unfit}`)
}

/** The DoH URL of the caller, with the tokens in its path. */
function callerUrl(request: DohRequest, edge: Edge): string {
  const { token } = readTokenPath(setUpPath, request.path) ?? { token: '' }
  const url = dohUrlOf(request, edge.config.url)
  return token === '' ? url : `${url}/${token}`
}

/** How long the front page waits for snapshots that this isolate has not read yet (ms). */
const maxWaitMs = 300

/** Whether callers without a token may see the set-up page. False while no snapshot says so. */
export async function isOpenToAll(edge: Edge, tasks: Tasks): Promise<boolean> {
  const zones = edgeZonesFor(edge.access.anonymous, edge, tasks)
  return !isRefused(await within(zones, maxWaitMs, tokenMissing, edge.clock))
}

async function pageResponse(
  request: DohRequest,
  caller: Caller,
  edge: Edge,
  tasks: Tasks,
  beganMs: number,
): Promise<DohResponse | Refused> {
  const zones = await edgeZonesFor(caller, edge, tasks)
  if (isRefused(zones)) return zones
  const arrival = { transport: request.transport ?? 'http', beganMs } as const
  const result = await lookUp(request.query, { caller, edge, tasks, size: 'http' }, arrival)
  if (result && isRefused(result)) return result
  const dohUrl = callerUrl(request, edge)
  const facts: PageFacts = {
    dohUrl,
    hasToken: caller.grants !== undefined,
    edge: zones,
    clusters: await clustersOf(caller, zones.zones, edge, tasks),
    downloads: downloadsOf(fileFacts(dohUrl, zones), request.path),
    system: systemOf(request.header('user-agent')),
    namesPath: caller.grants ? fileUrl(request.path, namesFile) : undefined,
  }
  return documentResponse('kubedoh: set up and look up', setUpPage(facts, result))
}

/** The clusters of the zones that the caller sees, in their order. */
function clustersOf(
  { zones }: Caller,
  seen: PageFacts['edge']['zones'],
  edge: Edge,
  tasks: Tasks,
): Promise<ClusterFacts[]> {
  const ids = new Set(seen.map(({ cluster }) => cluster))
  const clusters: ClusterConfig[] = [...new Set(zones.forward.values())].filter(({ id }) => ids.has(id))
  return Promise.all(clusters.map((cluster) => clusterFacts(cluster, edge, tasks)))
}
