import { blobKey, rootKey } from '../../snapshot/keys.ts'
import type { Need } from '../../worker/answer/needs.ts'
import type { Edge } from '../../worker/edge.ts'
import type { KvWriter } from '../../worker/ports.ts'
import { knownHash } from '../../worker/reader/shard-hash.ts'
import type { View } from '../../worker/reader/view.ts'
import type { IncomingRoot, Register } from '../../worker/register/register.ts'
import type { Wrong } from './model-error.ts'
import { cluster, type Variant } from './simulation.ts'

/** Possible mistakes in the code, and the rule that the model must report for each. */
export const mistakes: Readonly<
  Record<string, { readonly variant: Variant; readonly wrong: readonly Wrong[] }>
> = {
  'a missing shard is taken from the previous view': {
    variant: { edge: (edge) => withOpen(edge, patchMissing) },
    wrong: ['answer'],
  },
  'an isolate forgets its root': { variant: { amnesia: true }, wrong: ['backwards'] },
  'nothing is given to waitUntil': {
    variant: { tasks: () => ({ waitUntil: () => undefined }) },
    wrong: ['liveness'],
  },
  'what a new root does not use is deleted at once': {
    variant: { register: deleteAtOnce },
    wrong: ['store'],
  },
  'a root is stored although it was refused': {
    variant: { register: storeRefused },
    wrong: ['unaccepted', 'store', 'liveness'],
  },
  'a root is stored although a blob is not there': {
    variant: { register: storeUnchecked },
    wrong: ['store'],
  },
}

type Open = Edge['reader']['open']

function withOpen(edge: Edge, open: (edge: Edge) => Open): Edge {
  return { ...edge, reader: { ...edge.reader, open: open(edge) } }
}

function patchMissing({ reader }: Edge): Open {
  return async (from, needs, tasks) => {
    const blobs = await reader.open(from, needs, tasks)
    if (blobs !== 'missing' || !from.previous) return blobs
    return reader.open(from, inView(from.previous, needs), tasks)
  }
}

function inView(view: View, needs: readonly Need[]): Need[] {
  return needs.map(({ slot }) => ({ slot, hash: knownHash(view, slot) }))
}

function deleteAtOnce(register: Register, kv: KvWriter): Register {
  let before: IncomingRoot | undefined
  return {
    ...register,
    async putRoot(call, root) {
      const answer = await register.putRoot(call, root)
      if (answer.refused) return answer
      const unused = before?.blobs.filter((hash) => !root.blobs.includes(hash)) ?? []
      before = root
      await Promise.allSettled(unused.map((hash) => kv.delete(blobKey(cluster, hash))))
      return answer
    },
  }
}

function storeRefused(register: Register, kv: KvWriter): Register {
  return {
    ...register,
    async putRoot(call, root) {
      const answer = await register.putRoot(call, root)
      if (answer.refused?.code === 'ROOT_OLDER')
        await kv.put(rootKey(cluster), root.jws).catch(() => undefined)
      return answer
    },
  }
}

function storeUnchecked(register: Register, kv: KvWriter): Register {
  return {
    ...register,
    async putRoot(call, root) {
      await kv.put(rootKey(cluster), root.jws).catch(() => undefined)
      return register.putRoot(call, root)
    },
    putBlobs: (call, blobs) => register.putBlobs(call, blobs.slice(1)),
  }
}
