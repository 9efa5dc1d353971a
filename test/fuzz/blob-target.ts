import assert from 'node:assert/strict'
import { hashBlob } from '../../snapshot/blob.ts'
import { blobKey, rootKey } from '../../snapshot/keys.ts'
import { signRoot } from '../../snapshot/root.ts'
import type { Root } from '../../snapshot/schema.ts'
import { rootOf, type TestEdge, testKey } from '../../worker/edge.case.ts'
import { sampleObjects } from '../../worker/sample.case.ts'
import { digAt, snapshotOf } from '../dig.ts'
import { mutateBytes, mutateJson } from './mutate.ts'
import { askedNames, sampleEdge } from './query-target.ts'
import type { Target } from './target.ts'

/** Blobs in the store: with the hash of other bytes, or listed in a root that was signed with the agent's key. */
export const blobTarget: Target = {
  name: 'blobs',
  what: 'shards in the store: under the hash of others, or under their own',
  async open() {
    const at = await sampleEdge()
    const { content, blobs } = await snapshotOf({ objects: sampleObjects })
    const root = rootOf(content)
    // In the order of hashing.
    const hashes = [...blobs.keys()].toSorted()
    const texts = [...blobs.values()].toSorted()
    const questions = [...askedNames.map((name) => `${name} PTR`), ...sampleObjects.flatMap(questionsOf)]
    const told = async (edge: TestEdge, asked: readonly string[]): Promise<string[]> => {
      const { ask } = await digAt(edge)
      const answers: string[] = []
      for (const question of asked) {
        const { rcode, ...sections } = await ask(question).read()
        answers.push([rcode, ...sections.answers.toSorted(), ...sections.additional.toSorted()].join('\n'))
      }
      return answers
    }
    const known = await told(at, questions)
    const genuine = new Map(questions.map((question, index) => [question, known[index]]))
    return {
      draw(random) {
        const hash = random.pick(hashes)
        const text = blobs.get(hash) ?? ''
        const blob = random.chance(0.1)
          ? mutateBytes(text, random, texts)
          : JSON.stringify(mutateJson(JSON.parse(text), random))
        const asked = Array.from({ length: 20 }, () => random.pick(questions))
        return {
          hash,
          blob,
          asked: asked.join('\n'),
          ...(random.chance(0.2) && { 'under the hash of others': '1' }),
        }
      },
      async check({ hash = '', blob = '', asked = '', ...rest }) {
        const isForged = 'under the hash of others' in rest
        const own = await hashBlob(blob)
        const { entries } = at.kv
        entries.clear()
        for (const [key, text] of blobs) entries.set(blobKey('test', key), text)
        entries.set(blobKey('test', isForged ? hash : own), blob)
        entries.set(rootKey('test'), await signRoot(isForged ? root : renamed(root, hash, own), testKey))
        at.warnings.length = 0
        const some = asked.split('\n').filter((question) => genuine.has(question))
        for (const [index, answer] of (await told(at.restarted(), some)).entries()) {
          const question = some[index] ?? ''
          if (isForged && answer !== 'SERVFAIL') assert.equal(answer, genuine.get(question), question)
        }
      },
    }
  },
}

function questionsOf({ metadata }: (typeof sampleObjects)[number]): string[] {
  const { name, namespace } = metadata as { name: string; namespace?: string }
  if (namespace === undefined) return [`${name}.svc.cluster.local A`]
  const service = `${name}.${namespace}.svc.cluster.local`
  return [`${service} A`, `${service} SRV`, `x.${service} AAAA`]
}

function renamed(root: Root, from: string, to: string): Root {
  return JSON.parse(JSON.stringify(root).replaceAll(from, to)) as Root
}
