import type { System } from '../../setup/profiles/profile.ts'
import { commandBox } from './copy-box.ts'
import { type Html, html } from './html.ts'
import type { PageFacts } from './page-facts.ts'
import { systems, systemTitles } from './systems.ts'
import type { Step } from './ways/way.ts'
import { ways } from './ways/ways.ts'

/**
 * A tab for each system with its recommended way first; the tab of the client's system is open. The tabs are radio buttons,
 * so that they work by keyboard and without the script.
 */
export function setUpSection(facts: PageFacts): Html {
  const tabs = systems.map(
    (system) =>
      html`<input type="radio" name="system" id="s-${system}" value="${system}"${
        system === facts.system ? html` checked` : undefined
      }><label for="s-${system}">${systemTitles[system]}</label>\n`,
  )
  return html`<section class="card set-up" id="set-up" aria-labelledby="set-up-title">
<h2 id="set-up-title">Set up a device</h2>
<fieldset class="tabs"><legend>Your system</legend>${tabs}</fieldset>
${systems.map((system) => panel(system, facts))}
${facts.downloads.length > 0 ? fileList(facts.downloads) : undefined}
</section>`
}

function panel(system: System, facts: PageFacts): Html {
  const { title, isRecommended, lead, steps, undo, vpn, notes } = ways[system](facts)
  return html`<div class="panel on-${system}" id="p-${system}">
<h3>${title}${isRecommended ? html` <span class="badge">Recommended</span>` : undefined}</h3>
<p class="lead">${lead}</p>
${phoneCode(system, facts)}<ol class="steps">${steps.map((each, at) => html`<li>${step(each, `Step ${at + 1} for ${systemTitles[system]}`)}</li>`)}</ol>
${notes.length > 0 ? html`<ul class="notes">${notes.map((note) => html`<li>${note}</li>`)}</ul>` : undefined}
<div class="pair"><div><h4>With a VPN</h4><p>${vpn}</p></div>
<div><h4>To undo it</h4>${step(undo, `Undo for ${systemTitles[system]}`)}</div></div>
</div>
`
}

/** On another device than a phone, the panel of a phone has a code with the page's address for its camera. */
function phoneCode(system: System, { system: own, downloads }: PageFacts): Html | undefined {
  const phones: readonly System[] = ['ios', 'android']
  const code = downloads.find(({ id }) => id === 'qr')
  if (!code || !phones.includes(system) || phones.includes(own)) return undefined
  return html`<figure class="phone"><img src="${code.href}" alt="QR code with the address of this page" width="180" height="180" loading="lazy">
<figcaption>To open this page on the phone, point its camera at the code. ${code.limits.join(' ')}</figcaption></figure>
`
}

function step({ text, code }: Step, label: string): Html {
  return html`<p>${text}</p>${code === undefined ? undefined : commandBox(code, label)}`
}

/** The files of all systems. The style shows those of the tab that is open. */
function fileList(files: PageFacts['downloads']): Html {
  const items = files.map(
    ({ href, fileName, systems: fit, title, does, install, undo, limits }) =>
      html`<li class="${onlyOn(fit)}"><a href="${href}" download="${fileName}">${title}</a><p>${prose(does)}</p>
<details><summary>Before you install it</summary><p>${prose([install, ...limits].join(' '))}</p><p>${prose(undo)}</p></details></li>`,
  )
  const all = systems.filter((system) => files.some((file) => file.systems.includes(system)))
  return html`<div class="others ${onlyOn(all)}"><h3>Other ways, as files</h3><ul class="files">${items}</ul></div>`
}

function onlyOn(some: readonly System[]): string {
  return some.map((system) => `on-${system}`).join(' ')
}

/** A text with commands between backticks. */
function prose(text: string): Html {
  const parts = text.split('`').map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : part))
  return html`${parts}`
}
