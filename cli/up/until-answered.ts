import { setTimeout as sleep } from 'node:timers/promises'
import { RCODE, TYPE } from '../../dns/code.ts'
import { writeQuery } from '../../dns/message/write-query.ts'
import { nameFromText } from '../../dns/name.ts'
import type { Handler } from '../../host/http/answer.ts'
import { dohPath } from '../../worker/http/doh.ts'
import { dnsMessage } from '../../worker/http/media-types.ts'
import type { Tasks } from '../../worker/ports.ts'

/** Interval between two queries (ms). */
const againMs = 50

/**
 * Resolves to true once the edge answers for a zone, by asking it for the zone's SOA as a client would;
 * to false when the signal aborts first. An edge whose policy rejects the query is ready once its snapshot is in force.
 */
export async function untilAnswered(
  handler: Handler,
  zone: string,
  tasks: Tasks,
  signal: AbortSignal,
): Promise<boolean> {
  const body = writeQuery(nameFromText(zone), TYPE.SOA)
  const headers: Readonly<Record<string, string>> = { 'content-type': dnsMessage }
  while (!signal.aborted) {
    const request = {
      method: 'POST',
      path: dohPath,
      query: '',
      header: (name: string) => headers[name],
      body: async () => body,
    }
    const response = await handler(request, tasks)
    if (response.status === 401) return true
    if (response.body instanceof Uint8Array && ((response.body[3] ?? 0) & 0xf) === RCODE.NOERROR) return true
    await sleep(againMs, undefined, { signal }).catch(() => undefined)
  }
  return false
}
