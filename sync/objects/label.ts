import { maxLabelBytes } from '../../dns/limits.ts'
import { fold } from '../../dns/name.ts'
import { show } from './fields.ts'

const objectName = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/
const visibleWithoutDot = /^[\x21-\x2d\x2f-\x7e]+$/

/**
 * True if a namespace or Service can have this name in DNS. The name must be one label in lower case (RFC 1123 §2.1),
 * as the API server requires. With all labels at most 63 bytes, the longest owner (endpoint, Service, namespace,
 * 'svc') takes 196 bytes and leaves 59 for the zone.
 */
export function isObjectName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= maxLabelBytes && objectName.test(value)
}

const objectNameRule = 'a DNS label (a to z, 0 to 9 and "-", at most 63 bytes)'
const labelRule = 'a DNS label (visible ASCII without dots, at most 63 bytes)'

/** The reason why a value fails `isObjectName`, to follow the field's name in a message. */
export function objectNameProblem(value: unknown): string {
  return problemOf(value, objectNameRule)
}

/** The reason why a value has no `foldedLabel`, to follow the field's name in a message. */
export function labelProblem(value: unknown): string {
  return problemOf(value, labelRule)
}

/** YAML reads `123` as a number and `no` as a boolean, so such values need quotes. */
function problemOf(value: unknown, rule: string): string {
  const isQuotable = typeof value === 'number' || typeof value === 'boolean'
  return isQuotable
    ? `${show(value)} is a ${typeof value}, not a string; put it in quotes`
    : `${show(value)} is not ${rule}`
}

/**
 * A hostname, port name or protocol → the folded label to compare with questions. Undefined when no question can
 * contain it: it is empty, longer than 63 bytes, not visible ASCII, or has a dot (questions are split at dots).
 */
export function foldedLabel(text: string): string | undefined {
  return text.length <= maxLabelBytes && visibleWithoutDot.test(text) ? fold(text) : undefined
}
