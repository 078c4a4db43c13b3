import { isVersion, POPUP_PATH, type PopupEnvelope } from '../contract/messages.ts'
import { clientError } from './ask-guardian.ts'

const FEATURES = 'popup,width=480,height=720'
/** Milliseconds between looks at whether the user closed it. */
const LOOK_MS = 300
/** Milliseconds for the first page of a vault. */
const OPEN_MS = 8000

/** The window of a sign-in. Opened before anything is awaited, for a browser opens none without a click. */
export class Popup {
  readonly #window: Window
  readonly #vaultOrigin: string | undefined
  readonly #open: Promise<unknown> | undefined

  /**
   * @param vaultOrigin with a vault its own page comes first. From a blank page, which has the opener policy of this one,
   * WebKit would cut the popup off (`same-origin-allow-popups`), for it counts no page that script opened as the initial one.
   * @throws AuthError `popup-blocked`
   */
  constructor(vaultOrigin: string | undefined) {
    const first = vaultOrigin === undefined ? 'about:blank' : vaultOrigin + POPUP_PATH
    const opened = window.open(first, '', FEATURES)
    if (!opened) {
      throw clientError(
        'popup-blocked',
        'The browser did not open a popup: call loginWithPopup() in a click handler, before anything is awaited',
      )
    }
    this.#window = opened
    this.#vaultOrigin = vaultOrigin
    // Late is not fatal: then it goes on all the same.
    this.#open =
      vaultOrigin === undefined ? undefined : this.says('open', AbortSignal.timeout(OPEN_MS))
  }

  /** Goes on from the first page. Before that is there, Chromium may lose the navigation: it is sent to a frame that goes. */
  async goTo(url: string): Promise<void> {
    const over = new AbortController()
    await Promise.race([this.#open, this.closed(over.signal)])
    over.abort()
    // What has become of a closed window is for the one who waits for its end.
    if (!this.#window.closed) this.#window.location.replace(url)
  }

  close(): void {
    this.#window.close()
  }

  /** Resolves when the user closed it. A popup that a policy cut off from this page looks the same. */
  closed(signal: AbortSignal): Promise<true> {
    return new Promise((resolve) => {
      const timer = setInterval(() => {
        if (this.#window.closed) resolve(true)
      }, LOOK_MS)
      signal.addEventListener('abort', () => clearInterval(timer))
    })
  }

  /** Resolves when the vault's page in it, the first or the last one, says so. */
  says(word: PopupEnvelope['popup'], signal: AbortSignal): Promise<false> {
    return new Promise((resolve) => {
      const hear = ({ source, origin, data }: MessageEvent<unknown>): void => {
        const said = data as Partial<PopupEnvelope> | null
        if (source !== this.#window || origin !== this.#vaultOrigin) return
        if (isVersion(said?.tokenGuardian) && said?.popup === word) resolve(false)
      }
      addEventListener('message', hear, { signal })
      signal.addEventListener('abort', () => resolve(false))
    })
  }
}
