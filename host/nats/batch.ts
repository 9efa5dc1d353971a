import { createInbox, type NatsConnection } from '@nats-io/transport-node'
import type { Stored } from './records.ts'

/** The messages of a batch, and the last sequence that the server that gave them had. */
export type Batch = { readonly messages: readonly Stored[]; readonly upTo: number }

/**
 * Asks any server with a copy of a stream for several messages in one direct read (ADR-31). All of them are of one moment. Rejects if
 * the answer is not complete in time.
 */
export function readBatch(
  nats: NatsConnection,
  stream: string,
  request: object,
  timeoutMs: number,
): Promise<Batch> {
  const { promise, resolve, reject } = Promise.withResolvers<Batch>()
  const messages: Stored[] = []
  const inbox = createInbox()
  const timer = setTimeout(() => reject(new Error('a read of several keys took too long')), timeoutMs)
  const subscription = nats.subscribe(inbox, {
    callback(error, message) {
      if (error) return reject(error)
      const { headers } = message
      const code = headers?.code ?? 0
      if (code === 0)
        messages.push({
          subject: headers?.get('Nats-Subject') ?? '',
          sequence: Number(headers?.get('Nats-Sequence')),
          text: message.string(),
        })
      else if (code === endOfBatch)
        resolve({ messages, upTo: Number(headers?.get('Nats-UpTo-Sequence') || 0) })
      else if (code === nothingFound) resolve({ messages, upTo: 0 })
      else reject(new Error(`the store refuses a read: ${code} ${headers?.description ?? ''}`))
    },
  })
  nats.publish(`$JS.API.DIRECT.GET.${stream}`, JSON.stringify(request), { reply: inbox })
  return promise.finally(() => {
    clearTimeout(timer)
    subscription.unsubscribe()
  })
}

const [endOfBatch, nothingFound] = [204, 404]
