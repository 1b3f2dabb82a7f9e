/** The yardstick: a program of one line, drawn by the same Ink. */

import { render, Text, useInput } from 'ink';

function Line() {
  useInput((input) => {
    if (input === 'q') process.exit(0);
  });
  return <Text>ready</Text>;
}

render(<Line />);
