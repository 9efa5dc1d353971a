import assert from 'node:assert/strict'
import { test } from 'node:test'
import { html, trusted } from './html.ts'

test('texts are escaped, HTML is not, lists are joined, and undefined is nothing', () => {
  const hostile = `<script>"'&</script>`
  const escaped = '&lt;script&gt;&quot;&#39;&amp;&lt;/script&gt;'
  assert.equal(html`<p title="${hostile}">${hostile}</p>`.html, `<p title="${escaped}">${escaped}</p>`)
  assert.equal(html`${html`<b>${1}</b>`}${trusted('<i>')}${undefined}`.html, '<b>1</b><i>')
  assert.equal(html`<ul>${['<a>', html`<li>`, ['b']]}</ul>`.html, '<ul>&lt;a&gt;<li>b</ul>')
  assert.equal(html`plain`.html, 'plain')
})
