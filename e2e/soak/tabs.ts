import type { BrowserContext, Page } from 'playwright'

import { DEADLINE_MS } from '../fixtures/mixed-calls.ts'

/** Calls that each tab has under way at a time. */
const LINES = 3
/** Milliseconds until a page knows its session; a network that comes and goes is part of that. */
const READY_MS = 60_000
const MOST_TABS = 5

/** The open tabs of the app, each under load. The first one stays. */
export class Tabs {
  readonly #context: BrowserContext
  readonly #appOrigin: string
  readonly #apiOrigin: string
  readonly #pages: Page[] = []

  constructor(context: BrowserContext, appOrigin: string, apiOrigin: string) {
    this.#context = context
    this.#appOrigin = appOrigin
    this.#apiOrigin = apiOrigin
  }

  get all(): readonly Page[] {
    return this.#pages
  }

  get first(): Page {
    return this.#pages[0]!
  }

  get isFull(): boolean {
    return this.#pages.length >= MOST_TABS
  }

  /** Opens one, under no load yet. */
  async open(): Promise<Page> {
    const page = await this.#context.newPage()
    this.#pages.push(page)
    await this.load(page)
    return page
  }

  /** Loads its page, or loads it anew. */
  async load(page: Page): Promise<void> {
    await leave(page)
    await page.goto(`${this.#appOrigin}/client.html`)
    await page.waitForFunction(
      () => window.client !== undefined && window.client.session.status !== 'unprotected',
      undefined,
      { timeout: READY_MS },
    )
    await page.addScriptTag({ url: '/test-pages/load.js', type: 'module' })
    await page.waitForFunction(() => window.load !== undefined)
  }

  async startLoad(page: Page): Promise<void> {
    const options = { api: this.#apiOrigin, deadlineMs: DEADLINE_MS, lines: LINES }
    await page.evaluate((how) => window.load.start(how), options)
  }

  async close(page: Page): Promise<void> {
    this.#pages.splice(this.#pages.indexOf(page), 1)
    await leave(page)
    await page.close()
  }

  /** Begins no more calls, waits until none is under way, does something, and goes on. */
  async withoutLoad<Result>(work: () => Promise<Result>): Promise<Result> {
    await Promise.all(this.#pages.map((page) => page.evaluate(() => window.load.pause())))
    const result = await work()
    // Whoever went elsewhere meanwhile has another page.
    for (const page of this.#pages) {
      if (await page.evaluate(() => window.load !== undefined)) {
        await page.evaluate(() => window.load.resume())
      } else {
        await this.load(page)
        await this.startLoad(page)
      }
    }
    return result
  }
}

async function leave(page: Page): Promise<void> {
  await page.evaluate(() => window.load?.leave())
}
