import type { PolicyPlace } from '../../kube/resources.ts'
import { fieldOf } from '../../objects/fields.ts'
import type { PolicyText } from './read-policy.ts'

/** The texts in the data of a ConfigMap or Secret, by key. */
export type PolicyObject = { readonly data: readonly (readonly [key: string, text: string])[] }

/** A ConfigMap or Secret → its data. The values of a Secret are base64. Never throws. */
export function reducePolicyObject({ kind }: Pick<PolicyPlace, 'kind'>, object: unknown): PolicyObject {
  const data = fieldOf(object, 'data')
  const entries = typeof data === 'object' && data !== null ? Object.entries(data) : []
  const texts = entries.flatMap(([key, value]) => (typeof value === 'string' ? [[key, value] as const] : []))
  return {
    data: texts
      .map(
        ([key, value]) => [key, kind === 'Secret' ? Buffer.from(value, 'base64').toString() : value] as const,
      )
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  }
}

/** The texts of an object: each key is a policy file. An object without keys has a problem instead. */
export function objectTexts({ kind, namespace, name }: PolicyPlace, { data }: PolicyObject): PolicyText[] {
  const where = `${kind} ${namespace}/${name}`
  if (data.length === 0)
    return [{ name: where, problem: 'it has no data; a key such as policy.yaml holds the policy' }]
  return data.map(([key, text]) => ({ name: `${where}, ${key}`, text }))
}
