import { LANDING_FRAGMENT, POPUP_FRAGMENT, type Landed } from '../contract/messages.ts'

/**
 * How the redirect that led to this page ended. A page may have several clients, and the guardian says it once: the first one
 * that asks hears it for all, and the others wait so long, for it may be their sign-in.
 */
export class PageLanding {
  readonly #names = new Set<string | undefined>()
  #hasLanded: boolean
  #asking:
    | { readonly owner: object; readonly over: Promise<void>; readonly end: () => void }
    | undefined
  #heard: Landed | undefined

  constructor(hasLanded: boolean) {
    this.#hasLanded = hasLanded
  }

  /** @param name of a client in this page; `undefined` for the first of the configuration */
  add(name: string | undefined): void {
    this.#names.add(name)
  }

  /** Whether this client is the one to ask. Waits while another one does. */
  async isToAsk(owner: object): Promise<boolean> {
    while (this.#asking !== undefined && this.#asking.owner !== owner) await this.#asking.over
    if (!this.#hasLanded) return false
    if (this.#asking === undefined) {
      let end = (): void => undefined
      const over = new Promise<void>((resolve) => {
        end = resolve
      })
      this.#asking = { owner, over, end }
    }
    return true
  }

  /** The client that asked has its answer, or none when it failed: then another one may ask. */
  end(owner: object, heard?: Landed): void {
    if (heard) {
      this.#hasLanded = false
      this.#heard = heard
    }
    if (this.#asking?.owner !== owner) return
    const { end } = this.#asking
    this.#asking = undefined
    end()
  }

  /**
   * What a client has to tell: what is about itself, and what is about no client of the page if it is the one to do so. That is the
   * first client of the configuration if the page has it, for only the guardian knows its name, and otherwise the one that asked.
   * @param option its name as the page gave it
   * @param name its name
   */
  errorFor(option: string | undefined, name: string, hasAsked: boolean): Landed['error'] {
    const { client, error } = this.#heard ?? {}
    if (client === name) return error
    if (client !== undefined && this.#names.has(client)) return undefined
    const isToTell = this.#names.has(undefined) ? option === undefined : hasAsked
    return isToTell ? error : undefined
  }
}

/** The guardian lands on a URL with a fragment of its own; it is gone before the app looks. */
export function removeLandingFragment(): boolean {
  // While a server renders, a client may be made and does nothing.
  if (typeof document === 'undefined') return false
  if (location.hash === POPUP_FRAGMENT) window.close()
  if (location.hash !== LANDING_FRAGMENT) return false
  history.replaceState(history.state, '', location.pathname + location.search)
  return true
}
