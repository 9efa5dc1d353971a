import type { StoreFacts } from '../edge.ts'
import type { ServingLimits } from '../register/serving-register.ts'

/** The variables of a register that serves. */
export type ServingBindings = {
  /** The least time between two roots that agents are asked to keep (ms). */
  readonly KUBEDOH_PUBLISH_INTERVAL_MS?: string
  /** Unless 'false', isolates read roots and young blobs from the register, and KV gets a checkpoint a minute. */
  readonly KUBEDOH_REGISTER_SERVES?: string
  /** The number of keys a day that are written to KV; '0' is no limit. Without a register that serves, agents are asked to keep to it. */
  readonly KUBEDOH_WRITES_PER_DAY?: string
  /** The rows a day that a register that serves may write; '0' is no limit. It decides how many keys agents may send. */
  readonly KUBEDOH_ROWS_PER_DAY?: string
  /** The reads of the register a day that isolates keep to; '0' is no limit. */
  readonly KUBEDOH_READS_PER_DAY?: string
}

/**
 * The free plan allows 1,000 writes of KV a day, 100,000 rows written, and 100,000 requests to Durable Objects, of which a part
 * is left for agents.
 */
const defaults = { writesPerDay: '1000', rowsPerDay: '100000', readsPerDay: '80000' }

/**
 * The rows that a key costs a register that serves. A publish of three blobs and a root writes 61 over their lives (cost/model.ts), 15
 * for each key. The others are for checkpoints of 1,000 keys a day, with 17 rows each.
 */
const rowsPerKey = 19

/** The interval between two roots that agents are asked to keep (ms): KV allows one write per second to a key. */
const publishIntervalMs = { serving: '2000', kv: '10000' }

/** The limits of a register that serves; undefined if it does not. */
export function readServing(bindings: ServingBindings): ServingLimits | undefined {
  if (bindings.KUBEDOH_REGISTER_SERVES === 'false') return undefined
  return {
    writesPerDay: Number(bindings.KUBEDOH_WRITES_PER_DAY ?? defaults.writesPerDay) || null,
    readsPerDay: Number(bindings.KUBEDOH_READS_PER_DAY ?? defaults.readsPerDay) || null,
  }
}

/** The limits that agents are asked to keep to. */
export function readStoreFacts(bindings: ServingBindings): StoreFacts {
  const serving = readServing(bindings)
  const rows = Number(bindings.KUBEDOH_ROWS_PER_DAY ?? defaults.rowsPerDay)
  const keys = serving
    ? Math.floor(rows / rowsPerKey)
    : Number(bindings.KUBEDOH_WRITES_PER_DAY ?? defaults.writesPerDay)
  const intervalMs = bindings.KUBEDOH_PUBLISH_INTERVAL_MS ?? publishIntervalMs[serving ? 'serving' : 'kv']
  return { kind: 'cloudflare-kv', minPublishIntervalMs: Number(intervalMs), writesPerDay: keys || null }
}
