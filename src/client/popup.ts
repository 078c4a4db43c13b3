import { POPUP_PATH } from '../contract/messages.ts'
import { clientError } from './ask-guardian.ts'

const FEATURES = 'popup,width=480,height=720'
/** Milliseconds between looks at whether the user closed it. */
const LOOK_MS = 300

/** The window of a sign-in. Opened before anything is awaited, for a browser opens none without a click. */
export class Popup {
  readonly #window: Window

  /**
   * @param vaultOrigin with a vault its own page comes first. From a blank page, which has the opener policy of this one,
   * WebKit would cut the popup off (`same-origin-allow-popups`), for it counts no page that script opened as the initial one.
   * @throws AuthError `popup-blocked`
   */
  constructor(vaultOrigin: string | undefined) {
    const first = vaultOrigin === undefined ? 'about:blank' : vaultOrigin + POPUP_PATH
    const opened = window.open(first, '', FEATURES)
    if (!opened)
      throw clientError('popup-blocked', 'The browser did not open a popup: needs a click')
    this.#window = opened
  }

  goTo(url: string): void {
    this.#window.location.replace(url)
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
}
