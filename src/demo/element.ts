/** The element of the page with this id; a missing one is a mistake in `index.html`. */
export function byId<Type extends HTMLElement>(id: string, type: abstract new () => Type): Type {
  const element = document.getElementById(id)
  if (!(element instanceof type)) throw new TypeError(`index.html has no ${type.name} #${id}`)
  return element
}

/** A new element with a class and children; text is always text, never markup. */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className: string,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name)
  if (className !== '') element.className = className
  element.append(...children)
  return element
}

export function timeOfDay(): string {
  return new Date().toLocaleTimeString('en-GB')
}
