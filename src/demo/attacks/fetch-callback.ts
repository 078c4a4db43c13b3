import { noteOnSession, sleep, verdict } from './attack.ts'
import type { AttackContext, AttackResult } from './attack.ts'
import { inWords, within } from './attack.ts'
import { findSecrets } from './find-secrets.ts'
import { changes, snapshot } from './session-check.ts'

/** Talks to the guardian's own paths with fetch instead of a navigation: to feed it a forged response or to sign out. */
export async function fetchCallback(context: AttackContext): Promise<AttackResult> {
  const notes: string[] = [...noteOnSession(context)]
  const before = await snapshot(context)
  const found: string[] = []
  const form = new URLSearchParams({ code: 'x', state: 'y' })
  const calls: readonly (readonly [string, RequestInit])[] = [
    ['/auth/callback?code=x&state=y', {}],
    ['/auth/callback?error=access_denied&state=y', {}],
    ['/auth/callback?code=x&state=y&iss=https://evil.example', { redirect: 'manual' }],
    ['/auth/callback', { method: 'POST', body: form }],
    [
      '/auth/callback?code=x&state=y',
      { headers: { 'Sec-Fetch-Mode': 'navigate', Accept: 'text/html' } },
    ],
    ['/auth/callback?code=x&state=y', { mode: 'no-cors' }],
    ['/auth/login', {}],
    ['/auth/login?probe', {}],
    ['/auth/login?returnTo=https://evil.example/', { redirect: 'manual' }],
    ['/auth/logout', {}],
    ['/auth/logout?state=y', { method: 'POST' }],
  ]
  for (const [path, init] of calls) {
    const name = `${init.method ?? 'GET'} ${path}`
    try {
      const response = await within(4000, fetch(path, init))
      if (response === undefined) {
        notes.push(`${name}: no answer`)
        continue
      }
      notes.push(`${name}: ${response.type === 'basic' ? response.status : response.type}`)
      found.push(...findSecrets([...response.headers], `${name} headers`))
      found.push(...findSecrets(response.url, `${name} URL`))
      const body = await response.text()
      if (!/script|html|css/.test(response.headers.get('content-type') ?? '')) {
        found.push(...findSecrets(body, name))
      }
    } catch (error) {
      notes.push(`${name}: ${inWords(error)}`)
    }
  }
  await sleep(300)
  found.push(...changes(before, await snapshot(context)))
  return verdict(found, notes)
}
