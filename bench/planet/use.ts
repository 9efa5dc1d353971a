import { daysPerMonth, servedRows } from '../../cost/model.ts'
import { type Charge, chargeFor, paidPlanDollars, prices } from '../../cost/prices.ts'
import type { Values } from './inputs.ts'

const daySeconds = 86_400

/** What a month of an edge at Cloudflare uses, in the units of its prices. */
export type CloudUse = {
  readonly requests: number
  readonly cpuMs: number
  readonly objectRequests: number
  readonly objectGigabyteSeconds: number
  readonly rowsWritten: number
  readonly kvReads: number
  readonly kvWrites: number
}

/** The meters of the model: those of `kubedoh cost`, and two that it leaves out. */
const charges: Readonly<Record<keyof CloudUse, Charge>> = {
  requests: prices.workerRequests,
  cpuMs: { included: 30e6, dollars: 0.02, per: 1e6 },
  objectRequests: prices.objectRequests,
  objectGigabyteSeconds: { included: 400_000, dollars: 12.5, per: 1e6 },
  rowsWritten: prices.objectRowsWritten,
  kvReads: prices.kvReads,
  kvWrites: prices.kvWrites,
}

/** A publish sends its blobs and then the root: two requests to the Worker, and two to the object. */
const requestsPerPublish = 2

/** Queries in a second, on average over a day. */
export function queriesPerSecond({ clients, queriesPerClient }: Values): number {
  return (clients * queriesPerClient) / daySeconds
}

/** Publishes of one cluster in a second: changes within the shortest interval share one, with changes at random times. */
export function publishesPerSecond({ changesPerHour, publishSeconds }: Values): number {
  const changes = changesPerHour / 3600
  return changes / (1 + changes * publishSeconds)
}

/** Polls of one cluster's register in a second: one for each place per interval, and never more than there are queries. */
export function pollsPerSecond(values: Values): number {
  const asked = queriesPerSecond(values) / values.clusters
  return Math.min(asked, values.placesPerCluster / values.pollSeconds)
}

/** A month at Cloudflare, with the register as the source of heads and KV as its checkpoint. */
export function cloudUse(values: Values): CloudUse {
  const { clusters, blobsPerPublish, checkpointSeconds, placesPerCluster, objectMs, objectGigabytes } = values
  const month = daySeconds * daysPerMonth
  const publishes = publishesPerSecond(values) * clusters * month
  const polls = pollsPerSecond(values) * clusters * month
  const checkpoints = Math.min(publishes, (clusters * month) / checkpointSeconds)
  const queries = queriesPerSecond(values) * month
  const ingests = requestsPerPublish * publishes
  // A place asks for a new root and its blobs once for each publish that it notices.
  const fetched = Math.min(publishes * placesPerCluster, polls)
  const objectRequests = polls + 2 * fetched + ingests
  return {
    requests: queries + ingests,
    cpuMs: queries * values.workerMs,
    objectRequests,
    objectGigabyteSeconds: (objectRequests * objectMs * objectGigabytes) / 1000,
    rowsWritten: servedRows(
      { publishes, heartbeats: 0, blobs: publishes * blobsPerPublish, requests: ingests },
      {
        ...{ publishes: checkpoints, heartbeats: 0 },
        ...{ blobs: checkpoints * blobsPerPublish, requests: requestsPerPublish * checkpoints },
      },
    ),
    // Blobs older than two minutes: a place reads each once in a while; counted as one a checkpoint.
    kvReads: checkpoints * placesPerCluster,
    kvWrites: checkpoints * (1 + blobsPerPublish),
  }
}

/** The price of a use (US dollars a month), by meter and in total. */
export function dollarsOf(use: CloudUse): { readonly [M in keyof CloudUse | 'total']: number } {
  const each = Object.fromEntries(
    Object.entries(charges).map(([meter, charge]) => [
      meter,
      chargeFor(charge, use[meter as keyof CloudUse]),
    ]),
  ) as Record<keyof CloudUse, number>
  const total = Object.values(each).reduce((sum, dollars) => sum + dollars, paidPlanDollars)
  return { ...each, total }
}

/** Own machines in every place: at least one, or as many as the peak needs at `cpuMs` per query. */
export function ownMachines(
  values: Values,
  cpuMs: number,
): { readonly cores: number; readonly machines: number; readonly dollars: number } {
  const { places, peak, coreUse, coresPerMachine, machineDollars } = values
  const cores = (queriesPerSecond(values) * peak * cpuMs) / 1000 / coreUse
  const perPlace = Math.max(1, Math.ceil(cores / places / coresPerMachine))
  return { cores, machines: perPlace * places, dollars: perPlace * places * machineDollars }
}

/**
 * The age of the oldest change that an answer lacks, as the sum of the waits on its way (s): the bound, and the mean if each wait
 * is uniform. Network times are not included.
 */
export function freshness(values: Values): { readonly mean: number; readonly bound: number } {
  const { publishSeconds, pollSeconds, isolateSeconds, waitSeconds } = values
  const waits = publishSeconds + pollSeconds + isolateSeconds
  return { mean: waits / 2, bound: waits + waitSeconds }
}
