import { edgeSection } from './edge-section.ts'
import { type Html, html } from './html.ts'
import { lookUpSection } from './look-up-section.ts'
import type { LookedUp } from './looked-up.ts'
import type { PageFacts } from './page-facts.ts'
import { setUpSection } from './set-up-section.ts'

/** The body of the page: how to set up a device, and the look-up. The look-up comes first if a name was asked. */
export function setUpPage(facts: PageFacts, result: LookedUp | undefined): Html {
  const lookUp = lookUpSection(facts, result)
  const setUp = setUpSection(facts)
  return html`<header>
<p class="brand"><svg viewBox="0 0 32 32" aria-hidden="true"><path d="M16 1l13 7.5v15L16 31 3 23.5v-15z"/><path d="M9 16h13m-5-5 5 5-5 5"/></svg>kubedoh</p>
<nav aria-label="On this page"><a href="#set-up">Set up</a><a href="#look-up">Look up</a><a href="#edge">This edge</a></nav>
</header>
<main>
<h1>Cluster names on your device</h1>
<p class="intro">Names such as <code>web.default.svc</code> of a Kubernetes cluster, answered outside of it over HTTPS.</p>
${result ? [lookUp, setUp] : [setUp, lookUp]}
${edgeSection(facts)}
</main>
<p class="visually-hidden" role="status" id="said"></p>`
}
