import { type Html, html } from './html.ts'

/**
 * A text to copy, with a button that the page's script shows: without the script it could do nothing. The box can be
 * scrolled by keyboard; `label` names it for screen readers.
 */
export function copyBox(text: string, label: string): Html {
  return box(html`${text}`, label)
}

/** The same for a command. Its lines break between words only, and not behind the hyphens of an option. */
export function commandBox(command: string, label: string): Html {
  const words = command.split(/(\s+)/)
  return box(
    html`${words.map((word, at) => (at % 2 ? word : html`<span class="word">${word}</span>`))}`,
    label,
  )
}

function box(text: Html, label: string): Html {
  return html`<div class="copy-box"><pre tabindex="0" role="region" aria-label="${label}"><code>${text}</code></pre><button type="button" class="copy" aria-label="Copy: ${label}">Copy</button></div>`
}
