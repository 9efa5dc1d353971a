/** The quantities that Cloudflare meters for an edge and its agents. */
export type Meter =
  | 'kvReads'
  | 'kvWrites'
  | 'kvDeletes'
  | 'kvStored'
  | 'workerRequests'
  | 'objectRequests'
  | 'objectRowsWritten'
  | 'objectRowsRead'
  | 'objectGigabyteSeconds'

/** What the paid plan includes of a meter, and the price of more. */
export type Charge = {
  /** The amount included in the paid plan's base price: per month, or in total for stored bytes. */
  readonly included: number
  /** US dollars for each further `per` in a month. */
  readonly dollars: number
  readonly per: number
}

/** The price of one meter. */
export type Price = Charge & {
  readonly label: string
  /** The limit of the free plan: per day, or in total for stored bytes. */
  readonly free: number
  /** The page of Cloudflare's documentation with this price. */
  readonly source: string
}

const kv = 'developers.cloudflare.com/kv/platform/pricing'
const workers = 'developers.cloudflare.com/workers/platform/pricing'
const objects = 'developers.cloudflare.com/durable-objects/platform/pricing'

const million = 1e6
const gigabyte = 1e9

/** The date when these prices were looked up. */
export const pricesOf = '2026-11-23'

/** The base price of the paid plan (US dollars a month). */
export const paidPlanDollars = 5

/** On the free plan, operations above the limit fail; on the paid plan they are charged. Worker CPU time is left out. */
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
  objectRowsRead: price('Durable Object rows read', 5 * million, 25_000 * million, 0.001, objects),
  objectGigabyteSeconds: price('Durable Object GB-s', 13_000, 400_000, 12.5, objects),
}

/** The charge for an amount in a month above the included one (US dollars). */
export function chargeFor({ included, dollars, per }: Charge, amount: number): number {
  return (Math.max(0, amount - included) / per) * dollars
}

function price(label: string, free: number, included: number, dollars: number, source: string): Price {
  return { label, free, included, dollars, per: million, source }
}
