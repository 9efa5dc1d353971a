import { dump } from 'js-yaml'
import { answerText } from '../../conformance/answer.ts'
import type { Listed, Objects } from './api.ts'
import type { Compared } from './compare-all.ts'
import { serviceLabel } from './slices.ts'

/** The data needed to repeat a run. */
export type Standing = {
  readonly seed: number
  readonly round: number
  readonly rounds: number
  readonly pods: string
}

/** How many differences are printed in full. */
const printed = 10

/** One line about a round: pairs, identical ones, and how many came under each row. */
export function roundText({ seed, round, pods }: Standing, compared: readonly Compared[]): string {
  const counts = new Map<string, number>()
  for (const { verdict } of compared) {
    const kind = verdict.kind === 'row' ? verdict.row : verdict.kind === 'same' ? 'identical' : 'mismatches'
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
  const told = [...counts].toSorted(([, one], [, other]) => other - one).map((pair) => pair.join(' '))
  return `seed ${seed}, pods ${pods}, round ${round}: ${compared.length} pairs, ${told.join(', ')}`
}

/** The differences of a round, with all that is needed to investigate: answers, objects, and the command to repeat it. */
export function reproduction(standing: Standing, mismatches: readonly Compared[], objects: Objects): string {
  const { seed, round, rounds, pods } = standing
  const more = mismatches.length - printed
  const size = (mismatch: Compared): number => concerned(mismatch, objects).length
  const smallest = mismatches.toSorted((one, other) => size(one) - size(other))
  return [
    `${mismatches.length} unexplained differences in round ${round} of seed ${seed}, pods ${pods}`,
    ...smallest.slice(0, printed).map((mismatch) => mismatchText(mismatch, objects)),
    ...(more > 0
      ? [
          `and ${more} more: ${mismatches
            .slice(printed, printed + 300)
            .map(questionText)
            .join(', ')}`,
        ]
      : []),
    `repeat with: KUBEDOH_SEED=${seed} KUBEDOH_ROUNDS=${rounds} npm run test:cluster -- differential`,
  ].join('\n\n')
}

function questionText({ question }: Compared): string {
  return `${question.name} ${question.type}`
}

function mismatchText(mismatch: Compared, objects: Objects): string {
  const { verdict, theirs, ours } = mismatch
  const differences = verdict.kind === 'mismatch' ? verdict.differences : []
  return [
    `;; ${questionText(mismatch)}`,
    ...differences.map((difference) => `;; ${difference}`),
    ';; CoreDNS:',
    answerText(theirs),
    ';; kubedoh:',
    answerText(ours),
    ';; objects:',
    concerned(mismatch, objects)
      .map((object) => dump(bare(object)))
      .join('---\n'),
  ].join('\n')
}

/** The namespace, Services and slices that a name, and the names in both answers, can come from. */
export function concerned({ question, theirs, ours }: Compared, objects: Objects): Listed[] {
  const lines = [...theirs.answer, ...ours.answer]
  const names = [question.name, ...lines.map(({ rdata }) => rdata.split(' ').at(-1) ?? '')]
  const places = names.flatMap((name) => {
    const labels = name.toLowerCase().replace(/\.$/, '').split('.')
    const at = labels.lastIndexOf('svc')
    return at > 0 ? [{ namespace: labels[at - 1], service: labels[at - 2] }] : []
  })
  const isPlace = (namespace: string | undefined, service: string | undefined): boolean =>
    places.some((place) => place.namespace === namespace && place.service === service)
  return [
    ...objects.Namespace.filter(({ metadata }) =>
      places.some(({ namespace }) => namespace === metadata.name),
    ),
    ...objects.Service.filter(({ metadata }) => isPlace(metadata.namespace, metadata.name)),
    ...objects.EndpointSlice.filter(({ metadata }) =>
      isPlace(metadata.namespace, metadata.labels?.[serviceLabel]?.toLowerCase()),
    ),
  ]
}

/** An object without the fields that the API server maintains. */
function bare(object: Listed): object {
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata }
}
