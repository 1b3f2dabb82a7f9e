import { Box, useInput } from 'ink';
import { type ReactElement, useEffect, useState, useSyncExternalStore } from 'react';
import { getAt } from '../../answers/draft.js';
import { currentPage } from '../flow/selectors.js';
import type { FlowState } from '../flow/state.js';
import type { RenderStyle } from '../text/render-style.js';
import { bodyLines, overlayLines } from './body.js';
import { createDecoder } from './decode.js';
import { gridLines } from './grid.js';
import { createKeyboard } from './keyboard.js';
import { layoutOf } from './layout.js';
import { Footer } from './parts/Footer.js';
import { Header } from './parts/Header.js';
import { railColumn } from './parts/rail.js';
import { ScrollText } from './parts/ScrollText.js';
import { AdviceScreen } from './screens/AdviceScreen.js';
import { QuestionScreen } from './screens/QuestionScreen.js';
import { ReviewScreen } from './screens/ReviewScreen.js';
import type { Session } from './session.js';
import { Text } from './Text.js';
import { followPage, type UiState } from './ui-state.js';

/** The time, once a second while something is under way; the screen stands still otherwise. */
function useClock(active: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!active) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [active]);
  return now;
}

function isBusy(flow: FlowState): boolean {
  return flow.running || flow.survey.state === 'running' || flow.plan.state === 'running' || flow.result?.outcome === 'on-trial';
}

interface BodyProps {
  readonly flow: FlowState;
  readonly ui: UiState;
  readonly style: RenderStyle;
  readonly height: number;
  readonly compact: boolean;
  readonly now: number;
}

/** The body: an overlay, a view of its own, or text that scrolls. */
function Body({ flow, ui, style, height, compact, now }: BodyProps): ReactElement {
  const page = currentPage(flow);
  if (ui.overlay) {
    return <ScrollText lines={overlayLines(flow, ui, style)} from={ui.overlayScroll} height={height} style={style} />;
  }
  if (!flow.asking) {
    if (page.question)
      return (
        <QuestionScreen question={page.question} input={ui.input} answered={getAt(flow.draft, page.question.key) !== undefined} style={style} height={height} />
      );
    if (page.kind === 'advice' && !ui.detail) return <AdviceScreen flow={flow} index={ui.index} style={style} height={height} />;
    if (page.kind === 'review') return <ReviewScreen flow={flow} index={ui.index} style={style} height={height} />;
    if (page.kind === 'run') return <ScrollText lines={gridLines(flow.run, style, height, now)} from={0} height={height} style={style} />;
  }
  return <ScrollText lines={bodyLines(flow, ui, style, compact)} from={ui.scroll} height={height} style={style} />;
}

/** The whole screen. */
export function App({ session }: { readonly session: Session }): ReactElement | null {
  const { wizard, ui: store } = session;
  const flow = useSyncExternalStore(wizard.subscribe, wizard.getState);
  const ui = useSyncExternalStore(store.subscribe, store.get);
  const now = useClock(isBusy(flow));
  const [decode] = useState(createDecoder);
  const [press] = useState(() => createKeyboard(session));
  useInput((input, key) => {
    for (const one of decode(input, key)) press(one);
  });
  useEffect(() => {
    followPage(store, flow, session.rows);
    void wizard.work();
  }, [flow, session, store, wizard]);
  if (ui.ended) return null;
  const layout = layoutOf(ui.size);
  const frame: RenderStyle = { ...session.style, width: layout.width };
  const body: RenderStyle = { ...session.style, width: layout.body };
  return (
    <Box flexDirection="column" width={layout.width}>
      <Header flow={flow} style={frame} compact={layout.compact} rail={layout.rail === 0} />
      <Box height={layout.height}>
        {layout.rail > 0 ? (
          <Box width={layout.rail} flexDirection="column" flexShrink={0}>
            {railColumn(flow, frame).map((line) => (
              <Text key={line} wrap="truncate">
                {line}
              </Text>
            ))}
          </Box>
        ) : null}
        <Box flexDirection="column" width={layout.body}>
          <Body flow={flow} ui={ui} style={body} height={layout.height} compact={layout.compact} now={now} />
        </Box>
      </Box>
      <Footer flow={flow} ui={ui} style={frame} now={now} />
    </Box>
  );
}
