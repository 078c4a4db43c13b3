import { noteOnSession, verdict } from './attack.ts'
import type { AttackContext, AttackResult } from './attack.ts'
import { bearerIn, readEcho } from './read-echo.ts'

/** An API path that redirects is used to carry the header to a place that shows it. */
export async function redirectExfiltration(context: AttackContext): Promise<AttackResult> {
  const { apiOrigin, asOrigin } = context
  const notes: string[] = [...noteOnSession(context)]
  const found: string[] = []
  const elsewhere = `${new URL(apiOrigin).protocol}//127.0.0.1:${new URL(apiOrigin).port}`
  const targets = [
    `${apiOrigin}/debug/headers`,
    '/debug/headers',
    `${elsewhere}/debug/headers`,
    `${asOrigin}/debug/headers`,
    `${apiOrigin}/v1/redirect?to=${encodeURIComponent(`${apiOrigin}/debug/headers`)}`,
    `${apiOrigin}/v1/redirect?to=${encodeURIComponent(`${elsewhere}/debug/headers`)}`,
    `${elsewhere}/v1/redirect?to=${encodeURIComponent(`${apiOrigin}/debug/headers`)}`,
  ]
  const inits: readonly RequestInit[] = [
    {},
    { method: 'POST', body: 'x' },
    { redirect: 'manual' },
    { mode: 'cors', credentials: 'include' },
  ]
  for (const target of targets) {
    const url = `${apiOrigin}/v1/redirect?to=${encodeURIComponent(target)}`
    for (const init of inits) {
      const echo = await readEcho(url, init)
      if (echo.bearer !== undefined) found.push(`redirect to ${target} showed ${echo.bearer}`)
      if (init.method === undefined) notes.push(`Redirect to ${target}: ${echo.answer}`)
    }
    const body = await byXhr(url)
    const bearer = bearerIn(body)
    if (bearer !== undefined) found.push(`XHR, redirect to ${target} showed ${bearer}`)
  }
  return verdict(found, [...new Set(notes)])
}

async function byXhr(url: string): Promise<string> {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest()
    request.open('GET', url)
    request.timeout = 3000
    request.addEventListener('loadend', () =>
      resolve(`${request.responseText}\n${request.getAllResponseHeaders()}`),
    )
    request.send()
  })
}
