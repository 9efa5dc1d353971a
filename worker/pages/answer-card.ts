import { rcodeOf } from '../../dns/message/read-message.ts'
import { digText } from '../../dns/text/dig-text.ts'
import { rcodeText } from '../../dns/text/mnemonic.ts'
import { aliasChain } from './alias-chain.ts'
import { copyBox } from './copy-box.ts'
import { durationText } from './duration-text.ts'
import { explain } from './explain.ts'
import { type Html, html } from './html.ts'
import type { Answered, LookedUp } from './looked-up.ts'
import type { PageFacts } from './page-facts.ts'
import { sectionsOf } from './sections.ts'
import { suggestedNames } from './suggestions.ts'

/** The most lines and characters of dig's form on the page, which has to stay small. */
const digLimits = { lines: 50, characters: 6_000 }

/** The result of a look-up: one sentence, then for an answer the way to it, its facts and dig's form. */
export function answerCard(result: LookedUp, facts: PageFacts): Html {
  const { tone, text } = explain(result, facts.hasToken)
  return html`<p class="verdict ${tone}"><span class="mark" aria-hidden="true"></span><span>${text}</span></p>
${suggestions(result, facts)}
${result.kind === 'answered' ? answer(result) : undefined}`
}

function suggestions({ kind, asked }: LookedUp, facts: PageFacts): Html | undefined {
  const names = kind === 'answered' ? suggestedNames(asked.name, facts) : []
  if (names.length === 0) return undefined
  const links = names.map((name) => {
    const query = new URLSearchParams({ name, type: asked.type })
    return html`<li><a href="?${query.toString()}"><code>${name}</code></a></li>`
  })
  return html`<p class="hint">Did you mean a name of a cluster?</p><ul class="hints">${links}</ul>`
}

function answer({ asked, message, place }: Answered): Html {
  const sections = sectionsOf(message)
  const ttls = [...sections.aliases, ...sections.records].map(({ ttl }) => ttl)
  const cluster = place?.cluster
  const age = cluster?.ageSeconds
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Status', rcodeText(rcodeOf(message))],
    ['Cluster', cluster?.id],
    ['Zone', place?.zone],
    ['TTL', ttls.length > 0 ? `${Math.min(...ttls)} s` : undefined],
    [
      'Age of the data',
      cluster && age !== undefined
        ? `${durationText(age)}${cluster.state === 'static' ? ', static' : ''}`
        : undefined,
    ],
  ]
  const shown = facts.flatMap(([title, value]) =>
    value === undefined ? [] : [html`<div><dt>${title}</dt><dd>${value}</dd></div>`],
  )
  return html`${aliasChain(asked.name, sections)}
<dl class="facts">${shown}</dl>
<h3>As <code>dig</code> shows it</h3>
${copyBox(shortened(digText(message)), 'Answer as dig shows it')}`
}

/** The first lines of a long text, and the number of those that are left out. */
function shortened(text: string): string {
  const lines = text.split('\n')
  let characters = 0
  const kept = lines.findIndex((line, at) => {
    characters += line.length + 1
    return at >= digLimits.lines || characters > digLimits.characters
  })
  if (kept < 0) return text
  return `${lines.slice(0, kept).join('\n')}\n;; ${lines.length - kept} more lines are left out here`
}
