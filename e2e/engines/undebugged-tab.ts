import type { UndebuggedPage } from '../fixtures/undebugged-chromium.ts'
import { callOf } from './playwright-browser.ts'
import { WAIT_MS, type OpenTab } from './session.ts'
import { waitFor } from './wait-for.ts'

type Outcome = { readonly value?: unknown } | { readonly error: string }

/** A tab of a Chromium that has no debugger at its workers. */
export function undebuggedTab(page: UndebuggedPage): OpenTab {
  const run = async (expression: string): Promise<unknown> => {
    const outcome = (await page.evaluate(settled(expression))) as Outcome | undefined
    if (outcome === undefined) throw new Error('The page is being replaced')
    if ('error' in outcome) throw new Error(outcome.error)
    return outcome.value
  }
  const isTrue = async (expression: string, timeoutMs = WAIT_MS): Promise<void> => {
    await waitFor(expression, timeoutMs, async () =>
      (await run(`Boolean(${expression})`)) === true ? true : undefined,
    )
  }
  /** Waits for an element. Only that is repeated: a second click could be one too many. */
  const found = async (selector: string): Promise<string> => {
    const element = `document.querySelector(${JSON.stringify(selector)})`
    await isTrue(element)
    return element
  }

  return {
    goto: async (url) => {
      await run('(window.isLeft = true)')
      await page.goto(url)
      await isTrue(`!window.isLeft && document.readyState === 'complete'`)
    },
    url: async () => (await run('location.href')) as string,
    evaluate: (script, ...args) => run(callOf(script, args)) as never,
    click: async (selector) => void (await run(`${await found(selector)}.click()`)),
    fill: async (selector, value) =>
      void (await run(`(${await found(selector)}.value = ${JSON.stringify(value)})`)),
    text: async (selector) => (await run(`${await found(selector)}.innerText`)) as string,
    waitFor: isTrue,
  }
}

/** Script that tells a value, a promise's value, or an error with its stack. */
function settled(expression: string): string {
  return `(async () => ${expression})().then(
  (value) => ({ value }),
  (error) => ({ error: String(error) + '\\n' + (error && error.stack) }),
)`
}
