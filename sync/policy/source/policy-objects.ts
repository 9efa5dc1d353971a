import { type ReflectorPorts, startReflector } from '../../kube/reflector.ts'
import { type PolicyPlace, policyResource } from '../../kube/resources.ts'
import { objectTexts, type PolicyObject, reducePolicyObject } from './object-texts.ts'
import type { PolicyIntake, PolicySource } from './policy-source.ts'
import type { PolicyText } from './read-policy.ts'

/** An object as it is known: with its texts, or why they are not known; undefined before it was listed. */
type Known = PolicyObject | { readonly problem: string } | undefined

/**
 * Watches ConfigMaps and Secrets until the signal aborts, each by a watch on that one object. An object that does not
 * exist, or cannot be read at the start, makes the policy broken. An object that can no longer be watched keeps its
 * last state.
 */
export function watchPolicyObjects(
  places: readonly PolicyPlace[],
  intake: PolicyIntake,
  ports: Omit<ReflectorPorts, 'changed'>,
): PolicySource {
  const known: Known[] = places.map(() => undefined)
  const update = (): void => {
    if (known.some((each) => each === undefined)) return
    void intake.take(places.flatMap((place, index) => textsOf(place, known[index])))
  }
  const reflectors = places.map((place, index) => {
    const set = (next: Exclude<Known, undefined>): boolean => {
      const isNew = JSON.stringify(known[index]) !== JSON.stringify(next)
      known[index] = next
      return isNew
    }
    const absent = { problem: 'it does not exist' }
    const sink = {
      reduce: (object: unknown) => reducePolicyObject(place, object),
      replace: ([object]: readonly PolicyObject[]) => set(object ?? absent),
      upsert: (object: PolicyObject) => set(object),
      remove: () => set(absent),
    }
    const notify: ReflectorPorts['notify'] = (event) => {
      ports.notify?.(event)
      if (event.kind !== 'interrupted' || known[index] !== undefined) return
      set({ problem: `it cannot be read (${event.code})` })
      update()
    }
    return startReflector(policyResource(place), sink, { ...ports, notify, changed: update })
  })
  return { ...intake, done: Promise.all(reflectors.map(({ done }) => done)).then(() => undefined) }
}

function textsOf(place: PolicyPlace, known: Known): PolicyText[] {
  if (known === undefined) return []
  return 'problem' in known ? [{ name: nameOf(place), problem: known.problem }] : objectTexts(place, known)
}

function nameOf({ kind, namespace, name }: PolicyPlace): string {
  return `${kind} ${namespace}/${name}`
}
