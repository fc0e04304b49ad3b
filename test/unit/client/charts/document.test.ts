import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderPicture } from '../../../../client/charts/document.ts';
import { drawFrame } from '../../../../client/charts/frame.ts';
import { exactScale, linearScale } from '../../../../client/charts/scale.ts';

test('picture: a drawing is an SVG file of its own, with its colours and what it says to a screen reader', () => {
  const x = { scale: exactScale(30, String), label: 'minutes' };
  const y = { scale: linearScale(200, String), label: 'MB' };
  const drawing = drawFrame(
    x,
    y,
    'memory',
    (frame) => `<path class="line" d="M${frame.x(0)} ${frame.y(100)}"/>`,
  );
  const picture = renderPicture(drawing);
  assert.match(
    picture,
    /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" [^>]*aria-label="memory; [^>]*><style>\n:root /,
  );
  assert.match(picture, /\.line \{ fill: none;/);
  assert.match(picture, /<path class="line" d="M56 102"\/><\/svg>\n$/);
});
