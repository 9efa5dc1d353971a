import type { ServingLimits } from '../register/serving-register.ts'

/** The variables of a register that serves. */
export type ServingBindings = {
  /** 'true': isolates read roots and young blobs from the register, and KV gets a checkpoint a minute. */
  readonly KUBEDOH_REGISTER_SERVES?: string
  /** The number of keys a day that are written to KV; '0' is no limit. Without a register that serves, agents are asked to keep to it. */
  readonly KUBEDOH_WRITES_PER_DAY?: string
  /** The reads of the register a day that isolates keep to; '0' is no limit. */
  readonly KUBEDOH_READS_PER_DAY?: string
}

/**
 * The free plan allows 1,000 writes of KV a day, and 100,000 requests to Durable Objects, of which a part is left for agents.
 */
const defaults = { writesPerDay: '1000', readsPerDay: '80000' }

/** The limits of a register that serves; undefined if it does not. */
export function readServing(bindings: ServingBindings): ServingLimits | undefined {
  if (bindings.KUBEDOH_REGISTER_SERVES !== 'true') return undefined
  return {
    writesPerDay: Number(bindings.KUBEDOH_WRITES_PER_DAY ?? defaults.writesPerDay) || null,
    readsPerDay: Number(bindings.KUBEDOH_READS_PER_DAY ?? defaults.readsPerDay) || null,
  }
}
