import type { AuthErrorWire } from '../../src/contract/errors.ts'
import { epochSeconds } from '../../src/contract/units.ts'
import { storedLandingUrl } from './return-to.ts'
import type { SessionBook } from './session-book.ts'
import type { Surroundings } from './surroundings.ts'
import type { Landing } from './token-store.ts'

/** Seconds in which the landing page must ask how it went. */
const LANDING_SECONDS = 120

/** Where the browser goes after a redirect through the guardian. */
export interface Destination {
  readonly returnTo?: string | undefined
  readonly display?: 'popup' | undefined
}

/** Writes down how a redirect through the guardian ended, for the page where the browser lands. */
export class Landings {
  readonly #surroundings: Surroundings
  readonly #sessions: SessionBook

  constructor(surroundings: Surroundings, sessions: SessionBook) {
    this.#surroundings = surroundings
    this.#sessions = sessions
  }

  async write(landing: Landing, id: string = crypto.randomUUID()): Promise<void> {
    const { ledger, wire } = this.#surroundings
    const expiresAt = epochSeconds(wire.now() + LANDING_SECONDS)
    // Without storage the page learns nothing here, but it still lands.
    await ledger.putLanding(id, landing, expiresAt).catch(() => undefined)
  }

  /** Reports the error to every page, and writes it down for the one that lands. */
  async writeError(error: unknown, client?: string, id?: string): Promise<AuthErrorWire> {
    const wire = this.#sessions.reportError(error, client)
    await this.write({ error: wire, ...(client === undefined ? {} : { client }) }, id)
    return wire
  }

  /** Lets the page that opened a popup ask how it went, whether or not the popup can still reach it. */
  finishPopup({ display, client }: Destination & { readonly client: string }): void {
    if (display === 'popup') this.#surroundings.tell({ type: 'popup-finished', client })
  }

  url({ returnTo, display }: Destination): string {
    const { popupEnd } = this.#surroundings
    return display === 'popup' ? popupEnd : storedLandingUrl(returnTo, this.#surroundings)
  }
}
