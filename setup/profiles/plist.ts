/** A value of a property list, as far as profiles have them. */
export type PlistValue = string | number | boolean | readonly PlistValue[] | PlistDictionary
export type PlistDictionary = { readonly [key: string]: PlistValue }

const head = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">`

/**
 * A property list as XML (plist(5)). Numbers are written as integers. A small writer, since the edge makes profiles too and
 * its size matters.
 */
export function plistText(value: PlistDictionary): string {
  return `${[head, ...valueLines(value, ''), '</plist>'].join('\n')}\n`
}

function valueLines(value: PlistValue, indent: string): string[] {
  if (typeof value === 'string') return [`${indent}<string>${escaped(value)}</string>`]
  if (typeof value === 'number') return [`${indent}<integer>${value}</integer>`]
  if (typeof value === 'boolean') return [`${indent}<${value}/>`]
  const inner = `${indent}  `
  if (isArray(value))
    return [`${indent}<array>`, ...value.flatMap((item) => valueLines(item, inner)), `${indent}</array>`]
  const lines = Object.entries(value).flatMap(([key, item]) => [
    `${inner}<key>${escaped(key)}</key>`,
    ...valueLines(item, inner),
  ])
  return [`${indent}<dict>`, ...lines, `${indent}</dict>`]
}

function isArray(value: PlistValue): value is readonly PlistValue[] {
  return Array.isArray(value)
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
