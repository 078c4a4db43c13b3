/** What specs see of a browser: the same few acts in every engine, all by CSS selectors and expressions of the page. */

export const engineNames = ['chromium', 'firefox', 'webkit'] as const

export type EngineName = (typeof engineNames)[number]

/** A tab or a popup. */
export interface Tab {
  /** Opens a page and waits until it is loaded. */
  goto(url: string): Promise<void>
  url(): Promise<string>
  /** Runs a function in the page. It sees its arguments only, which must be JSON; so must be what it returns or promises. */
  evaluate<Arguments extends readonly unknown[], Result>(
    run: (...args: Arguments) => Result,
    ...args: Arguments
  ): Promise<Awaited<Result>>
  /** Clicks the first element that a CSS selector finds; waits for the element. */
  click(selector: string): Promise<void>
  /** Puts text in place of what a field held; waits for the field. */
  fill(selector: string, value: string): Promise<void>
  /** The text of the first element that a CSS selector finds; waits for the element. */
  text(selector: string): Promise<string>
  /** Waits until an expression of the page is true, through navigations. Default: {@link WAIT_MS}. */
  waitFor(expression: string, timeoutMs?: number): Promise<void>
  /** Waits until it was closed, by its own script or another's. */
  closed(): Promise<void>
  close(): Promise<void>
}

/** A tab of which nobody asks that it be closed. */
export type OpenTab = Omit<Tab, 'closed' | 'close'>

/** A browser with one profile. */
export interface Session {
  /** Opens a tab. */
  tab(): Promise<Tab>
  /** The window that an act opens, such as a click. */
  popup(act: () => Promise<void>): Promise<Tab>
  /**
   * Ends the browser and starts it again with the same profile: cookies, storage and workers stay, memory does not.
   * @throws Error when the test did not say `persistent`
   */
  restart(): Promise<void>
  /** Ends the browser and removes its profile. */
  close(): Promise<void>
  /** What the consoles of pages said; in WebKit workers too, and there it is read at {@link restart} and {@link close}. */
  readonly logs: readonly string[]
}

/** A running browser, as each engine implements it. Whose profile it is and when it goes is not its concern. */
export interface Browser {
  tab(): Promise<Tab>
  popup(act: () => Promise<void>): Promise<Tab>
  close(): Promise<void>
}

export interface LaunchOptions {
  /** Folder that outlives the browser. */
  readonly profile: string
  /** Whether the browser will be started with it again. */
  readonly persistent: boolean
  /** Gets one line of a console at a time. */
  readonly log: (line: string) => void
  /** Switches of the engine: command line of Chromium, `name=value` preferences of Firefox, of `wkbrowser.py`. */
  readonly switches: readonly string[]
}

/** How long a tab waits for elements and expressions, if not told. */
export const WAIT_MS = 25_000

/** Time between two looks. */
export const LOOK_AGAIN_MS = 100
