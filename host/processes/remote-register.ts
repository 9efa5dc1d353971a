import type { Register, RegisterOutcome } from '../../worker/register/register.ts'
import type { FromWorker, RegisterArguments, RegisterMethod, ToWorker } from './messages.ts'
import { createPendingCalls } from './pending-calls.ts'

/** A worker's proxy of the supervisor's register, and the handler for the answers. */
export type RemoteRegister = {
  readonly register: Register
  /** Handles an answer; ignores other messages. */
  settle(message: ToWorker): void
}

/** A register that sends its calls as messages. A call rejects when the supervisor's register fails. */
export function createRemoteRegister(send: (message: FromWorker) => void): RemoteRegister {
  const calls = createPendingCalls<RegisterOutcome>()
  const call = (method: RegisterMethod, ...args: RegisterArguments): Promise<RegisterOutcome> =>
    calls.ask((id) => send({ kind: 'call', id, method, args }))
  return {
    register: {
      state: (...args) => call('state', ...args),
      putBlobs: (...args) => call('putBlobs', ...args),
      putBuckets: (...args) => call('putBuckets', ...args),
      putRoot: (...args) => call('putRoot', ...args),
      note: (...args) => call('note', ...args),
    },
    settle(message) {
      if (message.kind !== 'answer' && message.kind !== 'failed') return
      const answer = calls.take(message.id)
      if (message.kind === 'answer') answer?.resolve(message.answer)
      else answer?.reject(new Error(message.reason))
    },
  }
}

/** Executes a worker's call on the register and returns the message with its answer. Never rejects. */
export async function answerCall(
  register: Register,
  { id, method, args }: Extract<FromWorker, { kind: 'call' }>,
): Promise<ToWorker> {
  try {
    const act = register[method] as (...values: RegisterArguments) => Promise<RegisterOutcome>
    return { kind: 'answer', id, answer: await act(...args) }
  } catch (error) {
    return { kind: 'failed', id, reason: String(error) }
  }
}
