import type { Port } from '../../snapshot/schema.ts'
import { fieldOf, show } from './fields.ts'
import { foldedLabel } from './label.ts'

/** What stands for a number that is not there: no object of the API holds it. */
const noNumber = Symbol('no number')

/** Ports that DNS can name, and why others cannot be published. */
export type ReducedPorts = { readonly ports: readonly Port[]; readonly reasons: readonly string[] }

/**
 * The `ports` of a Service or EndpointSlice → ports with names and protocols folded. No name is '', no
 * protocol is 'tcp', as in the API's defaults. A port without number (in a slice: "all ports") has the number 0:
 * its name exists and has addresses, and no SRV record (CoreDNS plugin/kubernetes/object/endpoint.go).
 */
export function reducePorts(list: readonly unknown[]): ReducedPorts {
  const ports: Port[] = []
  const reasons: string[] = []
  for (const value of list) {
    const number = fieldOf(value, 'port') ?? noNumber
    const name = nameOf(fieldOf(value, 'name'), '')
    const protocol = nameOf(fieldOf(value, 'protocol'), 'tcp')
    if (number !== noNumber && !isPortNumber(number))
      reasons.push(`port ${show(number)} is not a number from 1 to 65535`)
    else if (name === undefined) reasons.push(`port name ${show(fieldOf(value, 'name'))} is no DNS label`)
    else if (protocol === undefined)
      reasons.push(`protocol ${show(fieldOf(value, 'protocol'))} is no DNS label`)
    else ports.push([name, protocol, number === noNumber ? 0 : number])
  }
  return { ports, reasons }
}

function nameOf(value: unknown, byDefault: string): string | undefined {
  if (value === undefined || value === null || value === '') return byDefault
  return typeof value === 'string' ? foldedLabel(value) : undefined
}

function isPortNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535
}
