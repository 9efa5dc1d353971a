import { type InputName, inputs, type Values } from './inputs.ts'
import { limitsOf } from './limits.ts'
import {
  cloudUse,
  dollarsOf,
  freshness,
  ownMachines,
  pollsPerSecond,
  publishesPerSecond,
  queriesPerSecond,
} from './use.ts'

const meters = {
  requests: 'requests to Workers',
  cpuMs: 'CPU of Workers, ms',
  objectRequests: 'requests to registers',
  objectGigabyteSeconds: 'time of registers, GB-s',
  rowsWritten: 'rows written',
  kvReads: 'KV reads',
  kvWrites: 'KV writes',
} as const

/** The model's tables, as lines of text. */
export function planetReport(values: Values): string[] {
  return [
    ...section('Inputs', inputRows(values)),
    ...section('Load', loadRows(values)),
    ...section('A month at Cloudflare', cloudRows(values)),
    ...section('The same on own machines, one or more in every place', ownRows(values)),
    ...section('Limits, the most used first; above 1.00 it breaks', limitRows(values)),
  ]
}

function section(title: string, rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  return [title, ...lines.map((line) => `  ${line}`), '']
}

function inputRows(values: Values): string[][] {
  return (Object.keys(inputs) as InputName[]).map((name) => {
    const { unit, what, source } = inputs[name]
    return [name, figure(values[name]), unit, what, source]
  })
}

function loadRows(values: Values): string[][] {
  const { mean, bound } = freshness(values)
  return [
    ['queries a second, mean', figure(queriesPerSecond(values))],
    ['queries a second, peak', figure(queriesPerSecond(values) * values.peak)],
    ['publishes a second, all clusters', figure(publishesPerSecond(values) * values.clusters)],
    ['polls of registers a second, all clusters', figure(pollsPerSecond(values) * values.clusters)],
    ['age of the oldest change missing in an answer, mean (s)', figure(mean)],
    ['the same, bound (s), without network times', figure(bound)],
  ]
}

function cloudRows(values: Values): string[][] {
  const use = cloudUse(values)
  const dollars = dollarsOf(use)
  const rows = (Object.keys(meters) as (keyof typeof meters)[]).map((meter) => [
    meters[meter],
    figure(use[meter]),
    `$${figure(dollars[meter])}`,
  ])
  const each = dollars.total / values.clients
  return [...rows, ['total', '', `$${figure(dollars.total)}`], ['for each client', '', `$${each.toFixed(5)}`]]
}

function ownRows(values: Values): string[][] {
  const row = (name: string, cpuMs: number): string[] => {
    const { cores, machines, dollars } = ownMachines(values, cpuMs)
    return [
      name,
      `${figure(cores)} cores at the peak`,
      `${figure(machines)} machines`,
      `$${figure(dollars)} a month`,
    ]
  }
  return [row('kubedoh on Node', values.nodeMs), row('kubedoh on Bun', values.bunMs)]
}

function limitRows(values: Values): string[][] {
  return limitsOf(values).map(({ what, used, lifts }) => [used.toFixed(2), what, `lifted by: ${lifts}`])
}

function figure(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 1 ? 4 : value < 100 ? 1 : 0 })
}
