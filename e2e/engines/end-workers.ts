import { environment } from '../fixtures/environment.ts'
import type { EngineName, Session, Tab } from './session.ts'

/**
 * Ends the workers of an origin, by what ends them in each engine: the driver; in Firefox the limit for idle ones, which the test has
 * to shorten, when no page gives a sign of life; in WebKit a page of another site in the tab that was the first.
 * @param first leaves the origin
 */
export async function endWorkers(
  session: Session,
  engine: EngineName,
  tab: Tab,
  first: Tab,
): Promise<void> {
  if (engine === 'firefox') {
    await tab.evaluate(() => {
      ServiceWorker.prototype.postMessage = () => undefined
    })
  }
  await first.goto(environment().foreignOrigin.replace('localhost', '127.0.0.1'))
  await session.endWorkers?.()
}
