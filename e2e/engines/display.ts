import { startChild } from '../servers/child.ts'

/**
 * Starts an X server without a screen, for WebKitGTK has no headless mode. One for the whole run: the numbers of
 * displays that start and end at the same time get mixed up. Without Xvfb only the tests in WebKit fail.
 * @returns a function that ends it
 */
export async function startDisplay(): Promise<() => Promise<void>> {
  const server = startChild(
    'Xvfb',
    ['-displayfd', '3', '-screen', '0', '1280x900x24', '-nolisten', 'tcp'],
    ['ignore', 'ignore', 'ignore', 'pipe'],
  )
  const number = new Promise<string>((resolve) => {
    server.process.stdio[3]?.once('data', (data: Buffer) => resolve(data.toString().trim()))
  })
  const display = await Promise.race([number, server.ended])
  if (display !== undefined) process.env['DISPLAY'] = `:${display}`
  return () => server.end()
}

/** @throws Error when there is no display; the browser itself would only say that it cannot start */
export function requireDisplay(): void {
  if (!process.env['DISPLAY']) throw new Error('WebKit needs a display: install xvfb')
}
