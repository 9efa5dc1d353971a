import type { UseNonce } from '../../worker/embedded.ts'
import type { FromWorker, ToWorker } from './messages.ts'

/** A worker's proxy of the supervisor's record of followers' nonces, and the handler for the answers. */
export type RemoteNonces = {
  readonly useNonce: UseNonce
  /** Handles an answer; ignores other messages. */
  settle(message: ToWorker): void
}

/** Asks the supervisor by message, so that a proof that one worker has seen is refused by all of them. */
export function createRemoteNonces(send: (message: FromWorker) => void): RemoteNonces {
  const waiting = new Map<number, (isNew: boolean) => void>()
  let asked = 0
  return {
    useNonce: (...args) =>
      new Promise((resolve) => {
        const id = ++asked
        waiting.set(id, resolve)
        send({ kind: 'nonce', id, args })
      }),
    settle(message) {
      if (message.kind !== 'nonce') return
      waiting.get(message.id)?.(message.isNew)
      waiting.delete(message.id)
    },
  }
}

/** Answers a worker. If the record fails, the proof counts as used. Never rejects. */
export async function answerNonce(
  useNonce: UseNonce,
  { id, args }: Extract<FromWorker, { kind: 'nonce' }>,
): Promise<ToWorker> {
  return { kind: 'nonce', id, isNew: await useNonce(...args).catch(() => false) }
}
