import { isDestination, METHODS_FOR, type Destination } from './destinations.ts'
import type { FieldReader } from './field-reader.ts'

/** What is authenticated where the configuration does not say. */
const BY_DEFAULT: readonly Destination[] = ['fetch', 'eventsource']

/** What requests of an API are authenticated for. */
export function readDestinations(
  resource: FieldReader,
  methods: readonly string[],
): readonly Destination[] {
  const names = resource.texts('destinations', BY_DEFAULT)
  const wrong = (what: string): void => resource.wrong('destinations', what)
  if (names.length === 0) wrong(`is empty; leave it out for ${BY_DEFAULT.join(', ')}`)
  for (const [index, name] of names.entries()) {
    if (!isDestination(name)) wrong(`'${name}' is none of ${Object.keys(METHODS_FOR).join(', ')}`)
    else if (names.indexOf(name) !== index) wrong(`has '${name}' twice`)
    // Nobody wrote down what is the default.
    else if (!BY_DEFAULT.includes(name)) {
      const [needed = ''] = METHODS_FOR[name] ?? []
      if (!methods.includes(needed)) wrong(`'${name}' needs ${needed} in methods`)
    }
  }
  return names as readonly Destination[]
}
