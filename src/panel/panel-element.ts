import type { AuthClient } from '../client/auth-client.ts'
import { askTimeline, type Asked } from './ask-timeline.ts'
import { mergeEntries, type Entry } from './entries.ts'
import type { Finding } from './finding.ts'
import { PageNotes } from './page-notes.ts'
import { PageRequests } from './page-requests.ts'
import { panelStyle } from './panel-style.ts'
import { PanelView } from './panel-view.ts'
import { sessionSection } from './session-section.ts'
import { timelineSection } from './timeline-section.ts'
import { tokenSection } from './token-section.ts'
import { warningSection } from './warning-section.ts'

/** Name of the element. */
export const PANEL = 'token-guardian-panel'

/** Milliseconds between questions when nothing happens, and between what happens and the question about it. */
const ASK_MS = 5000
const SOON_MS = 150
/** Milliseconds between looks at the clock. */
const TICK_MS = 1000
/** In the tab's storage while the panel is closed: a reload does not open it. */
const CLOSED = 'token-guardian-panel-closed'

interface Watched {
  readonly client: AuthClient
  readonly notes: PageNotes
  /** The last answer. */
  asked: Asked
}

// A server that renders the app imports this too.
const Base = globalThis.HTMLElement ?? (class {} as typeof HTMLElement)

/**
 * `<token-guardian-panel>`: session, lifetimes of tokens, warnings and timeline of the page's clients. It asks the guardian only while
 * it is open and the page is seen; what the page is told it notes in any case. Removing it ends everything.
 */
export class TokenGuardianPanel extends Base {
  #clients: Readonly<Record<string, AuthClient>> = {}
  #findings: readonly Finding[] = []
  readonly #watched = new Map<string, Watched>()
  readonly #session = sessionSection()
  readonly #tokens = tokenSection()
  readonly #warnings = warningSection()
  readonly #timeline = timelineSection()
  readonly #view = new PanelView(
    [this.#warnings, this.#session, this.#tokens, this.#timeline].map(({ element }) => element),
    {
      toggled: (isOpen) => {
        remember(isOpen)
        this.#askSoon()
      },
      chosen: () => this.#render(),
      text: () => JSON.stringify(this.#entries(), undefined, 2),
    },
  )
  #requests: PageRequests | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #ticker: ReturnType<typeof setInterval> | undefined
  #isAsking = false

  /** The clients of the page, by the names under which they are shown. */
  get clients(): Readonly<Record<string, AuthClient>> {
    return this.#clients
  }

  set clients(clients: Readonly<Record<string, AuthClient>>) {
    this.#clients = clients
    this.#unwatch()
    if (this.isConnected) this.#watch()
  }

  /** What checks of the deployment found, beside what the guardian reports. */
  get findings(): readonly Finding[] {
    return this.#findings
  }

  set findings(findings: readonly Finding[]) {
    this.#findings = findings
    this.#render()
  }

  connectedCallback(): void {
    const root = this.shadowRoot ?? this.attachShadow({ mode: 'open' })
    root.adoptedStyleSheets = [panelStyle()]
    root.replaceChildren(this.#view.element)
    this.#view.isOpen = !wasClosed()
    this.#requests = new PageRequests(this.#askSoon)
    document.addEventListener('visibilitychange', this.#askSoon)
    document.addEventListener('keydown', this.#press)
    this.#ticker = setInterval(() => this.#render(), TICK_MS)
    this.#watch()
  }

  disconnectedCallback(): void {
    this.#unwatch()
    this.#requests?.end()
    this.#requests = undefined
    document.removeEventListener('visibilitychange', this.#askSoon)
    document.removeEventListener('keydown', this.#press)
    clearInterval(this.#ticker)
    clearTimeout(this.#timer)
  }

  #watch(): void {
    for (const [name, client] of Object.entries(this.#clients)) {
      const notes = new PageNotes(client, () => {
        this.#render()
        this.#askSoon()
      })
      this.#watched.set(name, { client, notes, asked: {} })
    }
    this.#view.choices = [...this.#watched.keys()]
    this.#render()
    this.#askSoon()
  }

  #unwatch(): void {
    for (const { notes } of this.#watched.values()) notes.end()
    this.#watched.clear()
  }

  readonly #press = (event: KeyboardEvent): void => this.#view.pressed(event)

  readonly #askSoon = (): void => this.#askIn(SOON_MS)

  #askIn(ms: number): void {
    clearTimeout(this.#timer)
    const isSeen = this.isConnected && this.#view.isOpen && !document.hidden
    if (isSeen) this.#timer = setTimeout(() => void this.#ask(), ms)
  }

  async #ask(): Promise<void> {
    // The one under way asks again when it is done.
    if (this.#isAsking) return
    this.#isAsking = true
    const watched = [...this.#watched.values()]
    await Promise.all(watched.map(async (one) => (one.asked = await askTimeline(one.client))))
    this.#isAsking = false
    this.#render()
    // What happens is asked about also then; to ask by the clock would keep the new version waiting.
    if (!watched.some(({ notes }) => notes.isUpdateWaiting)) this.#askIn(ASK_MS)
  }

  get #chosen(): Watched | undefined {
    return this.#watched.get(this.#view.choice)
  }

  #entries(): Entry[] {
    const shown = this.#chosen
    if (!shown) return []
    const all = [...this.#watched.values()].map(({ asked }) => asked.timeline?.tokens ?? [])
    const rules = all.flat().map(({ rule }) => rule)
    return mergeEntries(shown.asked.timeline, shown.notes, this.#requests?.outside(rules) ?? [])
  }

  #render(): void {
    const shown = this.#chosen
    if (!shown || !this.isConnected) return
    const { client, notes, asked } = shown
    const { session } = client
    const warnings = [
      ...[...notes.warnings].map((what): Finding => ({ level: 'warning', what })),
      ...this.#findings,
    ]
    const { vaultOrigin } = asked
    const place = vaultOrigin === undefined ? 'On this origin' : `In the vault ${vaultOrigin}`
    const count = warnings.length === 0 ? '' : `, ${warnings.length} to look at`
    this.#view.describe(place, session.status + count, warnings.length > 0 ? 'warn' : 'plain')
    if (!this.#view.isOpen) return
    this.#session.update(session)
    this.#tokens.update(asked)
    this.#warnings.update(warnings)
    this.#timeline.update({
      entries: this.#entries(),
      ...(asked.code && { code: asked.code }),
      words: (correlationId) => notes.words.get(correlationId),
    })
  }
}

/** Makes `<token-guardian-panel>` known to the page. {@link mountPanel} does so too. */
export function definePanel(): void {
  if (!customElements.get(PANEL)) customElements.define(PANEL, TokenGuardianPanel)
}

function remember(isOpen: boolean): void {
  if (isOpen) storageOfTab()?.removeItem(CLOSED)
  else storageOfTab()?.setItem(CLOSED, '')
}

function wasClosed(): boolean {
  return (storageOfTab()?.getItem(CLOSED) ?? null) !== null
}

/** Browsers throw where the user blocked storage. */
function storageOfTab(): Storage | undefined {
  try {
    return sessionStorage
  } catch {
    return undefined
  }
}
