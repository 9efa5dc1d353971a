import type { Facts } from './facts.ts'
import type { Ports } from './ports.ts'

/** ok: as it should be; note: worth knowing, nothing to repair; problem: to be repaired; skipped: not looked at. */
export type State = 'ok' | 'note' | 'problem' | 'skipped'

/** One possible result of a check. Words in braces stand for values: 'The host {host} has no address.' */
export type Template = { readonly state: State; readonly text: string; readonly remedy?: string }

/** The result of a check: one line for people, with the same fields in JSON. */
export type Finding = {
  /** The check's id. */
  readonly check: string
  /** The id of the result among those of the check. */
  readonly finding: string
  readonly state: State
  readonly text: string
  /** What to do about it. */
  readonly remedy?: string
}

/** A finding, and the facts that later checks may use. */
export type Outcome = { readonly finding: Finding; readonly learned: Partial<Facts> }

/** One step of the walk. */
export type Check = {
  readonly id: string
  /** What it looks at, in a few words. */
  readonly title: string
  /** The checks without which it cannot run: it is skipped unless each of them is ok or a note. */
  readonly needs: readonly string[]
  /** Every result that it can have, by id. */
  readonly findings: Readonly<Record<string, Template>>
  run(facts: Facts, ports: Ports): Promise<Outcome>
}

type Word<T> = T extends `${string}{${infer W}}${infer Rest}` ? W | Word<Rest> : never
type RemedyOf<R> = R extends { readonly remedy: infer M } ? M : never
type ValuesOf<R extends Template> = { readonly [W in Word<R['text']> | Word<RemedyOf<R>>]: string | number }

/** Makes the outcome of a check from one of its findings, the values of its words, and facts. */
export type Found<T extends Readonly<Record<string, Template>>> = <I extends keyof T & string>(
  finding: I,
  values: ValuesOf<T[I]>,
  learned?: Partial<Facts>,
) => Outcome

/** Declares a check: `run` reports by `found`, which accepts its findings only, each with the values of its words. */
export function defineCheck<const T extends Readonly<Record<string, Template>>>(given: {
  readonly id: string
  readonly title: string
  readonly needs: readonly string[]
  readonly findings: T
  run(facts: Facts, ports: Ports, found: Found<T>): Outcome | Promise<Outcome>
}): Check {
  const { id, title, needs, findings } = given
  const found: Found<T> = (finding, values, learned = {}) => {
    // The declared type, since that of a single row lacks a remedy that the row does not have.
    const template: Template | undefined = findings[finding]
    if (!template) throw new TypeError(`the check ${id} has no finding ${finding}`)
    return { finding: fillTemplate(id, finding, template, values), learned }
  }
  return { id, title, needs, findings, run: async (facts, ports) => given.run(facts, ports, found) }
}

/** A template and the values of its words → the finding. Throws TypeError when a value is missing. */
export function fillTemplate(
  check: string,
  finding: string,
  { state, text, remedy }: Template,
  values: Readonly<Record<string, string | number>>,
): Finding {
  const fill = (template: string): string =>
    template.replace(/\{(\w+)\}/g, (_, word: string) => {
      const value = values[word]
      if (value === undefined)
        throw new TypeError(`the finding ${check}.${finding} needs a value for ${word}`)
      return String(value)
    })
  return {
    check,
    finding,
    state,
    text: fill(text),
    ...(remedy === undefined ? {} : { remedy: fill(remedy) }),
  }
}
