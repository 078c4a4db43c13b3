import type { BrowserContext, Frame, Page } from '@playwright/test'

import { WAIT_MS, type Browser, type Tab } from './session.ts'
import { waitFor } from './wait-for.ts'

/** A browser that Playwright drives. The context is persistent, so closing it ends the browser. */
export function playwrightBrowser(context: BrowserContext, log: (line: string) => void): Browser {
  const observe = (page: Page): void => {
    page.on('console', (message) => log(message.text()))
  }
  context.on('page', observe)
  for (const page of context.pages()) observe(page)
  // A browser starts with a tab of its own.
  let [unused] = context.pages()
  return {
    tab: async () => {
      const page = unused ?? (await context.newPage())
      unused = undefined
      return pageTab(page)
    },
    popup: async (act) => {
      const [page] = await Promise.all([context.waitForEvent('page', { timeout: WAIT_MS }), act()])
      return pageTab(page)
    },
    close: () => context.close(),
  }
}

export function pageTab(page: Page): Tab {
  const first = (selector: string): ReturnType<Page['locator']> => page.locator(selector).first()
  return {
    goto: async (url) => void (await page.goto(url)),
    url: async () => page.url(),
    ...scriptsIn(page),
    click: (selector) => first(selector).click({ timeout: WAIT_MS }),
    fill: (selector, value) => first(selector).fill(value, { timeout: WAIT_MS }),
    text: (selector) => first(selector).innerText({ timeout: WAIT_MS }),
    closed: () =>
      waitFor('the end of a window', WAIT_MS, () =>
        Promise.resolve(page.isClosed() ? true : undefined),
      ).then(() => undefined),
    close: () => page.close(),
  }
}

/** What runs in a page, or in a frame of it. */
export function scriptsIn(page: Page | Frame): Pick<Tab, 'evaluate' | 'waitFor'> {
  return {
    evaluate: (run, ...args) => page.evaluate(callOf(run, args)),
    waitFor: async (expression, timeoutMs = WAIT_MS) => {
      await waitFor(expression, timeoutMs, async () =>
        (await page.evaluate(`Boolean(${expression})`)) ? true : undefined,
      )
    },
  }
}

/** As text: Playwright passes one argument only, and not every engine that we drive passes functions. */
export function callOf(run: (...args: never[]) => unknown, args: readonly unknown[]): string {
  return `(${String(run)})(...${JSON.stringify(args)})`
}
