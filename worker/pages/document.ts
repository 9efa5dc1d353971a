import { documentHeaders } from '../http/document-headers.ts'
import type { DohResponse } from '../http/request.ts'
import { type Html, html, trusted } from './html.ts'
import { script } from './script.ts'
import { style } from './style.ts'

/** A small drawing of an arrow that leaves a hexagon, as the page's icon. Without one, browsers ask for /favicon.ico. */
const icon =
  'data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 viewBox=%220 0 32 32%22%3E%3Cpath fill=%22%231d5fd1%22 d=%22M16 1l13 7.5v15L16 31 3 23.5v-15z%22/%3E%3Cpath fill=%22none%22 stroke=%22%23fff%22 stroke-width=%223%22 d=%22M9 16h13m-5-5 5 5-5 5%22/%3E%3C/svg%3E'

/** The policy's text, made once: it contains the digests of the page's style and script, which never change. */
let policy: string | undefined

/**
 * A page as a response. Browsers run its script and its style and nothing else, load pictures of this edge alone, connect to it
 * alone, and send no Referer, since the address of the page may contain a token. The title must contain none.
 */
export async function documentResponse(title: string, body: Html): Promise<DohResponse> {
  policy ??= await contentPolicy()
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="${trusted(icon)}">
<style>${trusted(style)}</style>
</head>
<body>
${body}
<script>${trusted(script)}</script>
</body>
</html>
`
  return {
    status: 200,
    headers: {
      ...documentHeaders,
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': policy,
      'x-robots-tag': 'noindex',
    },
    body: page.html,
  }
}

async function contentPolicy(): Promise<string> {
  return [
    "default-src 'none'",
    `style-src '${await digestOf(style)}'`,
    `script-src '${await digestOf(script)}'`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

/** The digest of an inline style or script (Content Security Policy Level 3 §2.3.1). */
async function digestOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return `sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}`
}
