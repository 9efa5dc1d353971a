/** Calls to another process whose answers have not come yet. Each has an ID, by which its answer finds it. */
export type PendingCalls<T> = {
  /** Sends a call under a new ID. Resolves or rejects as its answer says. */
  ask(send: (id: number) => void): Promise<T>
  /** Takes out the call with this ID, to be settled; undefined if there is none. */
  take(id: number): Pick<PromiseWithResolvers<T>, 'resolve' | 'reject'> | undefined
}

/** No calls yet. */
export function createPendingCalls<T>(): PendingCalls<T> {
  const waiting = new Map<number, PromiseWithResolvers<T>>()
  let calls = 0
  return {
    ask(send) {
      const answer = Promise.withResolvers<T>()
      const id = ++calls
      waiting.set(id, answer)
      send(id)
      return answer.promise
    },
    take(id) {
      const answer = waiting.get(id)
      waiting.delete(id)
      return answer
    },
  }
}
