import type { LoginOptions } from '../client/auth-client.ts'
import { isFileName, parseLoginParameters } from '../contract/parse-request.ts'
import type { Json } from '../contract/session.ts'
import { authError } from './auth-error.ts'

/** What a sign-in was begun with. */
export interface FakeLogin {
  readonly returnTo: string
  readonly appState?: Json
}

/** Where the app is, in a test that may have no page at all. */
export class FakePage {
  readonly #origin: string | undefined

  constructor(origin: string | undefined) {
    this.#origin = origin
  }

  /**
   * What the guardian makes of the options: it reads a copy, and refuses as a whole what it does not understand.
   * @throws AuthError `invalid-request`, `invalid-return-to`
   */
  readLogin(options: LoginOptions): FakeLogin {
    const { client: _, ...login } = options
    const copy: unknown = structuredClone({ returnTo: this.#url(), ...login })
    const parameters = parseLoginParameters(copy)
    if (parameters === undefined) throw authError('invalid-request')
    const { returnTo, appState } = parameters
    return { returnTo: this.landingUrl(returnTo), ...(appState !== undefined && { appState }) }
  }

  /** Relative to the app's start page. @throws AuthError `invalid-return-to` */
  landingUrl(returnTo = '/'): string {
    const { origin } = new URL(this.#url())
    const url = URL.canParse(returnTo, `${origin}/`) ? new URL(returnTo, `${origin}/`) : undefined
    // The text decides: credentials come before the host, and `origin` of a blob URL is that of its inner URL.
    if (url?.href.startsWith(`${origin}/`) !== true) throw authError('invalid-return-to')
    return url.href
  }

  /** A link from which nothing comes. @throws AuthError `invalid-request`, `download-not-allowed` */
  downloadUrl(url: string, filename: string | undefined): string {
    if (filename !== undefined && !isFileName(filename)) throw authError('invalid-request')
    if (!URL.canParse(url)) throw authError('download-not-allowed')
    return new URL('/auth/download/fake', this.#url()).href
  }

  #url(): string {
    if (this.#origin !== undefined) return `${this.#origin}/`
    const { location } = globalThis as { readonly location?: { readonly href: string } }
    return location && /^https?:/.test(location.href) ? location.href : 'http://localhost/'
  }
}
