import { Text as InkText, type TextProps } from 'ink';
import { Children, type ReactElement, type ReactNode } from 'react';
import { cleanOutput } from '../../core/clean.js';

/** What stands in a Text: strings, numbers, and nothing where there is nothing to show. */
type Content = string | number | false | null | undefined | readonly Content[];

const shown = (child: ReactNode): string => (typeof child === 'string' || typeof child === 'number' ? cleanOutput(String(child)).replaceAll('\n', ' ') : '');

/** The only text of the full screen: one row, our own paint and nothing else that a terminal would act on. */
export function Text({ children, ...props }: Omit<TextProps, 'children'> & { readonly children?: Content }): ReactElement {
  return (
    <InkText {...props}>
      {Children.toArray(children as ReactNode)
        .map(shown)
        .join('')}
    </InkText>
  );
}
