import type { UseNonce } from '../../worker/embedded.ts'
import type { FromWorker, ToWorker } from './messages.ts'
import { createPendingCalls } from './pending-calls.ts'

/** A worker's proxy of the supervisor's record of followers' nonces, and the handler for the answers. */
export type RemoteNonces = {
  readonly useNonce: UseNonce
  /** Handles an answer; ignores other messages. */
  settle(message: ToWorker): void
}

/** Asks the supervisor by message, so that a proof that one worker has seen is refused by all of them. */
export function createRemoteNonces(send: (message: FromWorker) => void): RemoteNonces {
  const calls = createPendingCalls<boolean>()
  return {
    useNonce: (...args) => calls.ask((id) => send({ kind: 'nonce', id, args })),
    settle(message) {
      if (message.kind === 'nonce') calls.take(message.id)?.resolve(message.isNew)
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
