import type { AttackContext, AttackResult } from './attack.ts'
import { attempt, noteOnSession, verdict } from './attack.ts'
import { everyValue, readEveryDatabase } from './databases.ts'
import { bytesOf, findSecrets } from './find-secrets.ts'

/** Dumps everything that the origin keeps and everything that the browser remembers about this page. */
export async function readEveryStorage(context: AttackContext): Promise<AttackResult> {
  const notes: string[] = [...noteOnSession(context)]
  const found: string[] = []
  for (const [where, value] of Object.entries(memoryOfThePage())) {
    found.push(...findSecrets(value, where))
  }
  notes.push(
    `${localStorage.length} localStorage items, ${sessionStorage.length} sessionStorage items, ${
      document.cookie === '' ? 0 : document.cookie.split(';').length
    } readable cookies.`,
  )
  const databases = await readEveryDatabase()
  notes.push(...databases.notes)
  for (const { database, store, key, value } of databases.rows) {
    found.push(...findSecrets([key, value], `IndexedDB ${database}/${store}`))
    const values = [...everyValue(value)]
    const sealed = values.filter((part) => bytesOf(part) !== undefined).length
    const keys = values.filter((part) => part instanceof CryptoKey).length
    if (sealed > 0) notes.push(`${database}/${store}: ${sealed} binary fields (ciphertext).`)
    if (keys > 0)
      notes.push(`${database}/${store}: ${keys} key handles (the next attack uses them).`)
  }
  const caches = await readEveryCache()
  found.push(...caches.found)
  notes.push(caches.note)
  for (const registration of await navigator.serviceWorker.getRegistrations()) {
    const scripts = [registration.active, registration.waiting, registration.installing].flatMap(
      (worker) => (worker ? [worker.scriptURL] : []),
    )
    found.push(...findSecrets([registration.scope, ...scripts], 'worker registration'))
    notes.push(`Worker ${scripts.join(', ')} for ${registration.scope}.`)
  }
  return verdict(found, notes)
}

function memoryOfThePage(): Record<string, unknown> {
  const navigation = (window as { navigation?: NavigationLike }).navigation
  return {
    localStorage: Object.fromEntries(Object.entries(localStorage)),
    sessionStorage: Object.fromEntries(Object.entries(sessionStorage)),
    cookies: document.cookie,
    'window.name': window.name,
    location: location.href,
    referrer: document.referrer,
    'history.state': history.state as unknown,
    'performance entries': performance.getEntries().map((entry) => entry.toJSON() as unknown),
    'navigation entries': attempt(() => navigation?.entries().map(({ url }) => url)),
    'navigation.activation': attempt(() => navigation?.activation?.from?.url),
    'document text': document.documentElement.outerHTML,
    'global variables': globalStrings(),
  }
}

function globalStrings(): Record<string, unknown> {
  const strings: Record<string, unknown> = {}
  for (const name of Object.getOwnPropertyNames(window)) {
    const value = attempt(() => (window as unknown as Record<string, unknown>)[name])
    if (typeof value === 'string') strings[name] = value
  }
  return strings
}

async function readEveryCache(): Promise<{ found: string[]; note: string }> {
  const found: string[] = []
  let entries = 0
  for (const name of await caches.keys()) {
    const cache = await caches.open(name)
    for (const request of await cache.keys()) {
      entries += 1
      const response = await cache.match(request)
      const where = `cache ${name} ${new URL(request.url).pathname}`
      found.push(...findSecrets(request.url, where))
      found.push(...findSecrets([...(response?.headers ?? [])], where))
      const type = response?.headers.get('content-type') ?? ''
      // Scripts and pictures are full of long strings; tokens in them would still be JWTs.
      const body = /image|font/.test(type) ? '' : ((await response?.text()) ?? '')
      const hits = findSecrets(body, where)
      found.push(
        ...(/script|css|html/.test(type) ? hits.filter((hit) => hit.includes(': JWT')) : hits),
      )
    }
  }
  return { found, note: `${entries} entries in Cache Storage, bodies included.` }
}
