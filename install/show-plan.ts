import type { InstallPlan } from './plan.ts'
import { commandText, type Step } from './step.ts'

/** A plan as lines for people. The contents of files with tokens are not among them. */
export function planLines({ steps, notes }: InstallPlan): string[] {
  return [...steps.flatMap(stepLines), ...notes.map((note) => `note: ${note}`)]
}

function stepLines(step: Step): string[] {
  if (step.kind === 'directory') return [`make directory ${step.path}`]
  if (step.kind === 'command') return step.run ? indented(`run ${commandText(step.run)}`) : []
  const text = step.shown === undefined ? step.text.trimEnd().split('\n') : [`(${step.shown})`]
  return [
    `write ${step.path} (mode ${step.mode.toString(8).padStart(4, '0')})`,
    ...text.map((line) => `    ${line}`.trimEnd()),
  ]
}

function indented(text: string): string[] {
  const [first = '', ...rest] = text.split('\n')
  return [first, ...rest.map((line) => `    ${line}`)]
}
