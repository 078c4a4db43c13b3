/** What a request can be made for, each with the methods that it has. What is read by elements is never written. */
export const METHODS_FOR = {
  fetch: undefined,
  eventsource: ['GET'],
  image: ['GET', 'HEAD'],
  media: ['GET', 'HEAD'],
  style: ['GET', 'HEAD'],
  script: ['GET', 'HEAD'],
  beacon: ['POST'],
  download: ['GET'],
} as const satisfies Readonly<Record<string, readonly string[] | undefined>>

/**
 * What a request is made for. `fetch`: `fetch` and XMLHttpRequest. `eventsource`: EventSource. `image`: `<img>` and images of style
 * sheets. `media`: `<audio>`, `<video>` and `<track>`. `style`: style sheets. `script`: scripts and modules. `beacon`:
 * `sendBeacon` with text or a form. `download`: links that `downloadUrl()` makes.
 */
export type Destination = keyof typeof METHODS_FOR

export function isDestination(value: unknown): value is Destination {
  return typeof value === 'string' && Object.hasOwn(METHODS_FOR, value)
}

/** Whether a request for this can have that method. */
export function hasMethod(destination: Destination, method: string): boolean {
  const methods: readonly string[] | undefined = METHODS_FOR[destination]
  return methods?.includes(method) ?? true
}
