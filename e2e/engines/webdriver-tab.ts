import { callOf } from './playwright-browser.ts'
import { WAIT_MS, type Tab } from './session.ts'
import { waitFor } from './wait-for.ts'
import { WebDriverError, type WebDriver } from './webdriver.ts'

/** Does something while a window is the current one. */
export type OnWindow = <Result>(act: (driver: WebDriver) => Promise<Result>) => Promise<Result>

/** Refusals that time may heal. */
const notYet: ReadonlySet<string> = new Set([
  'no such element',
  'stale element reference',
  'element not interactable',
  'element click intercepted',
])

/** What WebKit says of a question that a document did not answer before it was replaced. Whether an act was done is unknown then. */
const REPLACED = 'no such frame'

type Outcome = { readonly value: unknown } | { readonly error: string }

/** A window of a WebDriver session. */
export function webdriverTab(onWindow: OnWindow): Tab {
  const run = async (call: string): Promise<unknown> => {
    const outcome = (await onWindow((driver) =>
      driver.send('POST', '/execute/async', { script: settled(call), args: [] }),
    )) as Outcome
    if ('error' in outcome) throw new Error(outcome.error)
    return outcome.value
  }
  /** Repeated only while nothing was done yet: a second click could be one too many. */
  const withElement = async <Result>(
    selector: string,
    act: (driver: WebDriver, element: string) => Promise<Result>,
  ): Promise<Result> => {
    const outcome = await waitFor(`an element ${selector}`, WAIT_MS, async () => {
      let isFound = false
      try {
        const done = await onWindow(async (driver) => {
          const element = await find(driver, selector)
          isFound = true
          return act(driver, element)
        })
        return { done }
      } catch (error) {
        const code = error instanceof WebDriverError ? error.code : ''
        if (notYet.has(code) || (!isFound && code === REPLACED)) throw error
        return { error }
      }
    })
    if ('error' in outcome) throw outcome.error
    return outcome.done
  }

  return {
    goto: (url) => onWindow(async (driver) => void (await driver.send('POST', '/url', { url }))),
    url: () => onWindow(async (driver) => (await driver.send('GET', '/url')) as string),
    evaluate: (script, ...args) => run(callOf(script, args)) as never,
    click: (selector) =>
      withElement(
        selector,
        async (driver, element) => void (await driver.send('POST', `${element}/click`)),
      ),
    fill: (selector, value) =>
      withElement(selector, async (driver, element) => {
        await driver.send('POST', `${element}/clear`)
        await driver.send('POST', `${element}/value`, { text: value })
      }),
    text: (selector) =>
      withElement(
        selector,
        async (driver, element) => (await driver.send('GET', `${element}/text`)) as string,
      ),
    waitFor: async (expression, timeoutMs = WAIT_MS) => {
      await waitFor(expression, timeoutMs, async () =>
        (await run(`Boolean(${expression})`)) === true ? true : undefined,
      )
    },
    closed: async () => {
      await waitFor('the end of a window', WAIT_MS, async () => {
        const gone = (error: unknown): boolean =>
          error instanceof WebDriverError && error.code === 'no such window'
        return onWindow((driver) => driver.send('GET', '/window')).then(
          () => undefined,
          (error: unknown) => (gone(error) ? true : undefined),
        )
      })
    },
    close: () => onWindow(async (driver) => void (await driver.send('DELETE', '/window'))),
  }
}

/** @returns the path of the element's commands */
async function find(driver: WebDriver, selector: string): Promise<string> {
  const element = await driver.send('POST', '/element', { using: 'css selector', value: selector })
  // The one member's name is a constant of the protocol.
  return `/element/${String(Object.values(element as object)[0])}`
}

/** Script that reports a value, a promise's value, or an error with its stack. */
function settled(call: string): string {
  return `const report = arguments[arguments.length - 1];
(async () => (${call}))().then(
  (value) => report({ value: value === undefined ? null : value }),
  (error) => report({ error: String(error) + '\\n' + (error && error.stack) }),
)`
}
