import { digText, shortText } from '../../dns/text/dig-text.ts'
import { messageJson } from '../../dns/text/message-json.ts'
import type { Answer } from '../answer.ts'
import type { Asked } from '../questions.ts'
import { comparableLines, differingLines, groupAnswers, type SameAnswers } from './compare-answers.ts'

/** How answers are printed: as dig does, as `dig +short` does, or as JSON. */
export type Form = 'dig' | 'short' | 'json'

/** The lines that are equal for answers with equal content or, in the short form, with equal data. */
export function contentLines(answer: Answer, form: Form): string[] {
  return form === 'short' ? shortText(answer.message).toSorted() : comparableLines(answer.message)
}

/** The answers to one question, in groups with equal lines. */
export function sameAnswers(answers: readonly Answer[], form: Form): SameAnswers[] {
  return groupAnswers(answers, (answer) => contentLines(answer, form))
}

/**
 * The answer of one server, or the groups of several servers' answers → lines: the first answer if all are the same,
 * otherwise the differences of each further group to the first. `several`: several servers were asked, which in JSON
 * is a list of answers in any case. `time`: when the answers came, printed before them.
 */
export function outcomeLines(
  question: Asked,
  groups: readonly SameAnswers[],
  form: Form,
  several: boolean,
  time?: string,
): string[] {
  const [first] = groups
  if (!first) return []
  if (form !== 'json')
    return [...(time === undefined ? [] : [`;; WHEN: ${time}`]), ...textLines(question, groups, first, form)]
  const json = several ? comparedJson(groups) : messageJson(first.answers[0].message)
  return [JSON.stringify({ ...(time === undefined ? {} : { time }), ...json })]
}

function textLines(
  question: Asked,
  [, ...others]: readonly SameAnswers[],
  first: SameAnswers,
  form: 'dig' | 'short',
): string[] {
  if (others.length > 0) return differenceLines(question, first, others)
  if (form === 'short') return shortText(first.answers[0].message)
  const [shown, ...same] = first.answers
  return [digText(shown.message, shown), ...same.map(({ server }) => `;; SAME ANSWER: ${server}`)]
}

function comparedJson(groups: readonly SameAnswers[]): Readonly<Record<string, unknown>> {
  return {
    same: groups.length === 1,
    answers: groups.map(({ answers }) => ({
      servers: answers.map(({ server }) => server),
      message: messageJson(answers[0].message),
    })),
  }
}

function differenceLines(question: Asked, first: SameAnswers, others: readonly SameAnswers[]): string[] {
  const servers = ({ answers }: SameAnswers): string => answers.map(({ server }) => server).join(', ')
  return [
    `;; ${question.name} ${question.type}: ${others.length + 1} different answers`,
    ...others.flatMap((other) => [
      `--- ${servers(first)}`,
      `+++ ${servers(other)}`,
      ...differingLines(first.lines, other.lines),
    ]),
  ]
}
