import { type Clock, within } from '../clock.ts'
import type { KvWriter } from '../ports.ts'

/** The deadline of one write to the store (ms). */
const writeDeadlineMs = 10_000

/** The same store, with writes that reject at the deadline: a hanging write must not block the register's next call. */
export function boundedWriter(kv: KvWriter, clock: Clock): KvWriter {
  const bounded = async (write: Promise<void>): Promise<void> => {
    const late = await within(
      write.then(() => false),
      writeDeadlineMs,
      true,
      clock,
    )
    if (late) throw new Error(`a write to the store did not finish within ${writeDeadlineMs} ms`)
  }
  return {
    put: (key, value) => bounded(kv.put(key, value)),
    delete: (key) => bounded(kv.delete(key)),
  }
}
