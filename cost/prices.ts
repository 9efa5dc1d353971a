/** What Cloudflare counts of an edge and its agents. */
export type Meter =
  | 'kvReads'
  | 'kvWrites'
  | 'kvDeletes'
  | 'kvStored'
  | 'workerRequests'
  | 'objectRequests'
  | 'objectRowsWritten'

/** One line of the price list. */
export type Price = {
  readonly label: string
  /** What the free plan allows: in a day, or of what is stored at all. */
  readonly free: number
  /** What the paid plan's base price includes: in a month, or of what is stored at all. */
  readonly included: number
  /** US dollars for each further `per`: in a month. */
  readonly dollars: number
  readonly per: number
  /** The page of Cloudflare's documentation that says so. */
  readonly source: string
}

const kv = 'developers.cloudflare.com/kv/platform/pricing'
const workers = 'developers.cloudflare.com/workers/platform/pricing'
const objects = 'developers.cloudflare.com/durable-objects/platform/pricing'

const million = 1e6
const gigabyte = 1e9

/** When these prices were read. */
export const pricesOf = '2026-11-23'

/** The base price of the paid plan, US dollars a month. */
export const paidPlanDollars = 5

/** Free plan: operations fail above these. Paid plan: what is above is charged. Worker CPU time is not in it. */
export const prices: Readonly<Record<Meter, Price>> = {
  kvReads: price('KV reads', 100_000, 10 * million, 0.5, kv),
  kvWrites: price('KV writes', 1_000, million, 5, kv),
  kvDeletes: price('KV deletes', 1_000, million, 5, kv),
  kvStored: {
    label: 'KV bytes',
    free: gigabyte,
    included: gigabyte,
    dollars: 0.5,
    per: gigabyte,
    source: kv,
  },
  workerRequests: price('Worker requests', 100_000, 10 * million, 0.3, workers),
  objectRequests: price('Durable Object requests', 100_000, million, 0.15, objects),
  objectRowsWritten: price('Durable Object rows written', 100_000, 50 * million, 1, objects),
}

function price(label: string, free: number, included: number, dollars: number, source: string): Price {
  return { label, free, included, dollars, per: million, source }
}
