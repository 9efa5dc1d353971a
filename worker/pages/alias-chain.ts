import { typeText } from '../../dns/text/mnemonic.ts'
import { type Html, html } from './html.ts'
import type { Sections } from './sections.ts'

/** More records than this are counted, not drawn, and longer ones are cut (characters). */
const maxDrawn = 12
const maxRecord = 120

/**
 * The way from a name over its aliases to its records, drawn as a list: each name is a node, each arrow has the type and
 * the TTL (s) of the record that leads on.
 */
export function aliasChain(name: string, { aliases, records }: Sections): Html | undefined {
  if (aliases.length === 0 && records.length === 0) return undefined
  const [first] = records
  return html`<ol class="chain" aria-label="The way to the answer">
<li><code>${name}</code></li>
${aliases.map(({ target, ttl }) => node('CNAME', ttl, html`<code>${withoutDot(target)}</code>`))}
${first && node(typeText(first.type), first.ttl, recordList(records.map(({ text }) => text)))}
</ol>`
}

function node(type: string, ttl: number, content: Html): Html {
  return html`<li><span class="arrow">${type} <span class="ttl">for ${ttl} s</span></span>${content}</li>\n`
}

function recordList(texts: readonly string[]): Html {
  const drawn = texts.slice(0, maxDrawn).map((text) => html`<code>${shortened(withoutDot(text))}</code>`)
  const left = texts.length - drawn.length
  return html`<span class="records">${drawn}${left > 0 ? html`<span class="more">and ${left} more</span>` : undefined}</span>`
}

function shortened(text: string): string {
  return text.length > maxRecord ? `${text.slice(0, maxRecord - 1)}…` : text
}

/** A name without its final dot; other record texts do not end in one. */
function withoutDot(text: string): string {
  return text.length > 1 && text.endsWith('.') ? text.slice(0, -1) : text
}
