import assert from 'node:assert/strict'
import { decodeBlob } from '../../snapshot/decode.ts'
import { encodePolicyHead, encodeTokenShard } from '../../snapshot/policy/encode.ts'
import { buildPolicy } from '../../sync/policy/build.ts'
import { editPolicy } from '../../sync/policy/edit.ts'
import { PolicyError } from '../../sync/policy/faults.ts'
import { parsePolicy } from '../../sync/policy/parse.ts'
import type { Policy } from '../../sync/policy/policy.ts'
import { mutateBytes } from './mutate.ts'
import type { Target } from './target.ts'

const hex = (digit: string): string => digit.repeat(64)
const sample = `# people
version: 1
tokens:
  # a laptop
  - name: alice
    sha256: ${hex('a')}
    namespaces: [dev, staging]   # two
    expires: 2027-03-01T00:00:00Z
  - {name: bob, sha256: '${hex('b')}', namespaceLabels: "team=a"}
  -
    name: "carol"
    sha256: ${hex('c')}
    all: true
    doors: [dot]
minting:
- name: ci
  key: L8hDnPMvWh3dpeX_rTbmZeXgXAAGtKwpqzC6SOYmNmo
  namespaces: [ci]
  maxLifetime: 1h
networks:
  - cidr: 10.0.0.0/8
    all: true
anonymous:
  namespaces: [public]
`
const pieces = [
  ...sample.split(/(?<=\n)/),
  '&a ',
  '*a',
  '---\n',
  '? ',
  '|\n',
  '>-\n',
  '\r\n',
  '\t',
  '{',
  '}',
  '[',
  ']',
  '#',
]

/** Policy files: read, built into blobs, and edited. */
export const policyTarget: Target = {
  name: 'policies',
  what: 'policy files, read, built into blobs, and edited in place',
  async open() {
    return {
      draw: (random) => {
        let text = sample
        for (let changes = random.between(1, 4); changes > 0; changes--)
          text = mutateBytes(text, random, pieces)
        return { text, index: String(random.between(0, 3)) }
      },
      async check({ text = '', index = '0' }) {
        const outcome = await parsePolicy(text)
        if ('faults' in outcome) {
          assert.ok(outcome.faults.length > 0)
          for (const { line } of outcome.faults) assert.ok(line >= 1 && line <= text.length + 1)
          return
        }
        checkBlobs(outcome.policy)
        await checkEdits(text, outcome.policy, Number(index))
      },
    }
  },
}

/** A policy that was read can be published. */
function checkBlobs(policy: Policy): void {
  const { head, tokens } = buildPolicy(policy, (selector) =>
    selector.kind === 'namespaces' ? selector.names : selector.kind === 'all' ? 'all' : ['a', 'b'],
  )
  assert.deepEqual(decodeBlob(encodePolicyHead(head)), head)
  const shard = decodeBlob(encodeTokenShard(tokens))
  assert.ok(shard.kind === 'tokens' && shard.tokens.size === policy.tokens.length)
}

/** An edit changes what it says and nothing else, or is refused. */
async function checkEdits(text: string, policy: Policy, index: number): Promise<void> {
  const edited = async (change: Parameters<typeof editPolicy>[2]): Promise<Policy | undefined> => {
    try {
      const outcome = await parsePolicy(await editPolicy('file', text, change))
      assert.ok('policy' in outcome)
      return outcome.policy
    } catch (error) {
      if (error instanceof PolicyError) return undefined
      throw error
    }
  }
  const fields = { name: 'dave', sha256: hex('d'), all: true }
  const added = await edited(() => [{ kind: 'add', list: 'tokens', fields }])
  if (added) assert.deepEqual({ ...added, tokens: added.tokens.slice(0, -1) }, policy)
  if (index >= policy.tokens.length) return
  const removed = await edited(() => [{ kind: 'remove', list: 'tokens', indexes: [index] }])
  if (removed) assert.deepEqual(removed, { ...policy, tokens: policy.tokens.filter((_, at) => at !== index) })
}
