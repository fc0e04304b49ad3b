/** @param {string} id */
export function element(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`There is no #${id}`);
  return found;
}

/**
 * @param {string} tag
 * @param {string} className
 * @param {...(Node | string)} children
 */
export function make(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className !== '') made.className = className;
  made.append(...children);
  return made;
}

/** Leaves alone what says so already: a screen reader would say it again. @param {string} id @param {string} text */
export function say(id, text) {
  const target = element(id);
  if (target.textContent !== text) target.textContent = text;
}
