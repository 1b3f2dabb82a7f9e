/** Keys on their way to the screen: those that come before the answers can be checked wait, none is lost. */

import { currentPage } from '../flow/selectors.js';
import type { Key } from './decode.js';
import { handleKey } from './handle.js';
import type { Session } from './session.js';
import { followPage } from './ui-state.js';

function press(session: Session, key: Key): void {
  handleKey(session, key);
  // The next key of the same piece must find the page that this one led to.
  followPage(session.ui, session.wizard.getState(), session.rows);
}

/** Takes keys one by one; asks for what they need when it is made. */
export function createKeyboard(session: Session): (key: Key) => void {
  const waiting: Key[] = [];
  let ready = false;
  void session.wizard.load().then(() => {
    ready = true;
    for (const key of waiting.splice(0)) press(session, key);
  });
  return (key) => {
    // The way out is open from the first moment.
    const leaves = key.name === 'ctrl+c' || (key.name === 'q' && currentPage(session.wizard.getState()).kind === 'welcome');
    if (ready || (leaves && waiting.length === 0)) press(session, key);
    else waiting.push(key);
  };
}
