import { maxLabelBytes } from '../../dns/limits.ts'
import { fold } from '../../dns/name.ts'

const objectName = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/
const visibleWithoutDot = /^[\x21-\x2d\x2f-\x7e]+$/

/**
 * Is this the name of a namespace or service that DNS can ask for? A label in lower case (RFC 1123 §2.1), as
 * the API demands of both. With all names at most 63 bytes, the longest owner (endpoint, service, namespace,
 * 'svc') takes 196 bytes and leaves 59 for the zone.
 */
export function isObjectName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= maxLabelBytes && objectName.test(value)
}

/**
 * A hostname, port name or protocol → the folded label to compare questions with, or undefined when no
 * question can name it: empty, longer than 63 bytes, not visible ASCII, or with a dot, since questions are cut
 * at dots.
 */
export function foldedLabel(text: string): string | undefined {
  return text.length <= maxLabelBytes && visibleWithoutDot.test(text) ? fold(text) : undefined
}
