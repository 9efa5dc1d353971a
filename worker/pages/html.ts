/** Text that is HTML: constants of this room, and everything that `html` has escaped. */
export type Html = { readonly html: string }

/** What a template may contain. Texts and numbers are escaped; nothing is written for undefined. */
export type Part = Html | string | number | undefined | readonly Part[]

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** A template of HTML. Names, tokens and all other texts in it are escaped, for content and for quoted attributes. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { html: texts.reduce((whole, text, at) => whole + write(parts[at - 1]) + text) }
}

/** A text that is HTML already. Only for constants: it is not escaped. */
export function trusted(text: string): Html {
  return { html: text }
}

function write(part: Part): string {
  if (part === undefined) return ''
  if (typeof part === 'number') return String(part)
  if (typeof part === 'string') return part.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '')
  return 'html' in part ? part.html : part.map(write).join('')
}
