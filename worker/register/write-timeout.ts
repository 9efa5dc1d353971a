import { type Clock, within } from '../clock.ts'
import type { KvWriter } from '../ports.ts'

/** A write of the store that takes longer than this, in ms, counts as failed. */
const writeDeadlineMs = 10_000

/** The same store, none of whose writes takes longer than a deadline: one that hangs must not hold the next call up. */
export function boundedWriter(kv: KvWriter, clock: Clock): KvWriter {
  const bounded = async (write: Promise<void>): Promise<void> => {
    const late = await within(
      write.then(() => false),
      writeDeadlineMs,
      true,
      clock,
    )
    if (late) throw new Error(`the store did not take a write within ${writeDeadlineMs} ms`)
  }
  return {
    put: (key, value) => bounded(kv.put(key, value)),
    delete: (key) => bounded(kv.delete(key)),
  }
}
