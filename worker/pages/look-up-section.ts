import { answerCard } from './answer-card.ts'
import { type Html, html } from './html.ts'
import type { LookedUp } from './looked-up.ts'
import { firstZone, type PageFacts } from './page-facts.ts'

/** The types in the form, the usual one first. */
const types = ['A', 'AAAA', 'SRV', 'CNAME', 'PTR', 'TXT', 'HTTPS', 'SOA', 'NS'] as const

/**
 * The form that looks up a name, and the result of one. The form works without the script, by loading the page again. The
 * script reads `data-names` (the URL that completes names) and replaces the content of `#answer`.
 */
export function lookUpSection(facts: PageFacts, result: LookedUp | undefined): Html {
  const name = result?.asked.name ?? ''
  const type = result?.asked.type ?? 'A'
  const listed: readonly string[] = types
  const options = [...(listed.includes(type) ? [] : [type]), ...types].map(
    (each) => html`<option${each === type ? html` selected` : undefined}>${each}</option>`,
  )
  const names = facts.namesPath === undefined ? undefined : html` data-names="${facts.namesPath}"`
  return html`<section class="card" id="look-up" aria-labelledby="look-up-title">
<h2 id="look-up-title">Look up a name</h2>
<p class="lead">Ask this edge, and see what your programs will get. An IP address gives its name.</p>
<form class="ask" method="get"${names}>
<div class="field name"><label for="name">Name or address</label>
<input id="name" name="name" type="text" value="${name}" required maxlength="260" placeholder="web.default.svc.${firstZone(facts)}" autocomplete="off" autocapitalize="none" autocorrect="off" spellcheck="false" enterkeyhint="search">
<ul id="names" role="listbox" aria-label="Names" hidden></ul></div>
<div class="field"><label for="type">Type</label>
<select id="type" name="type">${options}</select></div>
<button type="submit">Look up</button>
</form>
<div id="answer" aria-live="polite">${result && answerCard(result, facts)}</div>
</section>`
}
