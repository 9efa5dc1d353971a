import type { Port } from '../../snapshot/schema.ts'
import { fieldOf, show } from './fields.ts'
import { foldedLabel, labelProblem } from './label.ts'
import type { Reason } from './skipped.ts'

/** Marks an absent port number: no object from a file or the API server contains this value. */
const noNumber = Symbol('no number')

/** Ports with names that are valid in DNS, and the reasons why others cannot be published. */
export type ReducedPorts = { readonly ports: readonly Port[]; readonly reasons: readonly Reason[] }

/**
 * The `ports` of a Service or EndpointSlice → ports with names and protocols folded. An absent name becomes '' and
 * an absent protocol 'tcp', the API's defaults. A port without number (in a slice: "all ports") gets the number 0:
 * its name exists and has addresses but no SRV record (CoreDNS plugin/kubernetes/object/endpoint.go).
 */
export function reducePorts(list: readonly unknown[]): ReducedPorts {
  const ports: Port[] = []
  const reasons: Reason[] = []
  const refuse = (text: string): void => void reasons.push({ cause: 'port', text })
  for (const value of list) {
    const number = fieldOf(value, 'port') ?? noNumber
    const name = nameOf(fieldOf(value, 'name'), '')
    const protocol = nameOf(fieldOf(value, 'protocol'), 'tcp')
    if (number !== noNumber && !isPortNumber(number))
      refuse(
        typeof number === 'string' && isPortNumber(Number(number))
          ? `port ${show(number)} is a string, not a number; remove the quotes`
          : `port ${show(number)} is not a whole number from 1 to 65535`,
      )
    else if (name === undefined) refuse(`port name ${labelProblem(fieldOf(value, 'name'))}`)
    else if (protocol === undefined) refuse(`protocol ${labelProblem(fieldOf(value, 'protocol'))}`)
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
